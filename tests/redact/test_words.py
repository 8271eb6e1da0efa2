"""Command lines and environments: a name that promises a secret is enough."""

from __future__ import annotations

import subprocess
import sys

import pytest

from agentrec.redact import MASK, mask_command, mask_text, mask_value
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
