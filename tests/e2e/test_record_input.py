"""What is typed: not stored unless asked, secrets never; marks by key and by command."""

from __future__ import annotations

import json
import os
import shlex
import socket
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from agentrec.recording.events import Event
from tests.capture.terminal import RECORD, Terminal, environment, events, of_kind

QUIET = [*RECORD, "-q"]
MARK = shlex.join([sys.executable, "-m", "agentrec", "mark"])


@pytest.fixture
def env(tmp_path: Path) -> Iterator[dict[str, str]]:
    """An environment with a runtime directory of its own, short enough for a socket's name."""
    with tempfile.TemporaryDirectory(prefix="ar") as short:
        yield environment(tmp_path, XDG_RUNTIME_DIR=short)


def typed(path: Path) -> bytes:
    return b"".join(event.data for event in events(path) if event.name == ("term", "input"))  # type: ignore[misc]


def test_input_is_not_recorded_unless_asked(tmp_path: Path) -> None:
    command = [*QUIET, "-o", "i.ahr", "--", "sh", "-c", "stty -echo; echo ready; read x"]
    with Terminal(command, environment(tmp_path), cwd=tmp_path) as terminal:
        terminal.until(b"ready")
        terminal.send(b"my words\r")
        terminal.wait()
    assert not [event for event in events(tmp_path / "i.ahr") if event.kind == "input"]
    assert b"my words" not in (tmp_path / "i.ahr").read_bytes()


def test_captured_input_leaves_passwords_out(tmp_path: Path) -> None:
    script = (
        "echo first; read a; stty -echo; echo hidden; read b; stty echo; echo third; read c;"
        "printf 'API token: '; read d; echo fourth; read e; echo got $a $b $c $d $e > got"
    )
    command = [*QUIET, "-o", "i.ahr", "--capture-input", "--", "sh", "-c", script]
    with Terminal(command, environment(tmp_path), cwd=tmp_path) as terminal:
        for prompt, keys in (
            (b"first", b"one"),
            (b"hidden", b"pass1"),
            (b"third", b"three"),
            (b"token: ", b"pass2"),
            (b"fourth", b"five"),
        ):
            terminal.until(prompt)
            for key in (*keys, ord("\r")):
                terminal.send(bytes([key]))
        terminal.wait()
    assert (tmp_path / "got").read_text() == "got one pass1 three pass2 five\n"
    assert typed(tmp_path / "i.ahr") == b"one\rthree\rfive\r"
    assert of_kind(tmp_path / "i.ahr", "term", "redacted") == [{"reason": "password"}] * 2


def test_raw_mode_program_is_no_password_prompt(tmp_path: Path) -> None:
    script = "stty raw -echo; echo ready; head -c 5 > keys"
    command = [*QUIET, "-o", "i.ahr", "--capture-input", "--", "sh", "-c", script]
    with Terminal(command, environment(tmp_path), cwd=tmp_path) as terminal:
        terminal.until(b"ready")
        terminal.send(b"\x1bOAxy")
        terminal.wait()
    assert typed(tmp_path / "i.ahr") == b"\x1bOAxy"


def test_prefix_key_sets_a_mark_and_stays_hidden_from_the_child(tmp_path: Path) -> None:
    script = "stty raw -echo; echo ready; head -c 2 > keys"
    command = [*QUIET, "-o", "m.ahr", "--", "sh", "-c", script]
    with Terminal(command, environment(tmp_path), cwd=tmp_path) as terminal:
        terminal.until(b"ready")
        terminal.send(b"\x1c")
        terminal.read(0.05)
        terminal.send(b"m")
        terminal.until(b"\x07")
        terminal.send(b"\x1b[92;5u")  # the same key as the kitty keyboard protocol says it
        terminal.read(0.05)
        terminal.send(b"m")
        terminal.until(b"\x07")
        terminal.send(b"ok")
        terminal.wait()
    assert (tmp_path / "keys").read_bytes() == b"ok"
    labels = [moment["label"] for moment in of_kind(tmp_path / "m.ahr", "mark", "moment")]
    assert labels == ["mark 1", "mark 2"]
    assert b"\x07" not in b"".join(
        event.data for event in events(tmp_path / "m.ahr") if isinstance(event.data, bytes)
    )


def test_prefix_key_alone_reaches_the_child_after_a_while(tmp_path: Path) -> None:
    script = "stty raw -echo; echo ready; head -c 1 > keys; echo done"
    command = [*QUIET, "-o", "m.ahr", "--", "sh", "-c", script]
    with Terminal(command, environment(tmp_path), cwd=tmp_path) as terminal:
        terminal.until(b"ready")
        terminal.send(b"\x1c")
        terminal.until(b"done")
    assert (tmp_path / "keys").read_bytes() == b"\x1c"


def test_prefix_key_can_be_another_or_none(tmp_path: Path) -> None:
    script = "stty raw -echo; echo ready; head -c 2 > keys; echo done"
    for key in ("none", "ctrl-]"):
        command = [
            *QUIET,
            "-o",
            "m.ahr",
            "--overwrite",
            "--prefix-key",
            key,
            "--",
            "sh",
            "-c",
            script,
        ]
        with Terminal(command, environment(tmp_path), cwd=tmp_path) as terminal:
            terminal.until(b"ready")
            terminal.send(b"\x1cm")
            terminal.until(b"done")
        assert (tmp_path / "keys").read_bytes() == b"\x1cm"


