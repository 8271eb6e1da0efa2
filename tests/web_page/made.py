"""A library as people have it, and `agentrec serve` on it: an agent that mended something, a run that was
branched from it and failed, one with odd names."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from dataclasses import dataclass
from itertools import product
from pathlib import Path

from agentrec.errors import AgentrecError
from agentrec.recording.markers import Marker, list_markers
from agentrec.recording.reader import Recording
from agentrec.snapshots.lookup import recorded_snapshots
from fixtures.modelserver import ModelServer
from tests.agents_env import AGENTS, require
from tests.agents_env.drive import drive
from tests.agents_env.recorded import PACKAGE
from tests.branches.helpers import git
from tests.library.helpers import ended, make, shown

AGENTREC = [sys.executable, "-P", "-m", "agentrec"]
PROMPT = "Write area.py with a test, and make it pass. [[scenario:fix-tests]]"
TOKEN = "only-for-these-tests-0123"
EVIL = '<img src=x onerror="document.title=1">\x1b]2;<b>title</b>\x07'
LIMIT = 60  # seconds that anything here may take


@dataclass
class Library:
    """``agent`` and ``branch`` are ids; ``path``, ``points`` and ``seconds`` (its length) are of the agent's
    recording; ``parting`` is the id of the snapshot that ``branch`` begins with. ``server`` answers agents
    that are started from it."""

    home: Path
    env: dict[str, str]
    path: str
    agent: str
    branch: str
    parting: str
    seconds: float
    server: ModelServer

    @property
    def points(self) -> list[Marker]:
        """Also those that an earlier test has added."""
        with Recording.open(self.path) as recording:
            return list_markers(recording)

    @property
    def folder(self) -> Path:
        return self.home / "agentrec" / "recordings"

    def jump(self, key: str, now: float) -> float:
        """Where one of ``[ ] { }`` leads from ``now`` (seconds)."""
        kind = "moment" if key in "[]" else "snapshot"
        times = [it.t / 1e9 for it in self.points if it.kind == kind]
        if key in "]}":
            return next(t for t in times if t > now + 0.001)
        return next(t for t in reversed(times) if t < now - 0.001)

    def asked(self) -> float:
        """When the agent was given its task."""
        return next(it.t for it in self.points if PROMPT in it.label) / 1e9

    def mended(self) -> str:
        """The snapshot that has what the agent mended; the one before it had not."""
        for point in self.points:
            show = [*AGENTREC, "show", f"{self.path}@{point.id}:area.py"]
            if point.kind == "snapshot":
                done = subprocess.run(
                    show, env=self.env, capture_output=True, text=True, timeout=LIMIT
                )
                if "width * height" in done.stdout:
                    return point.id
        raise AssertionError("no snapshot has the mended file")

    def place(self, seconds: float) -> str:
        """What the player says of a point's time."""
        point = [it for it in self.points if it.t / 1e9 <= seconds + 0.0005][-1]
        return f"at \N{LEFT DOUBLE QUOTATION MARK}{point.label}\N{RIGHT DOUBLE QUOTATION MARK}"


def library(home: Path) -> Library:
    """Everything is made by the programs themselves, except what no program would do."""
    folder = home / "agentrec" / "recordings"
    folder.mkdir(parents=True)
    path = str(folder / "mending.ahr")
    # The recording is at least ten seconds long, however fast the machine is.
    server = ModelServer(delay=0.01, thinks=0.7).__enter__()
    env = _record(home, path, server)
    with Recording.open(path) as recording:
        identity = recording.header["id"]
        seconds = recording.duration / 1e9
        snapshot = recorded_snapshots(recording)[1].id
    there = [path, "--at", snapshot, "--headless", "--agent", "sh"]
    child = str(folder / "branched.ahr")
    done = subprocess.run(
        [*AGENTREC, "branch", *there, "-o", child, "--", "-c", "echo it went wrong; exit 3"],
        env=env,
        cwd=home,
        capture_output=True,
        text=True,
        timeout=LIMIT,
    )
    assert done.returncode == 3, done.stderr
    with Recording.open(child) as recording:
        branch = recording.header["id"]
    _odd(folder)
    return Library(home, env, path, identity, branch, snapshot, seconds, server)


