"""What a terminal showed, as lines: nothing lost, nothing said twice."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentrec.recording.events import Event
from agentrec.terminal import screen_transcript
from agentrec.terminal.engine.screen import Screen
from agentrec.terminal.screen_transcript import ScreenTranscript, transcript_lines

SECOND = 1_000_000_000


def lines(*output: tuple[float, bytes], cols: int = 40, rows: int = 6) -> list[str]:
    return [text for _, text in timed(*output, cols=cols, rows=rows)]


def timed(*output: tuple[float, bytes], cols: int = 40, rows: int = 6) -> list[tuple[float, str]]:
    follower = ScreenTranscript(cols, rows)
    found = []
    for t, data in output:
        found += follower.feed(int(t * SECOND), data)
    found += follower.finish(int(output[-1][0] * SECOND))
    return [(t / SECOND, text) for t, text in found]


def test_a_log_longer_than_the_screen() -> None:
    log = [f"line {i}" for i in range(500)]
    assert lines((0, "".join(f"{line}\r\n" for line in log).encode())) == log


def test_equal_lines_of_a_log_are_all_there() -> None:
    assert lines(*((t, b"ok\r\n") for t in range(20))) == ["ok"] * 20


def test_blank_lines_inside_stay_and_at_the_end_do_not() -> None:
    assert lines((0, b"a\r\n\r\nb\r\n\r\n\r\n")) == ["a", "", "b"]


def test_lines_carry_the_time_they_were_first_seen() -> None:
    output = [(t, b"line %d\r\n" % t) for t in range(20)]
    assert timed(*output) == [(t, f"line {t}") for t in range(20)]


def test_nothing_is_lost_at_clear() -> None:
    assert lines((0, b"one\r\ntwo\r\n"), (1, b"\x1b[H\x1b[2J\x1b[3Jthree\r\n")) == [
        "one",
        "two",
        "three",
    ]


def test_not_even_what_is_cleared_in_the_same_write() -> None:
    assert lines((0, b"one\r\n\x1b[H\x1b[2Jtwo\r\n\x1bcthree\r\n\x1b[H\x1b[J")) == [
        "one",
        "two",
        "three",
    ]


def test_nor_when_the_clearing_sequence_comes_in_two_reads() -> None:
    assert lines((0, b"one\r\n\x1b[H\x1b["), (0.001, b"2Jtwo")) == ["one", "two"]


def test_a_line_grows_as_it_is_typed() -> None:
    typed = [(t / 5, bytes([c])) for t, c in enumerate(b"$ make test")]
    assert lines(*typed, (9, b"\r\ndone\r\n")) == ["$ make test", "done"]


def test_what_was_typed_and_taken_back_is_kept() -> None:
    assert lines((0, b"$ "), (1, b"rm -rf"), (2, b"\r\x1b[K$ "), (3, b"ls\r\n")) == [
        "$ rm -rf",
        "$ ls",
    ]


def test_long_lines_are_whole_also_when_the_screen_cuts_them() -> None:
    long = "".join(chr(97 + i % 26) for i in range(300))
    assert lines((0, f"{long}\r\n".encode() * 3), cols=10) == [long] * 3
    one_by_one = [(t / 10, bytes([c])) for t, c in enumerate(long.encode())]
    assert lines(*one_by_one, cols=10) == [long]


def test_an_endless_line_comes_in_pieces() -> None:
    follower, size = ScreenTranscript(80, 24), 0
    for t in range(40):
        out = follower.feed(t * SECOND, b"x" * 10_000)
        size += sum(len(text) for _, text in out)
        assert len(follower._head) < 1 << 17
    size += sum(len(text) for _, text in follower.finish(0))
    assert size == 400_000


def test_what_a_full_screen_program_showed_comes_between_what_was_around_it() -> None:
    found = timed(
        (0, b"$ vim x\r\n"),
        (1, b"\x1b[?1049h\x1b[Hfirst file line\r\nsecond line\r\n~\r\n~"),
        (4, b"\x1b[2J\x1b[Hother file\r\n~"),
        (8, b"\x1b[?1049l$ "),
    )
    assert found == [
        (0, "$ vim x"),
        (1, "first file line"),
        (1, "second line"),
        (1, "~"),
        (4, "other file"),
        (8, "$"),
    ]


def test_scrolling_inside_a_full_screen_program_repeats_nothing() -> None:
    page = [f"line {i} of the manual" for i in range(30)]

    def show(top: int) -> bytes:
        return b"\x1b[H" + "\r\n".join(f"{text}\x1b[K" for text in page[top : top + 5]).encode()

    down = [(3 * i, show(i)) for i in range(25)]
    up = [(100 + 3 * i, show(24 - i)) for i in range(25)]
    found = lines((0, b"\x1b[?1049h"), *down, *up, rows=5)
    assert sorted(found, key=page.index) == page[:29]


def test_frames_of_a_repainting_program_count_once() -> None:
    frame = b"\x1b[?2026h\x1b[2K\x1b[1A\x1b[2K\x1b[G1 passed, 0 failed\r\n> \x1b[?2026l"
    assert (
        lines((0, b"\r\n"), *((t / 10, frame) for t in range(1, 15))).count("1 passed, 0 failed")
        == 1
    )


def test_a_frame_that_is_painted_over_at_once_is_seen_at_its_end() -> None:
    frames = b"".join(
        b"\x1b[?2026h\x1b[H\x1b[2Jstep %s\x1b[?2026l" % name for name in (b"one", b"two", b"six")
    )
    assert lines((0, frames)) == ["step one", "step two", "step six"]


def test_a_spinner_is_one_line() -> None:
    spin = [(t / 10, f"\r\x1b[2K{'⠋⠙⠹'[t % 3]} Thinking {t}s".encode()) for t in range(50)]
    assert len(lines(*spin, (6, b"\r\n"))) == 1


def test_a_line_that_names_one_thing_after_another_keeps_each() -> None:
    names = ["alpha", "src/beta_2.py", "größe", "檸檬", "last"]
    frames = [
        (at / 20, f"\rreading all files: {name}\x1b[K".encode()) for at, name in enumerate(names)
    ]
    assert [text.rpartition(" ")[2] for text in lines(*frames)] == names


def test_a_bar_that_stood_still_was_read() -> None:
    assert lines((0, b"\rload 10%"), (0.1, b"\rload 55%"), (9, b"\rload 99%")) == [
        "load 55%",
        "load 99%",
    ]


def test_a_dialog_that_is_wiped_is_kept_each_time_it_was_shown() -> None:
    show, wipe = b"Allow rm?\r\n1. yes\r\n2. no", b"\x1b[2K\x1b[A\x1b[2K\x1b[A\x1b[2K\x1b[G"
    found = lines((0, show), (3, wipe), (9, show), (12, wipe), (13, b"done"))
    assert found == ["Allow rm?", "1. yes", "2. no", "Allow rm?", "1. yes", "2. no", "done"]


def test_a_conversation_printed_again_from_its_start_is_not_doubled() -> None:
    talk = [f"message {i}" for i in range(40)]

    def printed(count: int) -> bytes:
        return "".join(f"{text}\r\n" for text in talk[:count]).encode()

    again = b"\x1b[2J\x1b[3J\x1b[H"
    output = [(0.0, printed(30)), (5.0, again + printed(31)), (9.0, again + printed(40))]
    assert lines(*output) == talk


def test_but_the_same_command_after_clear_is() -> None:
    run = b"\x1b[H\x1b[2J\x1b[3J" + b"".join(b"test %d ok\r\n" % i for i in range(20))
    assert lines((0, run), (60, run)) == [f"test {i} ok" for i in range(20)] * 2


def test_resizing_loses_nothing_and_doubles_nothing() -> None:
    events = [
        Event(0, 0, "term", "output", b"a long line that will be wrapped\r\nshort\r\n"),
        Event(1, SECOND, "term", "resize", {"cols": 10, "rows": 3}),
        Event(2, 2 * SECOND, "term", "output", b"narrow\r\n"),
        Event(3, 3 * SECOND, "tool", "call", {"name": "x"}),
        Event(4, 4 * SECOND, "term", "resize", {"cols": 60, "rows": 9}),
        Event(5, 5 * SECOND, "term", "output", b"wide again\r\n"),
    ]
    assert [text for _, text in transcript_lines(events, 40, 6)] == [
        "a long line that will be wrapped",
        "short",
        "narrow",
        "wide again",
    ]


def test_a_sequence_left_open_at_the_end_hides_nothing() -> None:
    assert lines((0, b"a\r\n" * 10 + b"last\x1b]0;never ended")) == ["a"] * 10 + ["last"]


def test_an_empty_recording_has_no_lines() -> None:
    assert list(transcript_lines([], 80, 24)) == []


def test_what_is_on_screen_comes_early_when_asked_for() -> None:
    output = [(n * SECOND, b"\x1b[Hstays\r\n%d\x1b[K" % n) for n in range(100)]
    events = [Event(n, t, "term", "output", data) for n, (t, data) in enumerate(output)]
    late = [*transcript_lines(events, 40, 6)]
    early = [*transcript_lines(events, 40, 6, early=200)]
    assert early.index((0, "stays")) < late.index((0, "stays"))
    assert set(late) <= set(early)


STILL = (
    b"\x1b[?2026h\x1b[39m\x1b[49m\x1b[0m\x1b[3;3H\x1b[?25h\x1b[?2026l",
    b"\x1b]0;\xe2\xa0\x8b title\x07",
    b"\x1b]2;title\x1b\\",
    b"\x1b[2A\x1b[38;2;1;2;3m\r",
    b"\x1b[H",
)
PIECES = (
    *STILL,
    b"text ",
    b"more\r\n",
    b"\x1b[K",
    b"\x1b[2J",
    b"\x1b[?1049h",
    b"\x1b[?1049l",
    b"\x1b[2J\x1b[3J\x1b[H",
    b"\x1b",
    b"[",
    b"]0;",
    b"\n\n\n",
)


@given(
    st.lists(
        st.tuples(st.sampled_from([0.001, 0.01, 0.02, 0.15]), st.sampled_from(PIECES)), min_size=1
    )
)
def test_output_that_changes_no_text_changes_no_lines(
    pieces: list[tuple[float, bytes]],
) -> None:
    output: list[tuple[float, bytes]] = []
    t = 0.0
    for pause, data in pieces:
        t += pause
        output.append((t, data))
    told = timed(*output)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(screen_transcript, "_STILL", re.compile(rb"(?!)"))
        assert timed(*output) == told


def test_a_screen_is_not_read_for_output_that_changes_no_text(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    read: list[int] = []
    usual = Screen.lines
    monkeypatch.setattr(Screen, "lines", lambda screen: (read.append(1), usual(screen))[1])
    lines((0, b"text"), *((0.1 * i, STILL[i % len(STILL)]) for i in range(1, 100)))
    assert len(read) <= 2
