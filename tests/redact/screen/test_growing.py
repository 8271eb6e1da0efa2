"""A line that is repainted while a secret in it grows, one character at a time."""

from __future__ import annotations

import pytest

from fixtures.secrets import secrets
from fixtures.secrets.checks import longest_piece
from fixtures.secrets.growing import GROWING
from scripts.redaction_parts.growth import COLS, ROWS, masked_export, masked_live

# What of each kind is no secret: the issuer's prefix.
PREFIXES = {
    "github classic": "gh" + "p_",
    "gitlab": "gl" + "pat-",
    "stripe": "sk" + "_live_",
    "groq": "gs" + "k_",
    "assignment": "",
}
SECRETS = {kind: next(s for s in secrets() if s.kind == kind) for kind in PREFIXES}
# While recording, so many characters after it may be shown.
SHOWN = 4


def body(kind: str) -> str:
    return SECRETS[kind].needles[0].removeprefix(PREFIXES[kind])


@pytest.mark.parametrize("kind", PREFIXES)
@pytest.mark.parametrize("way", sorted(GROWING))
def test_an_export_shows_nothing_of_it(way: str, kind: str) -> None:
    shown = masked_export([*GROWING[way](SECRETS[kind].text, COLS, ROWS), b"\r\n"])
    assert longest_piece(body(kind), shown, COLS, ROWS) <= 1  # any letter may stand elsewhere


@pytest.mark.parametrize("kind", ["telegram", "assignment"])
@pytest.mark.parametrize("way", sorted(GROWING.keys() - {"windowed"}))
def test_an_export_knows_beginnings_by_what_stood_before_them(way: str, kind: str) -> None:
    """Neither a prefix nor a name before it in all of them."""
    for secret in [s for s in secrets() if s.kind == kind and len(s.text) < COLS - 14]:
        shown = masked_export([*GROWING[way](secret.text, COLS, ROWS), b"\r\n"])
        assert longest_piece(secret.needles[0], shown, COLS, ROWS) <= 3, secret.text


@pytest.mark.parametrize("kind", PREFIXES)
@pytest.mark.parametrize("way", sorted(GROWING))
def test_a_recording_shows_at_most_its_beginning(way: str, kind: str) -> None:
    shown = masked_live([*GROWING[way](SECRETS[kind].text, COLS, ROWS), b"\r\n"])
    assert longest_piece(body(kind), shown, COLS, ROWS) <= SHOWN


@pytest.mark.parametrize(
    "name", ["telegram", "basic", "url password", "assignment", "stripe webhook"]
)
def test_a_field_that_scrolls_shows_at_most_its_beginning(name: str) -> None:
    """No state of it shows the whole secret."""
    for secret in [s for s in secrets() if s.kind == name and len(s.text) < COLS]:
        shown = masked_export([*GROWING["windowed"](secret.text, COLS, ROWS), b"\r\n"])
        assert longest_piece(secret.needles[0], shown, COLS, ROWS) <= 3, secret.text


def test_the_frame_of_a_field_stays() -> None:
    """And what comes after the secret."""
    url = "postgres://app:QpjkakfERK1CuWUV@db.internal"
    for shown in masked_live(GROWING["windowed"](url, COLS, ROWS)).split(b"\r\x1b[K")[1:]:
        assert shown[:1] == b"<"
    assert shown == b"<****@db.internal"
