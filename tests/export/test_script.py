import fcntl
import os
import pty
import shutil
import struct
import subprocess
import termios
from pathlib import Path

import pytest

from agentrec.errors import FormatError
from tests.export.helpers import read, short

BANNER = b'Script started on 2024-01-02 03:04:05+00:00 [TERM="xterm" COLUMNS="100" LINES="30"]\n'
TRAILER = b'\nScript done on 2024-01-02 03:04:09+00:00 [COMMAND_EXIT_CODE="3"]\n'
ADVANCED = b"""\
H 0.000000 START_TIME 2024-01-02 03:04:05+02:00
H 0.000000 TERM xterm
H 0.000000 COLUMNS 100
H 0.000000 LINES 30
H 0.000000 SHELL /bin/bash
H 0.000000 COMMAND make; make test
H 0.000000 OUTPUT_LOG out
H 0.000000 INPUT_LOG in
O 0.500000 3
I 0.250000 2
S 0.250000 SIGWINCH ROWS=40 COLS=120
S 0.000000 SIGTERM
O 1.000000 4
H 0.000000 DURATION 2.500000
H 0.000000 EXIT_CODE 3
"""


def test_advanced_log() -> None:
    input_log = BANNER + b"y\r" + TRAILER
    header, events, notes = read(
        "script", BANNER + b"a\r\nb\xff\r\n" + TRAILER, ADVANCED, input_log
    )
    assert header == {
        "cols": 100,
        "rows": 30,
        "created": "2024-01-02T01:04:05.000000000Z",
        "command": ["sh", "-c", "make; make test"],
        "env": {"SHELL": "/bin/bash", "TERM": "xterm"},
    }
    assert short(events) == [
        (500_000_000, "output", b"a\r\n"),
        (750_000_000, "input", b"y\r"),
        (1_000_000_000, "resize", {"cols": 120, "rows": 40}),
        (2_000_000_000, "output", b"b\xff\r\n"),
        (2_500_000_000, "exit", {"code": 3, "signal": None}),
    ]
    assert notes == []


def test_without_the_input_log_input_is_left_out_and_time_goes_on() -> None:
    _, events, notes = read("script", BANNER + b"a\r\nb\xff\r\n" + TRAILER, ADVANCED)
    assert [event.t for event in events][:2] == [500_000_000, 1_000_000_000]
    assert notes == ["input was left out: name its log with --input-log FILE"]


def test_one_log_for_both_directions_is_taken_in_order() -> None:
    timing = ADVANCED.replace(b"INPUT_LOG in", b"INPUT_LOG out")
    _, events, _ = read("script", BANNER + b"a\r\ny\rb\xff\r\n" + TRAILER, timing)
    assert [event.data for event in events if event.kind != "resize"][:3] == [
        b"a\r\n",
        b"y\r",
        b"b\xff\r\n",
    ]


def test_classic_log() -> None:
    header, events, notes = read("script", BANNER + b"abcde" + TRAILER, b"0.5 2\n1.25 3\n")
    assert (header["cols"], header["rows"]) == (100, 30)
    assert short(events[:2]) == [
        (500_000_000, "output", b"ab"),
        (1_750_000_000, "output", b"cde"),
    ]
    assert events[2].data == {"code": 3, "signal": None}  # of the last line
    assert notes == []


def test_other_languages() -> None:
    banner = b'Skript gestartet auf 2024-05-01 10:00:00+02:00 [COLUMNS="90" LINES="20"]\n'
    trailer = b'\nSkript beendet auf 2024-05-01 10:00:01+02:00 [COMMAND_EXIT_CODE="4"]\n'
    header, events, _ = read("script", banner + b"ab" + trailer, b"0,500000 2\n")
    assert header["created"] == "2024-05-01T08:00:00.000000000Z"
    assert short(events[:1]) == [(500_000_000, "output", b"ab")]
    assert events[1].data == {"code": 4, "signal": None}
    said = b'\n[COMMAND_EXIT_CODE="9"]'  # by the program: it is not behind the recorded bytes
    _, events, _ = read("script", banner + said, b"0,5 %d\n" % len(said))
    assert [event.kind for event in events] == ["output"]


