"""Terminal output as lines for a log."""

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentrec.terminal.output.log_text import LogText
from tests.capture.terminal import PATIENCE, environment


def log(*pieces: bytes) -> str:
    text = LogText()
    return b"".join([*map(text.feed, pieces), text.finish()]).decode()


@pytest.mark.parametrize(
    ("shown", "logged"),
    [
        (b"plain\r\n", "plain\n"),
        (b"\x1b[1;31mred\x1b[0m \x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\\r\n", "red link\n"),
        (b"10 %\r20 %\r100 %\r\n", "100 %\n"),
        (b"a long word\rab\x1b[K\r\n", "ab\n"),
        (b"a\tb\r\n", "a       b\n"),
        (b"abc\b\bX\r\n", "aXc\n"),
        (b"no line feed", "no line feed\n"),
        (b"\x1b[2K\x1b[1Gdone\x1b[5Cnow\r\n", "done     now\n"),
        (b"\x1b[?1049h\x1b[Hfull\r\nscreen\r\n\x1b[?1049lafter\r\n", "after\n"),
        ("wide 測試 👩‍👩‍👧\r\n".encode(), "wide 測試 👩‍👩‍👧\n"),
        (b"broken \xff\xfe\r\n", "broken \ufffd\ufffd\n"),
        (b"\x1b]0;title\x07x\x1bPq#0\x1b\\y\x07\r\n", "xy\n"),
    ],
)
def test_what_a_log_shows(shown: bytes, logged: str) -> None:
    assert log(shown) == logged
    assert log(*(shown[n : n + 1] for n in range(len(shown)))) == logged


def test_a_repaint_logs_only_what_changed() -> None:
    frame = "  build   {}\r\n  test    {}\r\n"
    steps = [("running", "waiting"), ("ok", "waiting"), ("ok", "running"), ("ok", "ok")]
    shown = "\x1b[2A".join(frame.format(*step) for step in steps)
    assert log(shown.encode()).splitlines() == [
        "  build   running",
        "  test    waiting",
        "  build   ok",
        "  test    running",
        "  test    ok",
    ]
    # What comes after the repaint may be the same as before.
    assert log((shown + "end\r\nend\r\n").encode()).endswith("end\nend\n")


@given(st.lists(st.binary(max_size=60), max_size=8))
def test_nothing_that_controls_a_terminal_gets_through(pieces: list[bytes]) -> None:
    text = log(*pieces)
    assert not any((ord(char) < 32 and char != "\n") or 127 <= ord(char) < 160 for char in text)


def test_a_ci_job_has_no_escape_sequences_in_its_log(tmp_path: Path) -> None:
    script = (
        r"printf '\033[32mok\033[0m\n'; for n in 1 2 3; do printf '\r%s' $n; done; echo; exit 4"
    )
    done = subprocess.run(
        [sys.executable, "-m", "agentrec", "ci", "--no-page", "--", "sh", "-c", script],
        cwd=tmp_path,
        env=environment(tmp_path),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=PATIENCE,
    )
    assert (done.returncode, done.stdout) == (4, b"ok\n3\n")
    assert b"\x1b" not in done.stderr
