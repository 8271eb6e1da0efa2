"""Makes a folder of many recordings: ``python -m scripts.library FOLDER [COUNT]``.

Real ones first: programs that are here, and the coding agents that ``scripts/agents`` has installed,
each recorded by `agentrec record`. The rest is made up, the same every time but for its length: agents
that talk, think, call tools and repaint their screens, with words from this repository.
"""

from __future__ import annotations

import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from agentrec.recording.events import Event
from agentrec.recording.events.llm import Usage
from agentrec.recording.rewrite import save
from agentrec.report import pricing
from fixtures.modelserver import ModelServer
from tests.agents_env import AGENTS, Agent

ROOT = Path(__file__).resolve().parents[1]
NS = 1_000_000_000
NEWEST = 1_790_000_000  # Unix time of the newest made-up recording
APART = 7 * 3600  # seconds between two of them
COUNT = 1000
MODELS = {
    "claude-code": ("claude-opus-4-5", "claude-sonnet-4-5"),
    "codex": ("gpt-5.5", "a-model-without-a-price"),
}
TOOLS = ("Bash", "Read", "Edit", "Grep", "Write")
PROJECTS = ("/home/user/shop", "/home/user/compiler", "/home/user/site")
PROMPTS = ("Say hello. [[scenario:hello]]", "Repair it. [[scenario:fix-tests]]")
COMMANDS = (
    ("ls", "-lR", "agentrec"),
    ("sh", "-c", "for i in 1 2 3; do echo step $i; done; ls --no-such-option; exit 3"),
    ("git", "--no-pager", "log", "--stat", "-n", "40"),
    ("python3", "-m", "unittest", "no_such_module"),
    ("python3", "-c", "import json; print(json.dumps({'größe': '測試'}, ensure_ascii=False))"),
)


def main(folder: str, count: int = COUNT) -> None:
    out = Path(folder)
    out.mkdir(parents=True, exist_ok=True)
    real = real_sessions(out / "real")
    for number in range(count - real):
        made_up(out / f"{number // 100:02}", number)
    print(f"{count} recordings in {out}, {real} of them of real programs")


def real_sessions(out: Path) -> int:
    """Record what is here; returns how many."""
    out.mkdir(exist_ok=True)
    made = 0
    for command in COMMANDS:
        if shutil.which(command[0]):
            _record(out / f"{made}-{command[0]}.ahr", list(command), None, ROOT)
            made += 1
    for agent in AGENTS.values():
        if agent.program() is not None:
            made += _agent_sessions(out, agent)
    return made


def _agent_sessions(out: Path, agent: Agent) -> int:
    with tempfile.TemporaryDirectory() as folder, ModelServer() as server:
        for number, prompt in enumerate(PROMPTS):
            work = Path(folder, f"work{number}")
            env = agent.start(Path(folder, f"home{number}"), work, server.url)
            argv = agent.argv(agent.headless, prompt)
            _record(out / f"{agent.name}-{number}.ahr", argv, env, work)
    return len(PROMPTS)


def _record(out: Path, command: list[str], env: dict[str, str] | None, cwd: Path) -> None:
    record = [str(Path(sys.executable).parent / "agentrec"), "record", "-q", "--headless"]
    subprocess.run(
        [*record, "--overwrite", "-o", str(out), "--", *command],
        env=env,
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,  # some are meant to fail
        timeout=120,
    )
    if not out.exists():
        sys.exit(f"{command[0]} could not be recorded")


def made_up(folder: Path, number: int) -> Path:
    """Write made-up session ``number`` into ``folder``, and return its path."""
    folder.mkdir(parents=True, exist_ok=True)
    session = Session(number, vocabulary())
    path = folder / f"{session.header['id']}.ahr"
    save(str(path), session.header, session.events(), overwrite=True)
    return path


_WORDS: list[str] = []


def vocabulary() -> list[str]:
    """Lines of this repository's text and code."""
    if not _WORDS:
        files = [*sorted(ROOT.glob("docs/*.md")), *sorted(ROOT.glob("agentrec/*/*.py"))]
        for file in files:
            lines = file.read_text("utf-8").splitlines()
            _WORDS.extend(line.strip() for line in lines if len(line.strip()) > 10)
    return _WORDS


