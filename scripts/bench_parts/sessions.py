"""Sessions of real programs, recorded as a person would run them, in tmux as the terminal around."""

from __future__ import annotations

import itertools
import json
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from fixtures.modelserver import ModelServer
from scripts.bench_parts.bench import ROOT, Bench, record_whole
from tests.agents_env import AGENTS, Agent
from tests.agents_env.drive import Press, Send, Settle, Step, Terminal, Type, Wait, drive

SIZE = (120, 40)
LAST = "That was the last step."
KEY = 0.15  # seconds a person looks before the next key
PAGE = 1200  # characters of a reply

Reply = dict[str, Any]
Script = list[Step | float]  # a number is a pause in seconds


def tuis(bench: Bench, out: Path) -> list[str]:
    """Record one shell session that runs full-screen programs; returns those that are here."""
    work = copy(bench.folder / "tuis")
    chosen = {name: steps for name, steps in _programs().items() if _is_here(name)}
    if bench.quick:
        chosen = {name: chosen[name] for name in list(chosen)[:1]}
    steps: Script = [Settle()]
    for program in chosen.values():
        steps += [*program, Settle(1.0)]  # what is typed too early is lost
    steps.append(Send(b"exit\r"))
    argv = record_whole(["bash", "--norc", "--noprofile"], out)
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:  # a socket's path is short
        terminal = Terminal(Path(folder))
        try:
            terminal.open(argv, {**bench.env, "SHELL": "/bin/bash"}, work, *SIZE)
            for step in steps:
                time.sleep(step) if isinstance(step, float) else terminal.perform(step)
            terminal.wait_for_end(60)
        finally:
            terminal.close()
            subprocess.run(["tmux", "-S", str(work / "inner"), "kill-server"], capture_output=True)
    return list(chosen)


def _programs() -> dict[str, Script]:
    """What is done in each program, from the shell's prompt back to it."""
    down, up = b"\x1b[6~", b"\x1b[5~"
    return {
        "ls": [_line("ls -lR --color=always agentrec"), _line("clear")],
        "vim": [
            _line("vim -u NONE -c 'syntax on' -c 'set nu hls' agentrec/recording/writer.py"),
            *_keys(down, 6),
            *_keys(b"/self\r", 1),
            *_keys(b"n", 12),
            *_keys(b"oa new line\x1b", 5),
            *_keys(b":vsplit docs/format.md\r", 1),
            *_keys(down, 8),
            _line(":qa!"),
        ],
        "less": [
            _line("less -N docs/format.md"),
            *_keys(b" ", 10),
            *_keys(b"/the\r", 1),
            *_keys(b"n", 10),
            *_keys(b"k", 20),
            *_keys(up, 3),
            Send(b"q"),
        ],
        "top": [_line("top -d 0.4"), 4.0, *_keys(b"M", 3), *_keys(b"1", 3), Send(b"q")],
        "htop": [_line("htop -d 4"), 3.0, *_keys(b"\x1bOB", 12), Send(b"q")],
        "tmux": [
            _line("tmux -S inner -f /dev/null new-session 'bash --norc --noprofile'"),
            Settle(),
            *_keys(b"\x02%", 1),
            _line("ls -l --color=always agentrec/recording"),
            *_keys(b'\x02"', 1),
            _line("top -d 0.4"),
            3.0,
            *_keys(b"\x02o", 6),
            *_keys(b"\x02:", 1),  # keys that come at once are taken for a paste
            *_keys(b"kill-server", 1),
            Send(b"\r"),
        ],
        "textual": [
            _line(f"{sys.executable} -m textual"),
            Settle(1.0, 20.0),
            *_keys(b"\t", 8),
            *_keys(down, 6),
            *_keys(b"p", 1),
            *_keys(down, 6),
            Send(b"\x11"),
        ],
    }


def _is_here(name: str) -> bool:
    return name == "textual" or shutil.which(name) is not None


def _line(text: str) -> Step:
    return Send(text.encode() + b"\r")


