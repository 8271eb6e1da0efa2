"""Replies to the questions programs ask a terminal on start."""

import subprocess
import sys

import pytest

from agentrec import __version__
from agentrec.terminal.engine.screen import Screen
from agentrec.terminal.query_responder import QueryResponder

ANSWERS = [
    (b"\x1b[c", b"\x1b[?62;22c"),
    (b"\x1b[0c", b"\x1b[?62;22c"),
    (b"\x1bZ", b"\x1b[?62;22c"),
    (b"\x1b[>c", b"\x1b[>1;10;0c"),
    (b"\x1b[=c", b"\x1bP!|00000000\x1b\\"),
    (b"\x1b[5n", b"\x1b[0n"),
    (b"\x1b[6n", b"\x1b[1;1R"),
    (b"\x1b[?6n", b"\x1b[?1;1R"),
    (b"\x1b[?996n", b"\x1b[?997;1n"),
    (b"\x1b[>q", b"\x1bP>|agentrec(" + __version__.encode() + b")\x1b\\"),
    (b"\x1b[>0q", b"\x1bP>|agentrec(" + __version__.encode() + b")\x1b\\"),
    (b"\x1b]10;?\x07", b"\x1b]10;rgb:e5e5/e5e5/e5e5\x07"),
    (b"\x1b]11;?\x1b\\", b"\x1b]11;rgb:0000/0000/0000\x1b\\"),
    (b"\x1b]12;?\x07", b"\x1b]12;rgb:e5e5/e5e5/e5e5\x07"),
    (
        b"\x1b]10;?;?\x07",
        b"\x1b]10;rgb:e5e5/e5e5/e5e5\x07\x1b]11;rgb:0000/0000/0000\x07",
    ),
    (b"\x1b]4;1;?\x07", b"\x1b]4;1;rgb:cdcd/0000/0000\x07"),
    (
        b"\x1b]4;16;?;231;?;244;?\x07",
        (
            b"\x1b]4;16;rgb:0000/0000/0000\x07\x1b]4;231;rgb:ffff/ffff/ffff\x07"
            b"\x1b]4;244;rgb:8080/8080/8080\x07"
        ),
    ),
    (b"\x1b[?2026$p", b"\x1b[?2026;2$y"),
    (b"\x1b[?25$p", b"\x1b[?25;1$y"),
    (b"\x1b[?12345$p", b"\x1b[?12345;0$y"),
    (b"\x1b[4$p", b"\x1b[4;2$y"),
    (b"\x1b[?2004h\x1b[?2004$p", b"\x1b[?2004;1$y"),
    (b"\x1b[?1049;2004h\x1b[?1049$p\x1b[?2004l\x1b[?2004$p", b"\x1b[?1049;1$y\x1b[?2004;2$y"),
    (b"\x1b[?1;2004h\x1b[!p\x1b[?1$p\x1b[?2004$p", b"\x1b[?1;2$y\x1b[?2004;1$y"),
    (b"\x1b[?2004h\x1bc\x1b[?2004$p", b"\x1b[?2004;2$y"),
    (b"\x1b[?u", b"\x1b[?0u"),
    (b"\x1b[>5u\x1b[?u\x1b[<u\x1b[?u", b"\x1b[?5u\x1b[?0u"),
    (b"\x1b[>1u\x1b[=4;2u\x1b[?u\x1b[=1;3u\x1b[?u", b"\x1b[?5u\x1b[?4u"),
    (b"\x1bP+q544e\x1b\\", b"\x1bP1+r544e=" + b"xterm-256color".hex().upper().encode() + b"\x1b\\"),
    (b"\x1bP+q436f;5a5a\x1b\\", b"\x1bP1+r436f=323536\x1b\\\x1bP0+r5a5a\x1b\\"),
    (b"\x1bP+qxyz\x1b\\", b"\x1bP0+r\x1b\\"),
    (b"\x1bP$qm\x1b\\", b"\x1bP1$r0m\x1b\\"),
    (b"\x1b[48:2:1:2:3m\x1bP$qm\x1b\\", b"\x1bP1$r0;48:2:1:2:3m\x1b\\"),
    (b"\x1bP$qr\x1b\\", b"\x1bP1$r1;24r\x1b\\"),
    (b"\x1bP$q?\x1b\\", b"\x1bP0$r\x1b\\"),
    (b"\x1b[14t", b"\x1b[4;384;640t"),
    (b"\x1b[16t", b"\x1b[6;16;8t"),
    (b"\x1b[18t", b"\x1b[8;24;80t"),
    (b"\x1b[21t", b"\x1b]l\x1b\\"),
    (b"\x1b[x", b"\x1b[2;1;1;128;128;1;0x"),
    (b"\x1b[?4m", b"\x1b[>4;0m"),
]
SILENT = [
    b"plain text\r\n",
    b"\x1b[31mred\x1b[0m\x1b[2J\x1b[H",
    b"\x1b[?25l\x1b[?1049h",
    b"\x1b[1c",
    b"\x1b[8;30;100t",  # resize the window: an order, not a question
    b"\x1b]11;#102030\x07",
    b"\x1b]52;c;?\x07",  # the clipboard is nobody's business
    b"\x1b]0;title\x07",
    b"\x1b[2 q",
    b"\x1b[u",
    b"\x1b]0;\x1b[",  # a sequence cut short by another
    b"\x05",
]


