"""Recording without a terminal: in CI, from scripts, under cron."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path
from typing import Any

from agentrec.recording.reader import Recording
from tests.capture.terminal import PATIENCE, RECORD, Terminal, environment, of_kind, output

HEADLESS = [*RECORD, "--headless", "-q", "-o", "h.ahr", "--overwrite"]


def headless(
    tmp_path: Path, command: list[str], *, env: dict[str, str] | None = None, **how: Any
) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [*HEADLESS, *command],
        env=environment(tmp_path, **(env or {})),
        cwd=tmp_path,
        capture_output=True,
        timeout=PATIENCE,
        **({"stdin": subprocess.DEVNULL} | how if "input" not in how else how),
    )


def test_output_goes_to_standard_output_and_into_the_file(tmp_path: Path) -> None:
    done = headless(tmp_path, ["--", "sh", "-c", "stty size; exit 3"])
    assert (done.returncode, done.stdout, done.stderr) == (3, b"40 120\r\n", b"")
    assert output(tmp_path / "h.ahr") == done.stdout
    with Recording.open(str(tmp_path / "h.ahr")) as recording:
        header = recording.header
    assert (header["cols"], header["rows"], header["headless"]) == (120, 40, True)


def test_asked_size(tmp_path: Path) -> None:
    done = headless(tmp_path, ["--cols", "100", "--rows", "30", "--", "stty", "size"])
    assert done.stdout == b"30 100\r\n"


def test_term_is_one_that_programs_draw_on(tmp_path: Path) -> None:
    command = ["--", "sh", "-c", "echo $TERM ${COLUMNS-unset}"]
    done = headless(tmp_path, command, env={"TERM": "dumb", "COLUMNS": "13"})
    assert done.stdout == b"xterm-256color unset\r\n"


def test_no_pager_waits_for_a_key(tmp_path: Path) -> None:
    command = ["--", "sh", "-c", "seq 300 | ${PAGER:-less}; echo $GIT_PAGER"]
    done = headless(tmp_path, command, env={"PAGER": "less"})
    assert done.stdout.split() == [b"%d" % n for n in range(1, 301)] + [b"cat"]


def test_an_empty_input_does_not_end_the_child(tmp_path: Path) -> None:
    done = headless(tmp_path, ["--", "sh", "-c", "read -t 0.3 x; echo code $?"], env={"SHELL": "x"})
    assert done.returncode == 0
    done = headless(tmp_path, ["--", "bash", "-c", "read -t 0.3 x; echo code $?"])
    assert done.stdout == b"code 142\r\n"  # it waited its time: nothing was typed, nothing ended


def test_piped_input_is_typed_and_then_ends(tmp_path: Path) -> None:
    done = headless(tmp_path, ["--", "sh", "-c", "stty -echo; sort; echo end"], input=b"b\na\n")
    assert done.stdout.endswith(b"a\r\nb\r\nend\r\n")


def test_terminal_is_left_alone(tmp_path: Path) -> None:
    script = "printf '\\033[c'; echo shown only in the file"
    with Terminal(
        [*HEADLESS, "--", "sh", "-c", script], environment(tmp_path), cwd=tmp_path
    ) as term:
        assert term.wait() == 0
        assert term.seen == b""
    assert b"only in the file" in output(tmp_path / "h.ahr")


def test_queries_are_answered(tmp_path: Path) -> None:
    program = r"""
import os, sys, termios, tty
mode = termios.tcgetattr(0)
tty.setraw(0)
def ask(query, end):
    os.write(1, query)
    reply = b""
    while not reply.endswith(end):
        reply += os.read(0, 100)
    return reply
