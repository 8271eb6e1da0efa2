"""However a recording ends: right exit code, whole file, sane terminal."""

from __future__ import annotations

import os
import re
import shlex
import signal
import subprocess
import termios
import time
from pathlib import Path

import pytest

from agentrec.recording.reader import Recording
from tests.capture.terminal import PATIENCE, RECORD, Terminal, environment, of_kind, output

QUIET = [*RECORD, "-q"]


def recorder_pid(terminal: Terminal) -> int:
    """What the recorded program said with SAY_PARENT."""
    return int(terminal.until(rb"parent +\d+\r\n").split()[1])


SAY_PARENT = "echo parent $(ps -o ppid= -p $PPID); "  # of the session's leader: the recorder


@pytest.mark.parametrize(
    ("script", "code", "exit_event"),
    [
        ("exit 0", 0, {"code": 0, "signal": None}),
        ("exit 7", 7, {"code": 7, "signal": None}),
        ("exit 255", 255, {"code": 255, "signal": None}),
        ("kill -TERM $$", 143, {"code": None, "signal": 15}),
        ("kill -KILL $$", 137, {"code": None, "signal": 9}),
        ("kill -HUP $$", 129, {"code": None, "signal": 1}),
    ],
)
def test_exit_code_is_the_childs(
    tmp_path: Path, script: str, code: int, exit_event: dict[str, int]
) -> None:
    command = [*QUIET, "-o", "e.ahr", "--", "sh", "-c", script]
    with Terminal(command, environment(tmp_path), cwd=tmp_path) as terminal:
        assert terminal.wait() == code
    assert of_kind(tmp_path / "e.ahr", "term", "exit") == [exit_event]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_stopped_recorder_asks_the_child_and_finishes_the_file(tmp_path: Path, number: int) -> None:
    script = "trap 'echo told; exit 4' TERM HUP; " + SAY_PARENT + "while :; do sleep 0.05; done"
    command = [*QUIET, "-o", "t.ahr", "--", "sh", "-c", script]
    with Terminal(command, environment(tmp_path), cwd=tmp_path) as terminal:
        before = terminal.modes
        pid = recorder_pid(terminal)
        assert terminal.is_raw
        os.kill(pid, number)
        terminal.until(b"told")
        assert terminal.wait() == 128 + number
        assert terminal.modes == before
    assert of_kind(tmp_path / "t.ahr", "term", "exit") == [{"code": 4, "signal": None}]


def test_child_that_ignores_hangup_and_terminate_is_killed(tmp_path: Path) -> None:
    script = "trap '' TERM HUP; " + SAY_PARENT + "while :; do sleep 0.05; done"
    command = [*QUIET, "-o", "i.ahr", "--", "sh", "-c", script]
    with Terminal(command, environment(tmp_path), cwd=tmp_path) as terminal:
        os.kill(recorder_pid(terminal), signal.SIGHUP)
        assert terminal.wait() == 128 + signal.SIGHUP
    assert of_kind(tmp_path / "i.ahr", "term", "exit") == [{"code": None, "signal": 9}]


def test_closed_terminal_ends_the_child_and_the_file(tmp_path: Path) -> None:
    script = "trap 'echo gone > told; exit 0' HUP; " + SAY_PARENT + "while :; do sleep 0.05; done"
    command = [*QUIET, "-o", "c.ahr", "--", "sh", "-c", script]
    with Terminal(command, environment(tmp_path), cwd=tmp_path) as terminal:
        recorder_pid(terminal)
        terminal.hang_up()
        assert terminal.status() == 128 + signal.SIGHUP
    assert (tmp_path / "told").exists()
    assert of_kind(tmp_path / "c.ahr", "term", "exit") == [{"code": 0, "signal": None}]