def _keys(data: bytes, count: int) -> Script:
    return [step for _ in range(count) for step in (Send(data), KEY)]


def copy(folder: Path) -> Path:
    """Files to look at: this repository's own."""
    for name in ("agentrec", "docs"):
        ignore = shutil.ignore_patterns("__pycache__", "images")
        shutil.copytree(ROOT / name, folder / name, ignore=ignore)
    return folder


def agents(bench: Bench, folder: Path) -> dict[str, Path]:
    """Record a session of every agent that is installed, against a scripted model; name -> file."""
    turns = 2 if bench.quick else 40
    scenarios = folder / "scenarios"
    scenarios.mkdir()
    (scenarios / "day.toml").write_text(scenario(turns), encoding="utf-8")
    recorded = {}
    for agent in AGENTS.values():
        if agent.program() is None:
            bench.note(f"{agent.package} is not installed (scripts/agents does it): left out.")
            continue
        bench.say(f"size: {agent.name}, {turns} turns")
        recorded[agent.name] = _agent(bench, agent, scenarios, folder / agent.name)
    return recorded


def _agent(bench: Bench, agent: Agent, scenarios: Path, out: Path) -> Path:
    delay = 0.0 if bench.quick else 0.03
    with ModelServer(delay=delay, scenarios=scenarios) as server:
        steps = day(agent, 900.0)
        work = copy(bench.folder / f"work-{agent.name}")
        env = agent.start(bench.folder / f"home-{agent.name}", work, server.url)
        drive(agent.argv(agent.tui), env, work, *SIZE, steps, prefix=record_whole([], out))
    return out.with_name(f"{out.name}.ahr")


def transcripts(bench: Bench, name: str) -> list[Path]:
    """What the agent of that name wrote of its session of :func:`agents`."""
    home = bench.folder / f"home-{name}"
    return [path for path in home.rglob("*.jsonl") if {"projects", "sessions"} & {*path.parts}]


def day(agent: Agent, seconds: float) -> list[Step]:
    """From the agent's start to its end: the scenario ``day``, which takes ``seconds`` at most."""
    return [
        Wait(agent.ready),
        Settle(1.0),
        Type("Please go through the documentation with me. [[scenario:day]]"),
        Settle(),
        Press(b"\r", r"to interrupt|Step \d|last step"),
        Wait(re.escape(LAST), seconds),
        Settle(1.0),
        *agent.leave,
    ]


def scenario(turns: int) -> str:
    """Replies of real prose, thinking and shell output: pages of this repository's documentation."""
    files = sorted((ROOT / "agentrec").glob("*/*.py"))
    pages = _pages()
    replies = []
    for number in range(turns):
        file = files[number % len(files)].relative_to(ROOT)
        start = 1 + 20 * (number // len(files))
        replies.append(
            {
                "thinking": next(pages)[:400],
                "text": f"Step {number + 1}.\n\n{next(pages)}",
                "calls": [{"shell": f"sed -n {start},{start + 40}p {file}"}],
            }
        )
    replies.append({"thinking": "", "text": LAST, "calls": []})
    return "\n".join(_toml(reply) for reply in replies)


def _pages() -> Iterator[str]:
    text = "\n".join(path.read_text("utf-8") for path in sorted((ROOT / "docs").glob("*.md")))
    text = text.replace("{{", "{").replace("[[", "[")  # the server's own marks
    starts = range(0, len(text) - PAGE, PAGE)
    return itertools.cycle([text[start : start + PAGE] for start in starts])


def _toml(reply: Reply) -> str:
    calls = ", ".join(f"{{ shell = {_quoted(call['shell'])} }}" for call in reply["calls"])
    said = f"thinking = {_quoted(reply['thinking'])}\ntext = {_quoted(reply['text'])}"
    return f"[[reply]]\n{said}\ncalls = [{calls}]\n"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)  # a JSON string is a TOML string


def available() -> bool:
    """Whether programs can be driven here."""
    return shutil.which("tmux") is not None
