"""The process that follows the screen of a paused recording."""

import io

import pytest

from agentrec.recording.format import batch
from agentrec.terminal.engine.screen import Screen
from agentrec.terminal.output.redraw import redraw
from agentrec.terminal.seek.paused_screen import RECORD, SHOW, TAKEN, answer, clearing, scrolling

MODES = b"\x1b[?1049h\x1b[?1002;1006;2004;1h\x1b[?25l\x1b[?7l\x1b[5;9r\x1b[?6h\x1b[4h"
BUSY = MODES + b"\x1b=\x1b[>5u\x1b(0\x1b[5 q\x1b[1;31malt"


def requests(*outputs):
    """The records of these outputs; None stands for the wish to see the screen."""
    records = [(SHOW, b"") if one is None else (batch.OUTPUT, one) for one in outputs]
    return io.BytesIO(b"".join(RECORD.pack(kind, len(data)) + data for kind, data in records))


def resumed(before, *outputs):
    """The screen of a recording of ``before``, then of the answer; and how many outputs are in that."""
    screen, recorded = Screen(30, 6, 100), Screen(30, 6, 100)
    screen.feed(before)
    recorded.feed(before)
    told = answer(screen, requests(*outputs))
    recorded.feed(told[TAKEN.size :])
    return recorded, TAKEN.unpack_from(told)[0]


def test_the_screen_is_as_it_is_then_and_what_was_before_is_above_it():
    recorded, taken = resumed(b"one\r\ntwo\r\n", b"hidden\r\n", b"n\r\n" * 4, b"\x1b[1mnow", None)
    assert recorded.rows_text()[-1] == "now"
    assert recorded.history_text() == ["one", "two"]
    assert taken == 0


def test_what_is_still_shown_is_not_above_it():
    recorded, _ = resumed(b"one\r\ntwo\r\n", b"hidden\r\x1b[K", None)
    assert recorded.text().split() == ["one", "two"]
    assert recorded.history_text() == []


def test_an_unfinished_sequence_is_awaited():
    recorded, taken = resumed(b"", b"a\x1b[3", None, b"1", b"mb", b"c")
    assert recorded.text().strip() == "ab"
    assert taken == 2


def test_the_size_is_followed():
    screen = Screen(30, 6, 100)
    payload = batch.SIZE.pack(40, 3)
    records = RECORD.pack(batch.RESIZE, len(payload)) + payload + RECORD.pack(SHOW, 0)
    assert answer(screen, io.BytesIO(records))
    assert (screen.cols, screen.rows) == (40, 3)


def test_nothing_when_it_is_never_asked():
    assert answer(Screen(30, 6, 100), requests(b"x")) == b""
    assert answer(Screen(30, 6, 100), io.BytesIO(b"\0")) == b""


@pytest.mark.parametrize("before", [b"", b"text\r\n", BUSY, b"\x1b[?1049hx" + BUSY], ids=repr)
def test_clearing_is_like_a_reset(before):
    screen, fresh = Screen(30, 6, 100), Screen(30, 6, 100)
    screen.feed(before)
    screen.feed(clearing(screen) + scrolling(screen, 0))
    fresh.feed(b"\x1b(B\x1b)B")  # the same as it has, named
    assert redraw(screen, 0) == redraw(fresh, 0)


def test_in_the_middle_of_a_sequence_everything_is_reset():
    screen = Screen(30, 6, 100)
    screen.feed(b"text\x1b[3")
    screen.feed(clearing(screen) + scrolling(screen, 0))
    assert screen.text().strip() == ""
