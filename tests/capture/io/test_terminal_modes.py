"""Modes switched on by a child that cannot switch them off any more."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentrec.capture.io import terminal_modes
from agentrec.capture.io.terminal_modes import _CHANGE, TerminalModes

PLAIN = TerminalModes().undo()

SEQUENCES = [
    b"\x1b[?1049h",
    b"\x1b[?1049l",
    b"\x1b[?25l",
    b"\x1b[?1000;1006h",
    b"\x1b[>1u",
    b"\x1b[<u",
    b"\x1b[<2u",
    b"\x1b[>4;2m",
    b"\x1b[>4m",
    b"\x1bc",
    b"text\r\n",
    b"\x1b[31m",
    b"\x1b]0;title\x07",
]


@pytest.mark.parametrize(
    ("shown", "undo"),
    [
        (b"", b""),
        (b"\x1b[31mred\x1b[2J", b""),
        (b"\x1b[?25l", b"\x1b[?25h"),
        (b"\x1b[?2004h\x1b[?2004l", b""),
        (b"\x1b[?1049h\x1b[?1000;1006h", b"\x1b[?1000l\x1b[?1006l\x1b[?1049l"),
        (b"\x1b[?1049h\x1b[?1049l", b""),
        (b"\x1b[?7l", b"\x1b[?7h"),
        (b"\x1b[>1u\x1b[>5u", b"\x1b[<2u"),
        (b"\x1b[>1u\x1b[>5u\x1b[<u", b"\x1b[<1u"),
        (b"\x1b[>1u\x1b[<9u", b""),
        (b"\x1b[>4;2m", b"\x1b[>4m"),
        (b"\x1b[>4;2m\x1b[>4;0m", b""),
        (b"\x1b[>4;2m\x1b[>4m", b""),
        (b"\x1b[?2004h\x1bc", b""),
        (b"\x1b[?12h\x1b[?99999999999h", b""),
    ],
)
def test_undo(shown: bytes, undo: bytes) -> None:
    modes = TerminalModes()
    modes.feed(shown)
    modes.settle()
    assert modes.undo() == PLAIN + undo


@pytest.mark.parametrize(
    ("shown", "undo"),
    [
        (b"\x1b[?2004h\x1b[?2004l", b"\x1b[?2004l"),
        (b"\x1b[?1049h\x1b[?25l\x1b[?1049l", b"\x1b[?25h\x1b[?1049l"),
        (b"\x1b[>1u\x1b[>5u\x1b[<2u", b"\x1b[<2u"),
        (b"\x1b[?2004h\x1bc", b"\x1b[?2004l"),
    ],
)
def test_what_is_on_the_way_counts_until_it_has_arrived(shown: bytes, undo: bytes) -> None:
    modes = TerminalModes()
    assert modes.feed(shown)
    assert modes.undo() == PLAIN + undo
    assert modes.settle()
    assert not modes.settle()
    assert len(modes.undo()) < len(PLAIN + undo)


def test_modes_that_change_with_every_frame_are_undone_once_and_for_all() -> None:
    modes = TerminalModes()
    frame = b"\x1b[?2026h\x1b[?25l text \x1b[?25h\x1b[?2026l"
    assert modes.feed(frame)
    modes.settle()
    for _ in range(3):
        assert not modes.feed(frame)
        assert not modes.settle()
    assert modes.undo() == PLAIN + b"\x1b[?25h\x1b[?2026l"
    assert modes.redo() == b""


def test_redo_sets_the_same_modes_again() -> None:
    modes, again = TerminalModes(), TerminalModes()
    modes.feed(b"\x1b[?1049h\x1b[?2004h\x1b[?25l\x1b[>4;2m\x1b[>1u")
    again.feed(modes.redo())
    assert modes.redo().startswith(b"\x1b[?1049h")
    assert again.undo() == modes.undo()


def test_feed_says_whether_something_changed() -> None:
    modes = TerminalModes()
    assert not modes.feed(b"\x1b[1mbold")
    assert modes.feed(b"\x1b[?2004h")
    assert not modes.feed(b"\x1b[?2004h")
    assert not modes.feed(b"\x1b[?2004l")  # it may not have arrived
    assert modes.settle()
    assert modes.feed(b"\x1b[?25l")


@given(parts=st.lists(st.sampled_from(SEQUENCES), max_size=12), cuts=st.lists(st.integers(0, 200)))
def test_splits_do_not_matter(parts: list[bytes], cuts: list[int]) -> None:
    data = b"".join(parts)
    whole, split = TerminalModes(), TerminalModes()
    whole.feed(data)
    start = 0
    for cut in sorted(cuts):
        split.feed(data[start:cut])
        start = max(start, cut)
    split.feed(data[start:])
    assert split.undo() == whole.undo()
    whole.settle()
    split.settle()
    assert split.undo() == whole.undo()


class Everywhere(TerminalModes):
    """Looks at every escape sequence."""

    def _sequences(self, data: bytes, *, has_private: bool) -> Sequence[bytes]:
        return _CHANGE.findall(data)


@given(
    st.lists(st.sampled_from([*SEQUENCES, b"?", b"<", b">", b"\x1b", b"\x1b[", b"? <b> " * 40])),
    st.lists(st.integers(1, 30), max_size=20),
)
def test_what_is_looked_for_first_misses_nothing(pieces: list[bytes], cuts: list[int]) -> None:
    data, quick, slow = b"".join(pieces), TerminalModes(), Everywhere()
    for length in [*cuts, len(data)]:
        piece, data = data[:length], data[length:]
        assert quick.feed(piece) == slow.feed(piece)
        assert quick.undo() == slow.undo()
        assert quick.redo() == slow.redo()


@given(
    st.lists(
        st.lists(st.sampled_from(sorted(terminal_modes._FLICKER_SEQUENCES)), max_size=6), max_size=4
    )
)
def test_flickering_modes_are_applied_together_as_one_by_one(frames: list[list[bytes]]) -> None:
    together, single = TerminalModes(), TerminalModes()
    for frame in frames:
        together.feed(b"text".join(frame))
        for sequence in frame:
            single._apply(sequence)
        assert together.undo() == single.undo()
        assert together.redo() == single.redo()
        assert together.settle() == single.settle()
        assert together.undo() == single.undo()