def wait_for(condition: object) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.02)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGQUIT])
def test_interrupt_sent_to_the_recorder_goes_to_the_child(tmp_path: Path, number: int) -> None:
    name = signal.Signals(number).name[3:]
    script = f"trap 'echo caught; exit 9' {name}; " + SAY_PARENT + "while :; do sleep 0.05; done"
    command = [*QUIET, "-o", "q.ahr", "--", "sh", "-c", script]
    with Terminal(command, environment(tmp_path), cwd=tmp_path) as terminal:
        os.kill(recorder_pid(terminal), number)
        terminal.until(b"caught")
        assert terminal.wait() == 9


def test_grandchild_that_keeps_the_terminal_does_not_hold_the_recording(tmp_path: Path) -> None:
    script = "trap '' HUP; (sleep 60; echo never) & echo $!; exit 6"
    command = [*QUIET, "-o", "g.ahr", "--", "sh", "-c", script]
    with Terminal(command, environment(tmp_path), cwd=tmp_path) as terminal:
        pid = int(terminal.until(rb"\d+\r\n"))
        assert terminal.wait() == 6
    os.kill(pid, signal.SIGKILL)  # it is still there
    assert output(tmp_path / "g.ahr") == b"%d\r\n" % pid


def test_grandchild_that_goes_on_writing_does_not_hold_the_recording(tmp_path: Path) -> None:
    script = "trap '' HUP; yes & echo pid $!; exit 6"
    command = [*QUIET, "-o", "y.ahr", "--", "sh", "-c", script]
    with Terminal(command, environment(tmp_path), cwd=tmp_path) as terminal:
        assert terminal.wait() == 6
        pid = re.search(rb"pid (\d+)", terminal.seen)
        assert pid
    assert of_kind(tmp_path / "y.ahr", "term", "exit") == [{"code": 6, "signal": None}]


def test_last_words_are_kept_however_many(tmp_path: Path) -> None:
    command = [*QUIET, "-o", "l.ahr", "--", "sh", "-c", "stty raw; seq 1 30000; exit 1"]
    with Terminal(command, environment(tmp_path), cwd=tmp_path) as terminal:
        assert terminal.wait() == 1
        assert terminal.seen.endswith(b"29999\n30000\n")


def has_seen(terminal: Terminal, what: bytes) -> bool:
    terminal.read(0)
    return what in terminal.seen


def test_killed_recorder_leaves_a_sane_terminal_and_a_readable_file(tmp_path: Path) -> None:
    child = "printf '\\033[?1049h\\033[?25l\\033[?1000h\\033[>1u'; " + SAY_PARENT + "sleep 100"
    line = shlex.join([*QUIET, "-o", "k.ahr", "--", "sh", "-c", child]).encode()
    with Terminal(["bash", "--norc", "-i"], environment(tmp_path), cwd=tmp_path) as terminal:
        terminal.until(rb"\$ ")
        terminal.send(b"stty -a\n")
        wanted = terminal.until(rb"speed.*-extproc")
        terminal.until(rb"\$ ")
        terminal.send(line + b"\n")
        pid = recorder_pid(terminal)
        time.sleep(0.5)  # what is older than 250 ms is in the file
        os.kill(pid, signal.SIGKILL)
        terminal.until(b"Killed")
        terminal.until(rb"\$ ")
        terminal.send(b"stty -a; echo sum $((40+2))\n")
        assert terminal.until(rb"speed.*-extproc") == wanted
        terminal.until(b"sum 42")
        for switched_off in (b"\x1b[?1049l", b"\x1b[?25h", b"\x1b[?1000l", b"\x1b[<1u"):
            wait_for(lambda what=switched_off: has_seen(terminal, what))
    with Recording.open(str(tmp_path / "k.ahr")) as recording:
        shown = b"".join(e.data for e in recording.events() if e.name == ("term", "output"))  # type: ignore[misc]
        assert b"parent" in shown
        assert not recording.ended


def test_killed_recorder_under_a_program_that_restores_nothing(tmp_path: Path) -> None:
    line = shlex.join([*QUIET, "-o", "k.ahr", "--", "sh", "-c", SAY_PARENT + "sleep 100"])
    script = f"{line}; echo code $?; read x; echo got $x"
    with Terminal(["sh", "-c", script], environment(tmp_path), cwd=tmp_path) as terminal:
        before = terminal.modes
        pid = recorder_pid(terminal)
        wait_for(lambda: terminal.is_raw)
        os.kill(pid, signal.SIGKILL)
        terminal.until(b"code 137")
        wait_for(lambda: terminal.modes == before)
        terminal.send(b"it\n")
        terminal.until(b"got it")


