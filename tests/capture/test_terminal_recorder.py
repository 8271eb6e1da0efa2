"""The session's decisions, told with a list instead of a file."""

from __future__ import annotations

from typing import Any

from agentrec.capture.prefix_key import MARK, TIMEOUT_NS
from agentrec.capture.terminal_recorder import MAX_LABEL_CHARS, TerminalRecorder
from agentrec.json_values import JsonObject
from agentrec.recording.sink import EventSink


class ListSink(EventSink):
    """Keeps what a recording's writer would take, as a list one can compare."""

    pending = written = 0
    failure = None

    def __init__(self) -> None:
        self.events: list[tuple[Any, ...]] = []

    def output(self, t: int, data: bytes) -> None:
        self.events.append((t, "output", data))

    def input(self, t: int, data: bytes) -> None:
        self.events.append((t, "input", data))

    def resize(self, t: int, cols: int, rows: int) -> None:
        self.events.append((t, "resize", cols, rows))

    def event(self, t: int, track: str, kind: str, data: JsonObject, **_links: str | None) -> int:
        self.events.append((t, f"{track}/{kind}", data))
        return len(self.events) - 1

    def flush(self) -> None:
        """Nothing waits."""

    def close(self, *, compact: bool = True) -> None:
        """Nothing is open."""


def session(*, capture_input: bool = False) -> tuple[TerminalRecorder, list[tuple[Any, ...]]]:
    told = ListSink()
    return TerminalRecorder(told, (80, 24), prefix=0x1C, capture_input=capture_input), told.events


def test_typing_is_forwarded_and_not_stored() -> None:
    one, told = session()
    assert one.input(1, b"secret\r") == (b"secret\r", None)
    assert told == []


def test_typing_is_stored_when_asked() -> None:
    one, told = session(capture_input=True)
    one.output(1, b"$ ")
    assert one.input(2, b"ls\r") == (b"ls\r", None)
    assert one.input(3, b"pw\r", hidden=True) == (b"pw\r", None)
    assert told == [
        (1, "output", b"$ "),
        (2, "input", b"ls\r"),
        (3, "term/redacted", {"reason": "password"}),
    ]


def test_held_prefix_is_stored_when_it_is_let_go() -> None:
    one, told = session(capture_input=True)
    assert one.input(5, b"\x1c") == (b"", None)
    assert one.deadline == 5 + TIMEOUT_NS
    assert one.tick(5 + TIMEOUT_NS) == b"\x1c"
    assert told == [(5 + TIMEOUT_NS, "input", b"\x1c")]


def test_marks_are_numbered_unless_named_and_never_endless() -> None:
    one, told = session()
    assert one.input(1, b"\x1cm") == (b"", MARK)
    assert one.mark(2, "named", "cli") == "named"
    assert one.mark(3, "x" * 5000, "cli") == "x" * MAX_LABEL_CHARS
    assert [event[2]["label"] for event in told] == ["mark 1", "named", "x" * MAX_LABEL_CHARS]
    assert [event[2]["source"] for event in told] == ["key", "cli", "cli"]


def test_only_real_resizes_are_told() -> None:
    one, told = session()
    for size in ((80, 24), (100, 30), (100, 30), (80, 24)):
        one.resize(1, *size)
    assert told == [(1, "resize", 100, 30), (1, "resize", 80, 24)]


def test_exit() -> None:
    one, told = session()
    one.exit(9, None, 15)
    assert told == [(9, "term/exit", {"code": None, "signal": 15})]