def _record(home: Path, path: str, server: ModelServer) -> dict[str, str]:
    """An agent in its own terminal, typed to; returns the environment."""
    agent = require(AGENTS["claude"])
    work = home / "area"
    (work / "docs").mkdir(parents=True)
    (work / "docs" / "read.md").write_text("Areas.\n")
    git(work, "init", "-q")
    git(work, "commit", "-q", "--allow-empty", "-m", "start")
    env = agent.start(home / "home", work, server.url)
    env |= {"PYTHONPATH": PACKAGE, "XDG_DATA_HOME": str(home), "XDG_RUNTIME_DIR": str(home)}
    steps = agent.session((PROMPT, "The test passes now"))
    recorder = [*AGENTREC, "record", "-q", "-o", path, "--"]
    result = drive(agent.argv(agent.tui), env, work, 94, 30, steps, prefix=recorder)
    assert result.status == 0
    return env


def _odd(folder: Path) -> None:
    """What somebody hostile could have put into a recording."""
    make(
        str(folder / "odd.ahr"),
        shown(0, EVIL),
        (1, "agent", "message", {"role": "user", "text": EVIL}, {"actor": "user"}),
        (2, "tool", "call", {"name": EVIL, "input": {EVIL: EVIL}}, {"span": "t1"}),
        (2.5, "llm", "call", {"model": "nobody/knows", "usage": {"input": 20, "output": 10}}),
        (3, "tool", "result", {"output": EVIL}, {"span": "t1"}),
        (3.5, "mark", "moment", {"label": EVIL, "source": "cli"}),
        shown(4, "日本語 \U0001f469\u200d\U0001f4bb \u2500\u2502 e\u0301 \x1b[7minverse\x1b[m"),
        ended(5, 0),
        id="odd-1",
        title=EVIL,
        command=[EVIL],
    )
    kinds = (
        "agent/message",
        "agent/lifecycle",
        "llm/call",
        "tool/call",
        "tool/result",
        "sys/command",
    )
    names = (
        "role",
        "text",
        "state",
        "usage",
        "cost_usd",
        "name",
        "input",
        "output",
        "duration_ms",
        "at_ns",
    )
    values = (None, True, -1, 1e300, "text", [1, ["x"]], {"a": {"b": 1}})
    make(
        str(folder / "senseless.ahr"),
        shown(0, "senseless"),
        *[
            (n / 10, *kind.split("/"), dict.fromkeys(names, value))
            for n, (kind, value) in enumerate(product((*kinds, "mark/moment", "mark/note"), values))
        ],
        ended(9, 0),
        id="senseless-1",
    )


class Served:
    """`agentrec serve`, as a user starts it."""

    def __init__(self, library: Library) -> None:
        command = [*AGENTREC, "serve", "--token", TOKEN]
        self._process = subprocess.Popen(
            command, env=library.env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        assert self._process.stdout
        line = ""
        while "http://" not in line:
            line = self._process.stdout.readline()
            assert line, "the server ended before it said where it is"
        found = re.search(r"http://[^\s?]+", line)
        assert found
        self.url = found[0]

    def close(self) -> None:
        self._process.terminate()
        self._process.communicate(timeout=LIMIT)


class Running:
    """A recording that is being made: it says what it is told; told nothing more, it ends with ``code``."""

    def __init__(self, library: Library, name: str, code: int = 0) -> None:
        self._code = code
        self.path = str(library.folder / f"{name}.ahr")
        pipe = library.home / name
        os.mkfifo(pipe)
        program = f"while read line; do printf '%s\\n' \"$line\"; done < '{pipe}'; exit {code}"
        record = ["record", "-q", "--headless", "--title", name, "-o", self.path]
        self._process = subprocess.Popen(
            [*AGENTREC, *record, "--", "sh", "-c", program],
            env=library.env,
            cwd=library.home / "area",
            stdin=subprocess.DEVNULL,
        )
        # Open for reading, too, it waits for nobody.
        self._pipe = os.fdopen(os.open(pipe, os.O_RDWR), "w")

    def say(self, text: str) -> None:
        self._pipe.write(f"{text}\n")
        self._pipe.flush()

    def say_and_wait(self, text: str) -> None:
        """Say it, and wait until the file has it."""
        self.say(text)
        deadline = time.monotonic() + LIMIT
        while text.encode() not in self._recorded():
            assert time.monotonic() < deadline, f"{text!r} is not recorded"
            time.sleep(0.1)

    def _recorded(self) -> bytes:
        try:
            with Recording.open(self.path) as recording:
                shown = [e.data for e in recording.events() if e.name == ("term", "output")]
        except AgentrecError:  # it has just begun
            return b""
        return b"".join(shown)

    def end(self) -> None:
        self._pipe.close()
        assert self._process.wait(LIMIT) == self._code

    def kill(self) -> None:
        """Kill the recorder, as a crash would."""
        self._process.kill()
        self._process.wait(LIMIT)
        self._pipe.close()
