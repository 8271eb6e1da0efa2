"""A line that is repainted while a secret in it grows, one character at a time."""

from __future__ import annotations

import pytest

from agentrec.recording.events import Event
from agentrec.redact.masked_stream import MaskedStream
from agentrec.redact.two_pass import TwoPassRedaction
from fixtures.secrets import secrets
from fixtures.secrets.checks import longest_piece
from fixtures.secrets.growing import GROWING

COLS, ROWS = 80, 24
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


def recorded(pieces: list[bytes]) -> bytes:
    """As if each piece came long after the one before."""
    stream, out = MaskedStream("terminal", COLS, ROWS), b""
    for piece in pieces:
        start = stream.append(piece)
        stream.scan()
        stream.mark_until(start + len(piece))
        out += stream.mask(piece, start)
        stream.forget()
    return out


def exported(pieces: list[bytes]) -> bytes:
    events = [Event(n, n, "term", "output", piece) for n, piece in enumerate(pieces)]
    masked = TwoPassRedaction(lambda: events, (COLS, ROWS)).events(events, report=False)
    return b"".join(event.data for event in masked if isinstance(event.data, bytes))


def body(kind: str) -> str:
    return SECRETS[kind].needles[0].removeprefix(PREFIXES[kind])


@pytest.mark.parametrize("kind", PREFIXES)
@pytest.mark.parametrize("way", sorted(GROWING.keys() - {"windowed"}))
def test_an_export_shows_nothing_of_it(way: str, kind: str) -> None:
    shown = exported([*GROWING[way](SECRETS[kind].text, COLS, ROWS), b"\r\n"])
    assert longest_piece(body(kind), shown, COLS, ROWS) <= 1  # any letter may stand elsewhere


@pytest.mark.parametrize("kind", PREFIXES)
@pytest.mark.parametrize("way", sorted(GROWING.keys() - {"windowed"}))
def test_a_recording_shows_at_most_its_beginning(way: str, kind: str) -> None:
    shown = recorded([*GROWING[way](SECRETS[kind].text, COLS, ROWS), b"\r\n"])
    assert longest_piece(body(kind), shown, COLS, ROWS) <= SHOWN


def test_a_field_that_scrolls_shows_nothing_of_what_is_known() -> None:
    kind = "github classic"
    shown = exported([*GROWING["windowed"](SECRETS[kind].text, COLS, ROWS), b"\r\n"])
    assert longest_piece(body(kind), shown, COLS, ROWS) <= 1