class Session:
    """A made-up run of an agent. Every seventh fails; every ninth is a branch of the one before it."""

    def __init__(self, number: int, words: list[str]) -> None:
        self._dice = random.Random(number)
        self._words = words
        self._number = number
        self._agent = self._dice.choice(list(MODELS))
        self._model = self._dice.choice(MODELS[self._agent])
        self._t = self._seq = 0
        started = NEWEST - number * APART
        self.header: dict[str, Any] = {
            "id": _name(number),
            "created": time.strftime("%Y-%m-%dT%H:%M:%S.000000000Z", time.gmtime(started)),
            "cols": 120,
            "rows": 40,
            "command": [self._agent.partition("-")[0], "--verbose"],
            "title": self._dice.choice(words)[:60] if number % 3 else "",
            "cwd": self._dice.choice(PROJECTS),
        }
        if number % 9 == 8:
            self.header["parent"] = {"id": _name(number - 1), "relation": "branch"}

    def events(self) -> Iterator[Event]:
        """The session from the prompt to the exit."""
        yield self._event(
            "agent", "session", {"agent": self._agent, "session_id": self.header["id"]}
        )
        yield self._message("user", self._text(3))
        for turn in range(self._dice.randint(5, 30)):
            yield from self._turn(turn)
        if self._number % 5 == 0:
            yield self._event("mark", "note", {"text": f"note {self._number}: {self._text(1)}"})
        yield self._event("mark", "moment", {"label": f"end of {self._number}", "source": "cli"})
        code = 1 if self._number % 7 == 0 else 0
        yield self._event("term", "exit", {"code": code, "signal": None})

    def _turn(self, turn: int) -> Iterator[Event]:
        yield self._event("agent", "turn", {"n": turn + 1})
        said = self._text(self._dice.randint(1, 6))
        yield from self._repaint(said)
        yield self._message("assistant", said)
        yield self._call()
        name, failed = self._dice.choice(TOOLS), self._dice.random() < 0.1
        span = f"call-{turn}"
        given = {"command": f"make check-{self._number}-{turn} && {self._text(1)}"}
        yield self._event("tool", "call", {"name": name, "input": given, "id": span}, span=span)
        shown = self._text(self._dice.randint(3, 25))
        yield self._output(shown.replace("\n", "\r\n") + "\r\n")
        result = {"is_error": failed, "output": shown, "duration_ms": self._dice.random() * 9000}
        if name == "Bash":
            result["exit_code"] = 2 if failed else 0
        yield self._event("tool", "result", result, span=span)

    def _repaint(self, text: str) -> Iterator[Event]:
        """As agents draw what streams in: a box at the bottom that is painted again and again."""
        lines = [line[:110] for line in text.splitlines()]
        for frame in range(1, 9):
            shown = "\r\n".join(line[: len(line) * frame // 8] for line in lines)
            status = f"\r\n\x1b[2m✻ Thinking… ({frame}s)\x1b[0m"
            back = f"\x1b[{len(lines)}A\r\x1b[J" if frame < 8 else "\r\n"
            yield self._output(f"\x1b[?2026h{shown}{status}\x1b[?2026l", wait=40_000_000)
            yield self._output(back, wait=1_000_000)

    def _call(self) -> Event:
        usage = Usage(self._dice.randint(10, 4000), self._dice.randint(50, 2000), 20_000, 500)
        cost = pricing.cost(self._model, usage)
        data = {"model": self._model, "usage": usage.as_data(), "cost_usd": cost}
        return self._event("llm", "call", data | {"duration_ms": self._dice.random() * 20_000})

    def _message(self, role: str, text: str) -> Event:
        return self._event("agent", "message", {"role": role, "text": text}, actor=self._agent)

    def _text(self, lines: int) -> str:
        return "\n".join(self._dice.choice(self._words) for _ in range(lines))

    def _output(self, text: str, wait: int = 100_000_000) -> Event:
        self._t += self._dice.randrange(wait)
        return self._add("term", "output", text.encode())

    def _event(self, track: str, kind: str, data: dict[str, Any], **links: str) -> Event:
        self._t += self._dice.randrange(NS)
        return self._add(track, kind, data, **links)

    def _add(self, track: str, kind: str, data: bytes | dict[str, Any], **links: str) -> Event:
        self._seq += 1
        return Event(self._seq - 1, self._t, track, kind, data, **links)


def _name(number: int) -> str:
    return f"made-up-{number:04}"


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:]))
