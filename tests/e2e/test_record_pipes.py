"""Pipes and files instead of a terminal: the command gets the same, byte for byte, and they are recorded."""

from __future__ import annotations

import hashlib
import itertools
import json
import os
import pty
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from agentrec.recording.events import Event
from agentrec.recording.reader import Recording
from fixtures.modelserver import ModelServer
from tests.agents_env import AGENTS, require
from tests.agents_env.drive import Send, Settle, Step, Type, Wait, drive
from tests.agents_env.recorded import PACKAGE
from tests.capture.terminal import PATIENCE, RECORD, environment

SLOW_LINES = "import time\nfor n in range(1, 2000): print('line', n); time.sleep(0.002)"
TO_FILE = [*RECORD, "-q", "--no-snapshots", "--overwrite", "-o", "run.ahr"]


def line(command: str, *options: str) -> str:
    """The shell line that records ``sh -c command``."""
    return shlex.join([*TO_FILE, *options, "--", "sh", "-c", command])


def in_sh(tmp_path: Path, script: str, **how: Any) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        ["sh", "-c", script],
        cwd=tmp_path,
        env=environment(tmp_path),
        capture_output=True,
        timeout=PATIENCE,
        start_new_session=True,
        **how,
    )


def recorded(tmp_path: Path) -> list[Event]:
    with Recording.open(str(tmp_path / "run.ahr")) as recording:
        return list(recording.events())


def stream(tmp_path: Path, name: str) -> bytes:
    """What passed through a stream, as `agentrec cat --stream` has it."""
    done = subprocess.run(
        [sys.executable, "-m", "agentrec", "cat", "run.ahr", "--stream", name],
        cwd=tmp_path,
        env=environment(tmp_path),
        capture_output=True,
        timeout=PATIENCE,
        check=True,
    )
    return done.stdout


def ends(tmp_path: Path) -> dict[str, Any]:
    found = [event.data for event in recorded(tmp_path) if event.name == ("term", "eof")]
    return {data["stream"]: data for data in found if isinstance(data, dict)}


@pytest.mark.parametrize("kinds", [*itertools.product("tp", repeat=3)], ids="".join)
def test_a_stream_is_a_terminal_where_it_is_one_outside(kinds: Any, tmp_path: Path) -> None:
    master, slave = pty.openpty()
    told = "import os; os._exit(sum(os.isatty(fd) << fd for fd in range(3)))"
    running = subprocess.Popen(
        [*TO_FILE, "--", sys.executable, "-c", told],
        cwd=tmp_path,
        env=environment(tmp_path),
        start_new_session=True,
        **{
            name: slave if kind == "t" else subprocess.PIPE
            for name, kind in zip(("stdin", "stdout", "stderr"), kinds, strict=True)
        },
    )
    running.communicate(b"x\n" if kinds[0] == "p" else None, timeout=PATIENCE)
    os.close(slave)
    os.close(master)
    assert running.returncode == sum((kind == "t") << fd for fd, kind in enumerate(kinds))


def test_input_is_exact_and_ends(tmp_path: Path) -> None:
    data = bytes(range(256)) * 300 + b"\x04\x03 no newline"
    done = in_sh(tmp_path, line("cat"), input=data)
    assert (done.returncode, done.stdout, done.stderr) == (0, data, b"")


