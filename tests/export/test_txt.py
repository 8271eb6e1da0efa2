import pytest

from agentrec.errors import UsageError
from agentrec.recording.events import Event
from tests.export.helpers import HEADER, events_of, read, written

SECOND = 1_000_000_000


def test_nothing_is_lost_at_clear() -> None:
    events = events_of(
        (0, "term", "output", b"\x1b[31mbefore\x1b[0m\r\n"),
        (3 * SECOND, "term", "output", b"\x1b[2J\x1b[3J\x1b[H"),
        (6 * SECOND, "term", "output", "after é\r\n".encode()),
        (6 * SECOND, "term", "exit", {"code": 0, "signal": None}),
    )
    text, loss = written("txt", HEADER, events)
    assert [line for line in text.decode().splitlines() if line] == ["before", "after é"]
    assert loss.lines() == []


def test_lines_that_scrolled_far_away_are_there_in_order() -> None:
    numbered = [f"line {n}" for n in range(5000)]
    events = [
        Event(n, n * 1_000_000, "term", "output", f"{line}\r\n".encode())
        for n, line in enumerate(numbered)
    ]
    text, _ = written("txt", HEADER, events)
    assert text.decode().split("\n") == [*numbered, ""]


def test_other_tracks_are_counted_and_impossible_sizes_skipped() -> None:
    events = events_of(
        (0, "tool", "call", {"name": "Bash"}),
        (1, "term", "resize", {"cols": 0, "rows": 0}),
        (2, "term", "output", b"text"),
    )
    text, loss = written("txt", HEADER, events)
    assert text == b"text\n"
    assert loss.lines() == ["left out: 1 tool/call event"]


def test_text_is_not_read_back() -> None:
    with pytest.raises(UsageError):
        read("txt", b"text")