replies = [
    ask(b"\x1b[c", b"c"), ask(b"\x1b[>c", b"c"), ask(b"\x1b[>q", b"\\"), ask(b"\x1b]11;?\x07", b"\x07"),
    ask(b"\x1b[?u", b"u"), ask(b"\x1b[?2026$p", b"y"), ask(b"abc\r\nxy\x1b[6n", b"R"),
]
termios.tcsetattr(0, termios.TCSANOW, mode)
print()
print(replies)
"""
    done = headless(tmp_path, ["--", "python3", "-c", program])
    assert done.returncode == 0, done.stdout
    replies = eval(done.stdout.splitlines()[-1])
    assert replies[0].startswith(b"\x1b[?")
    assert replies[2].startswith(b"\x1bP>|agentrec(")
    assert replies[3].startswith(b"\x1b]11;rgb:")
    assert replies[6] == b"\x1b[2;3R"


def test_closed_standard_descriptors(tmp_path: Path) -> None:
    line = " ".join([*HEADLESS, "--", "echo", "hi", "<&-", ">&-", "2>&-"])
    done = subprocess.run(["sh", "-c", line], env=environment(tmp_path), cwd=tmp_path)
    assert done.returncode == 0
    assert output(tmp_path / "h.ahr") == b"hi\r\n"


def test_invalid_utf8_and_zero_bytes_are_kept(tmp_path: Path) -> None:
    (tmp_path / "junk").write_bytes(bytes(range(256)) * 40)
    done = headless(tmp_path, ["--", "sh", "-c", "stty raw; cat junk"])
    assert done.stdout == bytes(range(256)) * 40
    assert output(tmp_path / "h.ahr") == done.stdout


def test_environment_of_the_child(tmp_path: Path) -> None:
    script = "echo $AGENTREC_SESSION; echo $AGENTREC_FILE; test -S $AGENTREC_SOCKET; echo $?"
    done = headless(tmp_path, ["--", "sh", "-c", "sleep 0.2; " + script])
    session, file, is_socket = done.stdout.decode().split()
    with Recording.open(file) as recording:
        assert recording.header["id"] == session
    assert file == os.path.realpath(tmp_path / "h.ahr")
    assert is_socket == "0"


def test_signal_handling_of_the_child_is_not_ours(tmp_path: Path) -> None:
    """Python ignores SIGPIPE; a recorded program must not inherit that."""
    done = headless(tmp_path, ["--", "bash", "-c", "yes | head -n 1; echo ${PIPESTATUS[0]}"])
    assert done.stdout == b"y\r\n141\r\n"


def block_signals() -> None:
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGCHLD, signal.SIGUSR1})


def test_signals_that_a_parent_has_blocked_reach_the_command(tmp_path: Path) -> None:
    """What a Python parent has blocked or ignores by itself is not passed on; what nohup ignores is."""

    def block() -> None:
        block_signals()
        for number in (signal.SIGPIPE, signal.SIGHUP, signal.SIGCHLD):
            signal.signal(number, signal.SIG_IGN)

    done = headless(tmp_path, ["--", "sh", "-c", "exit 3"], preexec_fn=block, restore_signals=False)
    assert done.returncode == 3
    # Of itself: a shell that waits for a command blocks signals, too.
    command = ["--", "grep", "-E", "Sig(Blk|Ign)", "/proc/self/status"]
    done = headless(tmp_path, command, preexec_fn=block, restore_signals=False)
    assert done.returncode == 0
    blocked, ignored = (int(line.split()[1], 16) for line in done.stdout.splitlines())
    assert blocked == 0
    assert ignored == 1 << signal.SIGHUP - 1 | 1 << signal.SIGCHLD - 1


def test_a_blocked_sigterm_ends_the_recording(tmp_path: Path) -> None:
    script = "kill -TERM $(ps -o ppid= -p $PPID); sleep 100"  # the parent of its session's leader
    done = headless(tmp_path, ["--", "sh", "-c", script], preexec_fn=block_signals)
    assert done.returncode == 143


def test_script_without_a_first_line_runs_in_sh(tmp_path: Path) -> None:
    script = tmp_path / "plain"
    script.write_text("echo ran $1\n")
    script.chmod(0o755)
    done = headless(tmp_path, ["--", "./plain", "it"])
    assert done.stdout == b"ran it\r\n"


def test_program_sees_its_own_name(tmp_path: Path) -> None:
    done = headless(tmp_path, ["--", "bash", "-c", "ps -o args= -p $$ | cut -d' ' -f1; :"])
    assert done.stdout == b"bash\r\n"


def test_exit_event_comes_last(tmp_path: Path) -> None:
    headless(tmp_path, ["--", "echo", "x"])
    assert of_kind(tmp_path / "h.ahr", "term", "exit") == [{"code": 0, "signal": None}]