def test_configured_prefix_key(tmp_path: Path) -> None:
    (tmp_path / ".config/agentrec").mkdir(parents=True)
    (tmp_path / ".config/agentrec/config.toml").write_text('[record]\nprefix-key = "ctrl-]"\n')
    script = "stty raw -echo; echo ready; head -c 2 > keys"
    command = [*QUIET, "-o", "m.ahr", "--", "sh", "-c", script]
    with Terminal(command, environment(tmp_path), cwd=tmp_path) as terminal:
        terminal.until(b"ready")
        terminal.send(b"\x1dm")
        terminal.until(b"\x07")
        terminal.send(b"ok")
        terminal.wait()
    assert len(of_kind(tmp_path / "m.ahr", "mark", "moment")) == 1


def test_mark_command_inside_the_session(tmp_path: Path) -> None:
    script = f"{MARK} 'tests are grün'; {MARK} -q; echo done"
    command = [*QUIET, "-o", "m.ahr", "--", "sh", "-c", script]
    with Terminal(command, environment(tmp_path), cwd=tmp_path) as terminal:
        assert terminal.wait() == 0
        assert "tests are grün".encode() in terminal.seen
    moments = [event for event in events(tmp_path / "m.ahr") if event.name == ("mark", "moment")]
    assert [event.data for event in moments] == [
        {"label": "tests are grün", "source": "cli"},
        {"label": "mark 2", "source": "cli"},
    ]
    assert 0 < moments[0].t < moments[1].t < last(tmp_path / "m.ahr").t


def last(path: Path) -> Event:
    return events(path)[-1]


def test_mark_from_another_terminal_and_when_nothing_runs(
    tmp_path: Path, env: dict[str, str]
) -> None:
    def mark(*arguments: str) -> subprocess.CompletedProcess[str]:
        line = [sys.executable, "-m", "agentrec", "mark", *arguments]
        return subprocess.run(line, env=env, capture_output=True, text=True)

    nothing = mark("x")
    assert (nothing.returncode, nothing.stdout) == (3, "")
    assert "no recording is running" in nothing.stderr
    commands = [
        [
            *QUIET,
            "-o",
            str(tmp_path / f"{n}.ahr"),
            "--",
            "sh",
            "-c",
            "echo $AGENTREC_SOCKET; read x",
        ]
        for n in range(2)
    ]
    with Terminal(commands[0], env) as one:
        path = one.until(rb"\S+\.sock").decode()
        assert mark("from outside").returncode == 0
        with Terminal(commands[1], env) as two:
            two.until(rb"\S+\.sock")
            many = mark("which?")
            assert many.returncode == 3
            assert "2 recordings are running" in many.stderr
            assert mark("this one", "--socket", path).returncode == 0
        one.send(b"\n")
        one.wait()
    labels = [moment["label"] for moment in of_kind(tmp_path / "0.ahr", "mark", "moment")]
    assert labels == ["from outside", "this one"]
    assert "no recording answers" in mark("late", "--socket", path).stderr


def test_control_socket_is_private_and_cannot_be_abused(
    tmp_path: Path, env: dict[str, str]
) -> None:
    command = [*QUIET, "-o", "c.ahr", "--", "sh", "-c", "echo $AGENTREC_SOCKET; read x; echo $x"]
    with Terminal(command, env, cwd=tmp_path) as terminal:
        path = Path(terminal.until(rb"\S+\.sock").decode())
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
        hanging = [connect(path) for _ in range(40)]
        hanging[-1].sendall(b'{"op": "ma')
        for nonsense in (b"\xff\xfe\n", b"[]\n", b"{}\n", b'{"op": "no"}\n', b"[" * 30_000 + b"\n"):
            reply = ask(path, nonsense)
            assert not reply["ok"]
            assert "mark" in reply["error"]
        flood = connect(path)
        try:
            for _ in range(1000):
                flood.sendall(b"x" * 10_000)
            raise AssertionError("an endless line was taken")
        except (BrokenPipeError, ConnectionResetError):
            flood.close()
        status = ask(path, b'{"op": "status"}\n')
        assert status["file"] == str(tmp_path / "c.ahr")
        assert os.path.exists(f"/proc/{status['pid']}")
        terminal.send(b"still here\n")
        terminal.until(b"still here\r\nstill here")
        terminal.wait()
        for client in hanging:
            client.close()
    assert not path.exists()


def connect(path: Path) -> socket.socket:
    client = socket.socket(socket.AF_UNIX)
    client.settimeout(10)
    client.connect(str(path))
    return client


def ask(path: Path, line: bytes) -> dict[str, Any]:
    with connect(path) as client:
        client.sendall(line)
        with client.makefile("rb") as replies:
            reply: dict[str, Any] = json.loads(replies.readline())
    return reply