def test_child_killed_in_full_screen_mode_leaves_a_sane_terminal(tmp_path: Path) -> None:
    child = "printf '\\033[?1049h\\033[?2004h'; stty raw -echo; kill -9 $$"
    command = [*QUIET, "-o", "f.ahr", "--", "sh", "-c", child]
    with Terminal(command, environment(tmp_path), cwd=tmp_path) as terminal:
        before = terminal.modes
        assert terminal.wait() == 137
        assert terminal.modes == before
        assert terminal.seen.endswith(b"\x1b[?2004l\x1b[?1049l")


def test_child_that_ends_by_itself_leaves_the_modes_it_wants(tmp_path: Path) -> None:
    command = [*QUIET, "-o", "m.ahr", "--", "printf", "\\033[?2004h"]
    with Terminal(command, environment(tmp_path), cwd=tmp_path) as terminal:
        assert terminal.wait() == 0
        assert terminal.seen == b"\x1b[?2004h"


def test_suspended_recorder_gives_the_terminal_back_and_takes_it_again(tmp_path: Path) -> None:
    child = "trap 'stty size' WINCH; " + SAY_PARENT + "until read -t 0.1 x; do :; done; echo end $x"
    line = shlex.join([*QUIET, "-o", "z.ahr", "--", "bash", "-c", child]).encode()
    with Terminal(["bash", "--norc", "-i"], environment(tmp_path), cwd=tmp_path) as terminal:
        terminal.until(rb"\$ ")
        terminal.send(line + b"\n")
        pid = recorder_pid(terminal)
        os.kill(pid, signal.SIGTSTP)
        terminal.until(rb"Stopped")
        terminal.until(rb"\$ ")
        terminal.resize(99, 33)
        terminal.send(b"stty -a | grep -c '^isig icanon'\n")
        terminal.until(rb"\r1\r\n")
        terminal.send(b"fg\n")
        terminal.until(b"33 99")
        wait_for(lambda: terminal.modes[3] & termios.ISIG == 0)
        terminal.send(b"word\n")
        terminal.until(b"end word")
        terminal.until(rb"\$ ")
        terminal.send(b"echo left $?\n")
        terminal.until(rb"left \d")
    assert {"cols": 99, "rows": 33} in of_kind(tmp_path / "z.ahr", "term", "resize")


def test_reader_that_leaves_ends_the_child(tmp_path: Path) -> None:
    line = shlex.join([*QUIET, "--tty", "-o", "p.ahr", "--", "yes"])
    script = f"{{ {line}; echo code $? >&2; }} | head -n 1"
    done = subprocess.run(
        ["sh", "-c", script],
        env=environment(tmp_path),
        cwd=tmp_path,
        stdin=subprocess.DEVNULL,
        capture_output=True,
    )
    assert done.stdout == b"y\r\n"
    assert done.stderr == b"code 141\n"
    assert of_kind(tmp_path / "p.ahr", "term", "exit") == [{"code": None, "signal": 1}]


def test_ignored_hangup_stays_ignored(tmp_path: Path) -> None:
    """`nohup agentrec record ...` goes on when the terminal closes, and so does its child."""
    script = SAY_PARENT + "sleep 0.7; echo survived"
    line = shlex.join([*QUIET, "--headless", "-o", "n.ahr", "--", "sh", "-c", script])
    shell = subprocess.Popen(
        ["sh", "-c", f"trap '' HUP; {line}"],
        env=environment(tmp_path),
        cwd=tmp_path,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
    )
    assert shell.stdout
    os.kill(int(shell.stdout.readline().split()[1]), signal.SIGHUP)
    rest, _ = shell.communicate(timeout=PATIENCE)
    assert (shell.returncode, rest) == (0, b"survived\r\n")