@pytest.mark.parametrize(("question", "reply"), ANSWERS)
def test_answers(question: bytes, reply: bytes) -> None:
    assert b"".join(QueryResponder(80, 24).feed(question)) == reply


@pytest.mark.parametrize("output", SILENT)
def test_stays_silent(output: bytes) -> None:
    assert QueryResponder(80, 24).feed(output) == []


@pytest.mark.parametrize(("question", "reply"), ANSWERS)
def test_answers_however_reads_split_the_question(question: bytes, reply: bytes) -> None:
    stream = b"some text " + question + b" and more"
    for cut in range(len(stream) + 1):
        answerer = QueryResponder(80, 24)
        assert b"".join(answerer.feed(stream[:cut]) + answerer.feed(stream[cut:])) == reply
    answerer = QueryResponder(80, 24)
    assert b"".join(r for byte in stream for r in answerer.feed(bytes([byte]))) == reply


def test_all_questions_in_one_stream_are_answered_in_order() -> None:
    assert b"".join(QueryResponder(80, 24).feed(b"\x1bc".join(q for q, _ in ANSWERS))) == b"".join(
        reply for _, reply in ANSWERS
    )


def test_a_position_report_asks_for_the_cursor_as_it_is_at_that_byte() -> None:
    seen = []

    class Screen:
        cursor = (6, 2, True, "block")

        def feed(self, data: bytes) -> None:
            seen.append(data)

        def resize(self, cols: int, rows: int) -> None:
            seen.append(b"%dx%d" % (cols, rows))

    answerer = QueryResponder(80, 24)
    answerer.attach(Screen())
    answerer.resize(40, 10)
    assert answerer.feed(b"before\x1b[6nafter\x1b[") == [b"\x1b[3;7R"]
    assert answerer.feed(b"6n.") == [b"\x1b[3;7R"]
    assert seen == [b"40x10", b"before\x1b[6n", b"after\x1b[", b"6n", b"."]


def test_the_cursor_is_kept_on_the_terminal() -> None:
    assert QueryResponder(80, 24, lambda: (500, 500)).feed(b"\x1b[6n") == [b"\x1b[24;80R"]


def test_an_unfinished_string_is_not_kept_for_ever() -> None:
    answerer = QueryResponder(80, 24)
    for _ in range(100):
        answerer.feed(b"\x1b]11;" + b"x" * 4096)
    answerer.feed(b"y" * 100_000)
    assert len(answerer._carry) <= 4096
    assert answerer.feed(b"\x1b[5n") == [b"\x1b[0n"]


def test_importing_it_loads_no_engine() -> None:
    code = "import sys, agentrec.terminal.query_responder; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout
    for heavy in ("pyghostty", "cffi", "dataclasses", "agentrec.terminal.engine.screen"):
        assert heavy not in loaded.split()


def test_the_engine_is_made_at_the_first_position_report_and_told_what_was_shown() -> None:
    made = []

    def engine(cols: int, rows: int) -> Screen:
        made.append((cols, rows))
        return Screen(cols, rows, 0)

    answerer = QueryResponder(80, 24, engine=engine)
    assert answerer.feed(b"\x1b[c") == [b"\x1b[?62;22c"]
    answerer.resize(40, 10)
    answerer.feed(b"hello\r\nthere \x1b[")
    assert made == []
    assert answerer.feed(b"31mx\x1b[6n, more\x1b[6n") == [b"\x1b[2;8R", b"\x1b[2;14R"]
    assert answerer.feed(b"\x1b[5;5H") == []
    assert answerer.feed(b"\x1b[6n") == [b"\x1b[5;5R"]
    assert made == [(40, 10)]


def test_the_memory_of_what_was_shown_is_bounded() -> None:
    answerer = QueryResponder(80, 24, engine=lambda cols, rows: Screen(cols, rows, 0))
    for _ in range(500):
        answerer.feed(b"a line of a long log\r\n" * 180)
    assert answerer._recent is not None
    assert len(answerer._recent.data()) <= 3 * answerer._recent.LIMIT_BYTES
    assert answerer.feed(b"ab\x1b[6n") == [b"\x1b[24;3R"]