def test_a_torn_typescript_gives_what_it_has() -> None:
    _, events, notes = read("script", BANNER + b"abc", b"0.5 2\n1.25 3\n1 5\n")
    assert [event.data for event in events] == [b"ab", b"c"]
    assert notes == ["torn: the typescript ends before the timing log"]


def test_a_torn_timing_log_gives_what_it_has() -> None:
    _, events, notes = read("script", BANNER + b"abcde", b"0.5 2\n1.2")
    assert [event.data for event in events] == [b"ab"]
    assert notes == ["the last line of the timing log is torn and was left out"]


@pytest.mark.parametrize(
    "line", [b"nonsense", b"O 0.5", b"O 0.5 999999999", b"-1.0 5", b"O x 5", b"\xff\xfe 1"]
)
def test_a_broken_timing_log_is_an_error_with_its_line(line: bytes) -> None:
    with pytest.raises(FormatError, match="line 2 of the timing log"):
        read("script", BANNER + b"abcde", b"0.5 2\n" + line + b"\n0.5 1\n")


def test_a_typescript_alone_is_refused_with_the_way_out() -> None:
    with pytest.raises(FormatError) as caught:
        read("script", BANNER)
    assert "--timing" in caught.value.hint


@pytest.mark.skipif(not shutil.which("script"), reason="util-linux `script` is not installed")
@pytest.mark.parametrize("layout", ["advanced", "classic"])
def test_a_session_of_the_real_script(tmp_path: Path, layout: str) -> None:
    """What `script` showed its own terminal is what the import says it showed."""
    out, timing, typed = (str(tmp_path / name) for name in ("out", "timing", "typed"))
    program = (
        "stty -echo; printf 'ready\\n'; read line; printf 'got %s \\303\\251\\n' \"$line\"; exit 3"
    )
    argv = ["script", "-q", "-e", "-m", layout, "--log-timing", timing, "--log-out", out]
    if layout == "advanced":
        argv += ["--log-in", typed]
    status, shown = _in_terminal([*argv, "-c", program], wait_for=b"ready", then=b"hello\n")
    assert status == 3

    input_log = Path(typed).read_bytes() if layout == "advanced" else None
    header, events, notes = read(
        "script", Path(out).read_bytes(), Path(timing).read_bytes(), input_log
    )
    assert (header["cols"], header["rows"]) == (90, 20)
    assert notes == []
    output = b"".join(event.data for event in events if event.kind == "output")
    assert output.replace(b"\r", b"") == b"ready\ngot hello \xc3\xa9\n"
    assert output in shown
    if layout == "advanced":
        assert [e.data for e in events if e.kind == "input" and b"hello" in e.data]
        assert events[-1].data == {"code": 3, "signal": None}
        assert header["command"] == ["sh", "-c", program]


def _in_terminal(argv: list[str], wait_for: bytes, then: bytes) -> tuple[int, bytes]:
    """Run ``argv`` in a 90x20 terminal, type ``then`` after ``wait_for``; exit code and output."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 20, 90, 0, 0))
    child = subprocess.Popen(
        argv,
        stdin=slave,
        stdout=slave,
        stderr=slave,
        start_new_session=True,
        env={**os.environ, "SHELL": "/bin/sh", "TERM": "xterm", "LC_ALL": "C"},
    )
    os.close(slave)
    shown = b""
    typed = False
    while True:
        try:
            piece = os.read(master, 65536)
        except OSError:  # the last holder of the terminal is gone
            piece = b""
        if not piece:
            break
        shown += piece
        if not typed and wait_for in shown:
            os.write(master, then)
            typed = True
    os.close(master)
    return child.wait(), shown
