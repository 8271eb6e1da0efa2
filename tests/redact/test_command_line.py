"""Command lines and environments: a name that promises a secret is enough."""

from __future__ import annotations

import subprocess
import sys
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentrec.redact import MASK, command_line, mask_command, mask_text, mask_value
from agentrec.redact.rules.command_secrets import PROGRAMS
from agentrec.redact.secret_rules import find_secrets
from fixtures.secrets import secrets


@pytest.mark.parametrize(
    ("command", "kept"),
    [
        (["mysql", "--password", "x", "-h", "db"], ["mysql", "--password", MASK, "-h", "db"]),
        (["tool", "--api-key=abc", "run"], ["tool", f"--api-key={MASK}", "run"]),
        (["curl", "-u", "me:pw", "http://h"], ["curl", "-u", f"me:{MASK}", "http://h"]),
        (["env", "TOKEN=a b", "make"], ["env", f"TOKEN={MASK}", "make"]),
        (["sh", "-c", "echo TOKEN=abc; ls"], ["sh", "-c", f"echo TOKEN={MASK}; ls"]),
        (["claude", "-p", "fix the tests"], ["claude", "-p", "fix the tests"]),
        (["--token", "is", "the program"], ["--token", MASK, "the program"]),
        (["qwen", "--auth-type", "openai", "-p"], ["qwen", "--auth-type", "openai", "-p"]),
        (["qwen", "--auth-type=openai"], ["qwen", "--auth-type=openai"]),
        (["env", "DB_PASSWORD_FILE=/run/x"], ["env", "DB_PASSWORD_FILE=/run/x"]),
        (["ssh", "--token", "--verbose"], ["ssh", "--token", "--verbose"]),
    ],
)
def test_commands(command: list[str], kept: list[str]) -> None:
    assert mask_command(command) == kept


def test_values_by_name() -> None:
    assert mask_value("GITHUB_TOKEN", "anything") == MASK
    assert mask_value("GITHUB_TOKEN", "") == ""
    assert mask_value("TERM", "xterm-256color") == "xterm-256color"
    assert mask_value("PROXY", "http://me:pw@host:1") == f"http://me:{MASK}@host:1"


def test_every_secret_of_the_corpus_is_masked_in_a_command_line() -> None:
    for secret in secrets():
        shown = " ".join(mask_command(["tool", secret.text]))
        assert not [needle for needle in secret.needles if needle in shown], secret.kind
        assert secret.needles[0] not in mask_text(secret.text)


# What the rules begin with, and what programs that take passwords are called.
_SCHEMES = (
    "Bearer",
    "Basic",
    "login",
    "machine",
    "user",
    "set",
    "setx",
    "ENV",
    "config",
    "put",
    "rp",
)
_WORDS = [*PROGRAMS, *_SCHEMES, *"pwuaPk"]
_PLAIN_WORD = st.one_of(
    st.sampled_from(_WORDS),
    st.from_regex(r"[A-Za-z0-9./_-]{1,14}", fullmatch=True),
    st.sampled_from([secret.needles[0][:14] for secret in secrets()]),
)


@settings(max_examples=1000)
@given(st.lists(_PLAIN_WORD, min_size=1, max_size=6))
def test_what_is_plain_has_no_secret(words: list[str]) -> None:
    text = " ".join(words)
    if command_line._is_plain(text):
        assert find_secrets(text) == []


def test_common_commands_are_plain() -> None:
    for text in (
        "claude",
        "codex exec",
        "make test",
        "cat notes.txt",
        "xterm-256color",
        "/bin/zsh",
    ):
        assert command_line._is_plain(text)
    for text in ("mysql -phunter2", "sshpass /p x", "login token", "AKIAIOSFODNN7EXAMPLE", "a:b"):
        assert not command_line._is_plain(text)


def test_importing_it_is_light() -> None:
    script = (
        "import sys, agentrec.redact as r; r.mask_command(['claude', '-p', 'x']);"
        "print(*sys.modules)"
    )
    loaded = subprocess.run(
        [sys.executable, "-S", "-c", script],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": "."},
    ).stdout.split()
    heavy = {
        "typing",
        "dataclasses",
        "pathlib",
        "agentrec.terminal.output.tokenizer",
        "unicodedata",
        "inspect",
    }
    assert not heavy & set(loaded)


