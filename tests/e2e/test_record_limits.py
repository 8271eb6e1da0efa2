"""A run that reaches a limit: ended where nobody can be asked, else paused until the user decides."""

from __future__ import annotations

import json
import os
import signal
import subprocess

import pytest

from agentrec.recording.reader import Recording
from fixtures.modelserver import ModelServer
from tests.agents_env import AGENTS, require
from tests.agents_env.recorded import PACKAGE
from tests.capture.terminal import RECORD, Terminal, environment, of_kind, output

ASKED = rb"agentrec: continue\? \[y/N\] "


def run(tmp_path, *options, script, code=124):
    path = tmp_path / "run.ahr"
    command = [*RECORD, "--headless", "-o", str(path), *options, "--", "sh", "-c", script]
    done = subprocess.run(
        command,
        env=environment(tmp_path),
        cwd=tmp_path / "work",
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == code, done.stderr
    return path, done.stderr


@pytest.fixture(autouse=True)
def work(tmp_path):
    (tmp_path / "work" / "src").mkdir(parents=True)
    return tmp_path / "work"


def test_time(tmp_path):
    path, said = run(tmp_path, "--max-time", "0.5s", script="echo begun; touch made; sleep 60")
    assert "agentrec: ended: 0." in said
    assert "(--max-time 0.5)" in said
    assert output(path) == b"begun\r\n"
    (reached,) = of_kind(path, "guard", "limit")
    assert (reached["rule"], reached["limit"]) == ("--max-time", "0.5")
    assert [made["action"] for made in of_kind(path, "guard", "decision")] == ["ended"]
    first, *_, last = of_kind(path, "fs", "snapshot")  # its mark may have made one, too
    assert (first["label"], first["files"], last["files"]) == ("start", 0, 1)
    assert f"limit reached: {reached['text']}" in [
        mark["label"] for mark in of_kind(path, "mark", "moment")
    ]


def test_one_that_ignores_sigterm_is_killed(tmp_path):
    path, _ = run(tmp_path, "--max-time", "0.3", script="trap '' TERM; while :; do sleep 0.1; done")
    assert of_kind(path, "term", "exit") == [{"code": None, "signal": signal.SIGKILL}]


def test_forbidden_files(tmp_path):
    script = "echo ok > allowed; sleep 0.7; echo no > src/forbidden; sleep 60"
    _, said = run(tmp_path, "--forbid", "src/", script=script)
    assert "ended: changed src/forbidden (--forbid src/)" in said


def test_a_run_within_its_limits(tmp_path):
    limits = ("--max-time", "1h", "--max-cost", "1", "--max-tokens", "1m", "--forbid", "src/")
    path, said = run(tmp_path, *limits, script="echo ok > allowed; exit 3", code=3)
    assert "ended" not in said
    assert of_kind(path, "guard", "limit") == []


@pytest.mark.parametrize(
    ("option", "value"),
    [("--max-time", "soon"), ("--max-cost", "-1"), ("--max-tokens", "k"), ("--max-time", "0")],
)
def test_invalid_limits(tmp_path, option, value):
    _, said = run(tmp_path, option, value, script="true", code=2)
    assert f"argument {option}: invalid value" in said
    assert not (tmp_path / "run.ahr").exists()


@pytest.fixture
def paused(tmp_path):
    """A program at a terminal that was stopped by its limit."""
    path = tmp_path / "run.ahr"
    script = "trap 'echo TERM; exit 9' TERM; echo begun; read line; echo got $line; exit 5"
    command = [*RECORD, "--max-time", "0.5", "-o", str(path), "--", "sh", "-c", script]
    with Terminal(command, environment(tmp_path), cwd=tmp_path / "work") as terminal:
        terminal.until(b"begun")
        terminal.until(rb"agentrec: paused: 0\.\d s \(--max-time 0\.5\)")
        terminal.until(ASKED)
        assert not terminal.is_raw
        yield terminal


def test_the_user_lets_it_continue(paused, tmp_path):
    paused.resize(100, 30)  # no answer
    paused.send(b"y\n")
    while not paused.is_raw:
        paused.read(0.05)
    paused.send(b"more\r")
    paused.until(b"got more")
    assert paused.wait() == 5
    made = of_kind(tmp_path / "run.ahr", "guard", "decision")
    assert [it["action"] for it in made] == ["continued"]
    assert b"continue?" not in output(tmp_path / "run.ahr")


@pytest.mark.parametrize("answer", [b"n\n", b"\n", b"\x04", b"what\n", b"\x03"])
def test_the_user_ends_it(paused, tmp_path, answer):
    paused.send(answer)
    paused.until(b"agentrec: ended: ")
    assert paused.wait() == 124
    assert output(tmp_path / "run.ahr").endswith(b"TERM\r\n")


def test_ctrl_z_while_it_asks(tmp_path, work):
    """In a real shell: stopped as any job is, and `fg` asks again."""
    shell = ["bash", "--norc", "--noprofile", "-i"]
    record = " ".join([*RECORD, "-q", "--max-time", "0.5", "-o", str(tmp_path / "run.ahr")])
    with Terminal(shell, environment(tmp_path), cwd=work) as terminal:
        terminal.until(rb"\$ ")
        terminal.send(
            f"{record} -- sh -c 'echo begun; sleep 0.6; read line; echo got $line'\r".encode()
        )
        terminal.until(ASKED)
        terminal.send(b"\x1a")
        terminal.until(rb"Stopped")
        terminal.send(b"fg\r")
        terminal.until(ASKED)
        terminal.send(b"y\n")
        terminal.until(rb"y\r\n")
        terminal.send(b"more\r")
        terminal.until(rb"got more")
        terminal.until(rb"\$ ")
        terminal.send(b"exit\r")
        assert terminal.wait() == 0


def test_told_to_end_while_it_asks(paused, tmp_path):
    os.kill(paused.pid, signal.SIGTERM)
    assert paused.wait() == 124
    assert [it["action"] for it in of_kind(tmp_path / "run.ahr", "guard", "decision")] == ["ended"]


AGENT_LIMITS = (
    ("claude", "--max-cost", "0.0001", "cost $"),
    ("claude", "--forbid", "area.py", "changed area.py"),
    ("codex", "--max-tokens", "100", "tokens"),
    ("codex", "--forbid", "*.py", "changed area.py"),
)


@pytest.mark.agents
@pytest.mark.parametrize(("name", "option", "value", "told"), AGENT_LIMITS)
def test_an_agent_is_stopped_and_everything_is_kept(name, option, value, told, tmp_path):
    agent = require(AGENTS[name])
    with ModelServer(delay=0.2) as server:  # slowly: it takes long enough to be stopped
        env = agent.start(tmp_path / "home", tmp_path / "work", server.url)
        argv = agent.argv(agent.headless, "Go on. [[scenario:fix-tests]]")
        path = tmp_path / "run.ahr"
        command = [*RECORD, "--headless", "-o", str(path), option, value, "--", *argv]
        done = subprocess.run(
            command,
            env=env | {"PYTHONPATH": PACKAGE},
            cwd=tmp_path / "work",
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
        )
    assert done.returncode == 124, done.stdout + done.stderr
    assert told in done.stderr
    with Recording.open(str(path)) as recording:
        assert recording.ended
        events = list(recording.events(tracks=("agent", "guard", "llm")))
    said = json.dumps([event.data for event in events if event.name == ("agent", "message")])
    assert "I start with the program" in said
    assert [event.data["rule"] for event in events if event.name == ("guard", "limit")] == [option]