def test_input_is_recorded_only_when_asked_for(tmp_path: Path) -> None:
    data = b"a private line\n" * 10
    in_sh(tmp_path, line("cat >/dev/null"), input=data)
    assert stream(tmp_path, "stdin") == b""
    known = {"stream": "stdin", "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    assert ends(tmp_path)["stdin"] == known
    assert b"private" not in (tmp_path / "run.ahr").read_bytes()
    in_sh(tmp_path, line("cat >/dev/null", "--capture-input"), input=data)
    assert stream(tmp_path, "stdin") == data


def test_output_and_errors_stay_apart(tmp_path: Path) -> None:
    script = line("echo out; echo err >&2; exit 3")
    done = in_sh(tmp_path, script, stdin=subprocess.DEVNULL)
    assert (done.returncode, done.stdout, done.stderr) == (3, b"out\n", b"err\n")
    assert (stream(tmp_path, "stdout"), stream(tmp_path, "stderr")) == (b"out\n", b"err\n")
    assert {name: data["bytes"] for name, data in ends(tmp_path).items()} == {
        "stdout": 4,
        "stderr": 4,
    }


def test_where_they_are_one_pipe_their_order_stays(tmp_path: Path) -> None:
    wanted = b"".join(b"o%d\ne%d\n" % (n, n) for n in range(200))
    script = "n=0; while [ $n -lt 200 ]; do echo o$n; echo e$n >&2; n=$((n+1)); done"
    assert in_sh(tmp_path, f"{line(script)} 2>&1").stdout == wanted
    assert in_sh(tmp_path, f"{line(script)} > both 2>&1; cat both").stdout == wanted
    with Recording.open(str(tmp_path / "run.ahr")) as recording:
        assert recording.header["streams"]["stdout"] == "file"
        assert recording.header["streams"]["stderr"] == "stdout"


def test_what_went_through_a_pipe_is_on_the_replayed_screen(tmp_path: Path) -> None:
    in_sh(tmp_path, line("printf 'one\\ntwo\\n'; echo three >&2"))
    argv = [sys.executable, "-m", "agentrec", "cat", "run.ahr"]
    done = subprocess.run(argv, cwd=tmp_path, env=environment(tmp_path), capture_output=True)
    assert done.stdout.split() == [b"one", b"two", b"three"]


def test_bytes_that_are_no_text_are_not_drawn(tmp_path: Path) -> None:
    data = b"\x1b[?1049h\0\x01\xff" * 50
    (tmp_path / "data").write_bytes(data)
    assert in_sh(tmp_path, line("cat data")).stdout == data
    assert stream(tmp_path, "stdout") == data
    argv = [sys.executable, "-m", "agentrec", "cat", "run.ahr"]
    done = subprocess.run(argv, cwd=tmp_path, env=environment(tmp_path), capture_output=True)
    assert done.stdout.strip() == b""


def test_a_reader_that_leaves_ends_the_command_as_without(tmp_path: Path) -> None:
    codes = "; echo ${PIPESTATUS[*]}"
    script = f"{shlex.join([*TO_FILE, '--', 'yes'])} | head -1{codes}"
    done = subprocess.run(
        ["bash", "-c", script],
        cwd=tmp_path,
        env=environment(tmp_path),
        capture_output=True,
        timeout=PATIENCE,
    )
    assert (done.stdout, done.stderr) == (b"y\n141 0\n", b"")


def test_output_that_cannot_be_written_is_not_lost_in_silence(tmp_path: Path) -> None:
    for command, code in (("echo x", 125), ("echo x; exit 3", 3), ("echo y >&2", 0)):
        done = in_sh(tmp_path, f"{line(command)} > /dev/full", stdin=subprocess.DEVNULL)
        assert done.returncode == code
        said = b"cannot write stdout: No space left on device" in done.stderr
        assert said == (code != 0)
    limited = f"ulimit -f 8; {line('head -c 100000 /dev/zero')} > out"
    assert in_sh(tmp_path, limited, stdin=subprocess.DEVNULL).returncode != 0


def test_a_command_that_closes_its_input_ends_the_writer(tmp_path: Path) -> None:
    script = f"yes | {line('exec <&-; while [ ! -e ended ]; do sleep 0.05; done')}"
    running = subprocess.Popen(["sh", "-c", script], cwd=tmp_path, env=environment(tmp_path))
    deadline = time.monotonic() + PATIENCE
    look = ["ps", "-o", "comm", "--ppid", str(running.pid)]
    while b"yes" in subprocess.run(look, capture_output=True).stdout:
        assert time.monotonic() < deadline, "`yes` still writes to nobody"
        time.sleep(0.05)
    (tmp_path / "ended").touch()
    assert running.wait(PATIENCE) == 0


def test_a_file_is_read_as_far_as_the_command_reads_it(tmp_path: Path) -> None:
    (tmp_path / "list").write_text("1\n2\n3\n")
    each = line('read x; echo "got $x"', "--capture-input")
    done = in_sh(tmp_path, f"({each}; cat) < list")
    assert done.stdout == b"got 1\n2\n3\n"
    assert stream(tmp_path, "stdin") == b"1\n"
    loop = f"while read x; do {line('echo run')}; done < list"
    assert in_sh(tmp_path, loop).stdout == b"run\n" * 3


def test_what_is_written_after_the_end_arrives(tmp_path: Path) -> None:
    later = line("(sleep 1; echo late) & echo early")
    assert in_sh(tmp_path, f"{later} | cat").stdout == b"early\nlate\n"
    began = time.monotonic()
    done = in_sh(tmp_path, f"{later} > out; cat out")
    assert done.stdout == b"early\n"  # nobody waits for a file
    while (tmp_path / "out").read_bytes() != b"early\nlate\n":
        assert time.monotonic() < began + PATIENCE
        time.sleep(0.05)


def test_a_slow_reader_gets_everything(tmp_path: Path) -> None:
    done = in_sh(tmp_path, f"{line('seq 200000')} | (sleep 3; cat)")
    assert done.stdout.split() == [b"%d" % n for n in range(1, 200_001)]
    assert len(stream(tmp_path, "stdout")) == len(done.stdout)


def test_secrets_are_masked_in_pipes_too(tmp_path: Path) -> None:
    secret = "AKIA" + "Q3EG7X2WB5NJ4TZL"
    (tmp_path / "text").write_text(f"key {secret} end\n")
    script = line("cat text; cat text >&2", "--redact")
    done = in_sh(tmp_path, f"{script} 2> err")
    assert secret.encode() in done.stdout
    assert secret.encode() in (tmp_path / "err").read_bytes()
    events = json.dumps([repr(event) for event in recorded(tmp_path)])
    assert secret not in events
    assert stream(tmp_path, "stdout").startswith(b"key ")
    assert len(stream(tmp_path, "stdout")) == len(done.stdout)


def test_without_a_terminal_outside_there_is_none_inside(tmp_path: Path) -> None:
    script = line("if (: < /dev/tty) 2>/dev/null; then echo terminal; else echo none; fi")
    assert in_sh(tmp_path, script, stdin=subprocess.DEVNULL).stdout == b"none\n"


def test_signals_reach_a_command_without_a_terminal(tmp_path: Path) -> None:
    script = "trap 'echo interrupted; exit 9' INT; echo ready; while :; do sleep 0.05; done"
    running = subprocess.Popen(
        [*TO_FILE, "--", "sh", "-c", script],
        cwd=tmp_path,
        env=environment(tmp_path),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    assert running.stdout
    assert running.stdout.readline() == b"ready\n"
    running.send_signal(signal.SIGINT)
    assert running.communicate(timeout=PATIENCE)[0] == b"interrupted\n"
    assert running.returncode == 9


def test_tty_gives_a_terminal_for_all(tmp_path: Path) -> None:
    done = in_sh(tmp_path, line("for n in 0 1 2; do test -t $n && echo $n; done", "--tty"))
    assert done.stdout == b"0\r\n1\r\n2\r\n"
    with Recording.open(str(tmp_path / "run.ahr")) as recording:
        assert "streams" not in recording.header


def test_nothing_to_run_is_refused(tmp_path: Path) -> None:
    for options in ([], ["--headless"], ["--tty"]):
        done = in_sh(tmp_path, shlex.join([*TO_FILE, *options]), stdin=subprocess.DEVNULL)
        assert done.returncode == 2
        assert b"nothing to run" in done.stderr
    assert in_sh(tmp_path, shlex.join(TO_FILE), input=b"echo hi\n").stdout == b"hi\n"


def test_a_stream_that_was_no_pipe_is_refused(tmp_path: Path) -> None:
    in_sh(tmp_path, line("echo out", "--tty"))
    argv = [sys.executable, "-m", "agentrec", "cat", "run.ahr", "--stream", "stdout"]
    done = subprocess.run(argv, cwd=tmp_path, env=environment(tmp_path), capture_output=True)
    assert (done.returncode, done.stdout) == (2, b"")
    assert b"stdout was the terminal" in done.stderr


# --- in a real shell ------------------------------------------------------------------------------


def in_terminal(tmp_path: Path, steps: list[Step]) -> Any:
    env = environment(tmp_path, TERM="tmux-256color")
    (tmp_path / "text.txt").write_text("".join(f"line {n}\n" for n in range(1, 100)))
    first: list[Step] = [Settle(), Type("PS1='shell> '; clear\r", gap_seconds=0), Wait("^shell>")]
    last: list[Step] = [Settle(), Type("exit\r", gap_seconds=0)]
    result = drive(["bash", "--norc", "-i"], env, tmp_path, 100, 20, first + steps + last)
    assert result.restored
    return result


def test_a_pager_after_a_pipe_has_the_keys(tmp_path: Path) -> None:
    command = shlex.join([*TO_FILE, "--", "less"])
    steps: list[Step] = [
        Type(f"cat text.txt | {command}\r", gap_seconds=0),
        Wait(r"line 5\n"),
        Settle(),
        Type("G"),
        Wait(r"line 99\n"),
        Send(b"q"),
        Wait(r"shell>\s*\Z"),
    ]
    in_terminal(tmp_path, steps)


def test_a_pager_behind_the_recorder_has_the_keys(tmp_path: Path) -> None:
    steps: list[Step] = [
        Type(f"{line('cat text.txt')} | less\r", gap_seconds=0),
        Wait(r"line 5\n"),
        Settle(0.5),
        Type("G"),
        Wait(r"line 99\n"),
        Type("g"),
        Wait(r"line 1\n"),
        Send(b"q"),
        Wait(r"shell>\s*\Z"),
    ]
    in_terminal(tmp_path, steps)
    assert stream(tmp_path, "stdout") == (tmp_path / "text.txt").read_bytes()


def test_a_pager_that_is_faster_keeps_the_terminal(tmp_path: Path) -> None:
    """It has set its modes before the recorder looks; they are not the command's."""
    # One process: dash between fork and exec of another hangs when both get SIGTSTP, without us too.
    script = f"exec {shlex.join([sys.executable, '-u', '-c', SLOW_LINES])}"
    wide = r"^line 1\nline 2\nline 3\n"  # each at the left margin
    steps: list[Step] = [
        *(Type(f"clear; {line(script)} | less\r", gap_seconds=0), Wait(wide), Settle(1.0)),
        *(Send(b"\x1a"), Wait("Stopped"), Type("clear; fg\r", gap_seconds=0), Wait(wide)),
        *(Settle(), Send(b"\x1a"), Wait("Stopped"), Settle()),
        *(Type("clear; stty -a | grep -o ' icanon'\r", gap_seconds=0), Wait("\n? icanon")),
        *(Type("clear; fg\r", gap_seconds=0), Wait(wide), Settle(), Send(b"q")),
        Wait(r"shell>\s*\Z"),
    ]
    in_terminal(tmp_path, steps)


def test_a_program_before_the_pipe_has_the_keys(tmp_path: Path) -> None:
    steps: list[Step] = [
        Type(f"cat | {line('sort -r')}\r", gap_seconds=0),
        Settle(0.6),
        Type("one\rtwo\r"),
        Settle(),
        Send(b"\x04"),
        Wait(r"two\n+one\n+shell>"),
    ]
    in_terminal(tmp_path, steps)


def test_ctrl_c_ends_the_whole_pipeline(tmp_path: Path) -> None:
    steps: list[Step] = [
        Type(f"clear; sleep 1000 | {line('cat')}\r", gap_seconds=0),
        Settle(0.8),
        Send(b"\x03"),
        Wait(r"shell>\s*\Z"),
        Type("echo code $?\r", gap_seconds=0),
        Wait("code 130"),
    ]
    in_terminal(tmp_path, steps)


def test_ctrl_z_stops_the_whole_pipeline(tmp_path: Path) -> None:
    steps: list[Step] = [
        Type(f"clear; cat text.txt | {shlex.join([*TO_FILE, '--', 'less'])}\r", gap_seconds=0),
        Wait(r"line 5\n"),
        Settle(),
        Send(b"\x1a"),
        Wait("Stopped"),
        Type("clear; fg\r", gap_seconds=0),
        Wait(r"line 5\n"),
        Settle(),
        Send(b"q"),
        Wait(r"shell>\s*\Z"),
    ]
    in_terminal(tmp_path, steps)


def test_a_password_prompt_has_the_keys_although_all_is_redirected(tmp_path: Path) -> None:
    ask = "import getpass; print(getpass.getpass('Secret: '))"
    command = shlex.join([*TO_FILE, "--", sys.executable, "-c", ask])
    steps: list[Step] = [
        Type(f"clear; {command} </dev/null >out 2>err; cat out\r", gap_seconds=0),
        Wait("Secret:"),
        Settle(),
        Type("word\r"),
        Wait(r"word\n"),
    ]
    in_terminal(tmp_path, steps)


def test_a_full_screen_program_without_stderr(tmp_path: Path) -> None:
    command = shlex.join([*TO_FILE, "--", "vim", "-u", "NONE", "-i", "NONE", "text.txt"])
    steps: list[Step] = [
        Type(f"clear; {command} 2>/dev/null\r", gap_seconds=0),
        Wait(r"line 5\n"),
        Settle(),
        Type(":q!\r"),
        Wait(r"shell>\s*\Z"),
    ]
    in_terminal(tmp_path, steps)


def test_a_background_job_leaves_the_terminal_alone(tmp_path: Path) -> None:
    steps: list[Step] = [
        Type(f"clear; {line('sleep 1; echo done')} > out 2>&1 &\r", gap_seconds=0),
        Settle(0.4),
        Type("clear; cat\r", gap_seconds=0),
        Settle(0.4),
        Type("typed\r"),
        Wait(r"typed\ntyped\n"),
        Send(b"\x04"),
        Settle(1.5),
        Type("clear; jobs; cat out\r", gap_seconds=0),
        Wait(r"done\n"),
    ]
    in_terminal(tmp_path, steps)


# --- real agents ----------------------------------------------------------------------------------


@pytest.mark.agents
@pytest.mark.parametrize("name", AGENTS)
def test_an_agent_reads_the_pipe_and_answers_into_the_file(name: str, tmp_path: Path) -> None:
    agent = require(AGENTS[name])
    with ModelServer(delay=0.002) as server:
        env = agent.start(tmp_path / "home", tmp_path / "work", server.url)
        argv = agent.argv(agent.headless, "review what is piped in")
        recorder = [*RECORD, "-q", "-o", str(tmp_path / "run.ahr"), "--"]
        out = {}
        for kind, command in (("without", argv), ("with", recorder + argv)):
            with (tmp_path / kind).open("wb") as file:
                done = subprocess.run(
                    command,
                    input=b"+ a line that only the pipe has\n",
                    stdout=file,
                    stderr=subprocess.PIPE,
                    env=env | {"PYTHONPATH": PACKAGE},
                    cwd=tmp_path / "work",
                    timeout=120,
                )
            assert done.returncode == 0, done.stderr
            out[kind] = (tmp_path / kind).read_bytes()
        asked = [json.dumps(entry.body) for entry in server.received() if entry.body]
    assert sum("a line that only the pipe has" in body for body in asked) >= 2
    assert out["with"].count(b"\n") == out["without"].count(b"\n") > 0
    assert b"\r" not in out["with"]
    assert stream(tmp_path, "stdout") == out["with"]
    assert ends(tmp_path)["stdin"]["bytes"] == 32