@pytest.mark.parametrize(
    ("command", "masked"),
    [
        (["ls", "-la"], ["ls", "-la"]),
        (["x", "--token", "abc"], ["x", "--token", "***"]),
        (["x", "--token=abc"], ["x", "--token=***"]),
        (["x", "--token", "--verbose"], ["x", "--token", "--verbose"]),
        (["x", "--api-key", "k", "rest"], ["x", "--api-key", "***", "rest"]),
        (["env", "OPENAI_API_KEY=abc d", "y"], ["env", "OPENAI_API_KEY=***", "y"]),
        (["curl", "-u", "me:pw", "http://h"], ["curl", "-u", "me:***", "http://h"]),
        (["git", "clone", "https://me:pw@host/r"], ["git", "clone", "https://me:***@host/r"]),
        (["x", "sk-ant-api03-AbCdEf12"], ["x", "***"]),
        (["sh", "-c", "run FOO_TOKEN=abc x"], ["sh", "-c", "run FOO_TOKEN=*** x"]),
        (
            ["curl", "-H", "Authorization: Basic dXNlcjpwdw=="],
            ["curl", "-H", "Authorization: Basic ***"],
        ),
        (
            ["claude", "-p", "fix the token validation"],
            ["claude", "-p", "fix the token validation"],
        ),
        (["password-tool", "list"], ["password-tool", "list"]),
        ([], []),
    ],
)
def test_secrets_in_commands(command: list[str], masked: list[str]) -> None:
    assert mask_command(command) == masked


@pytest.mark.parametrize(
    "secret",
    [
        "sk-proj-abcdefgh12345678",
        "ghp_" + "a1B2" * 9,
        "github_pat_" + "a" * 30,
        "AKIAIOSFODNN7EXAMPLE",
        "xoxb-123456789-abcdef",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0." + "c2lnbmF0dXJlc2lnbmF0dXJl",
        "glpat-abcdefghijkl1234",
        "AIza" + "b" * 35,
        "hf_" + "AbCdEfGhIjKlMnOpQrStUvWxYz01234567",
        "-----BEGIN RSA PRIVATE KEY-----\nMIIabc\n-----END RSA PRIVATE KEY-----",
    ],
)
def test_shapes_of_tokens(secret: str) -> None:
    assert mask_text(f"before {secret} after") == "before *** after"


@pytest.mark.parametrize(
    ("name", "value", "masked"),
    [
        ("OPENAI_API_KEY", "anything", "***"),
        ("GITHUB_TOKEN", "x", "***"),
        ("DB_PASSWORD", "", ""),
        ("DATABASE_URL", "postgres://u:p@h/d", "postgres://u:***@h/d"),
        ("TERM", "xterm-256color", "xterm-256color"),
        ("KEYBOARD", "us", "us"),
        ("PWD", "/home/me", "/home/me"),
    ],
)
def test_variables(name: str, value: str, masked: str) -> None:
    assert mask_value(name, value) == masked


@pytest.mark.parametrize(
    "hostile", ["-----BEGIN RSA PRIVATE KEY-----\n", "-----BEGIN RSA PRIVATE KEY-----", "a-eyJ"]
)
def test_repeated_beginnings_cost_no_time_squared(hostile):
    """Events are masked in the recorder's own loop: whoever sends one must not be able to stop it."""
    from agentrec.redact.secret_rules import find_secrets

    def spent(count):
        start = time.process_time()
        find_secrets(hostile * count)
        return time.process_time() - start

    spent(10)
    assert spent(16_000) < 40 * max(spent(2_000), 0.002)  # eight times as long a text


@pytest.mark.parametrize(
    ("command", "masked"),
    [
        (["mysql", "-u", "root", "-ps3cret77", "app"], ["mysql", "-u", "root", "-p***", "app"]),
        (["sshpass", "-p", "s3cret77", "ssh", "h"], ["sshpass", "-p", "***", "ssh", "h"]),
        (["ldapsearch", "-x", "-w", "s3cret77"], ["ldapsearch", "-x", "-w", "***"]),
        (["redis-cli", "-a", "s3cret77", "ping"], ["redis-cli", "-a", "***", "ping"]),
        (["smbclient", "//h/s", "-U", "app%s3cret77"], ["smbclient", "//h/s", "-U", "app%***"]),
        (["claude", "-p", "fix test77 and commit"], ["claude", "-p", "fix test77 and commit"]),
        (["docker", "run", "-p", "8080:80", "x"], ["docker", "run", "-p", "8080:80", "x"]),
    ],
)
def test_short_options_of_programs(command: list[str], masked: list[str]) -> None:
    assert mask_command(command) == masked
