"""Tokens after colors and escapes, and colors inside of secrets: what tools print is in events as it is."""

from __future__ import annotations

import pytest

from agentrec.redact.secret_rules import find_secrets
from fixtures.secrets import secrets

KEY = next(secret for secret in secrets() if secret.kind == "github classic").text


COLORS = ("\x1b[31m", "\x1b[1;38;5;9m", "\x1b[2K", r"\x1b[31m", r"\u001b[0m", r"\033[1m", r"\e[0m")
ESCAPES = (r"\n", r"\t", "%20", "%3D")


@pytest.mark.parametrize("before", [*COLORS, *ESCAPES, "name_", "a-", "a."])
def test_a_token_after(before: str) -> None:
    text = f"see {before}{KEY} and {KEY}"
    assert [text[hit.start : hit.stop] for hit in find_secrets(text)] == [KEY, KEY]


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        (f"{KEY[:9]}\x1b[0m\x1b[32m{KEY[9:]}", f"{KEY[:9]}\x1b[0m\x1b[32m{KEY[9:]}"),
        ("\x1b[32mDB_PASSWORD\x1b[0m=\x1b[33mhunter2Xyz9\x1b[0m", "hunter2Xyz9"),
        ("é \x1b[1mé\x1b[0m DB_PASSWORD=hunter2Xyz9\x1b[0m", "hunter2Xyz9"),
    ],
)
def test_colors_hide_nothing(text: str, secret: str) -> None:
    assert [text[hit.start : hit.stop] for hit in find_secrets(text)] == [secret]


@pytest.mark.parametrize(
    "text",
    ["a_npm_config_user_agent_nodejs_x", "my-sk-learn-classifier-v2", r"C:\nsk-learn", "\x1b[31m"],
)
def test_words_stay(text: str) -> None:
    assert not find_secrets(text)
