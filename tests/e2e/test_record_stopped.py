"""Ctrl-Z and `fg`, in a real shell: the recorded program stops and continues as it does unrecorded.

`AGENTREC_STOP_ROUNDS=200 scripts/test tests/e2e/test_record_stopped.py` stops and continues more often.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest

from agentrec.recording.verify import verify
from fixtures.modelserver.server import ModelServer
from tests.agents_env.agent import require
from tests.agents_env.claude_code import CLAUDE_CODE
from tests.agents_env.codex import CODEX
from tests.agents_env.drive import Press, Send, Settle, Step, Type, Wait, drive
from tests.agents_env.need import missing

ROUNDS = int(os.environ.get("AGENTREC_STOP_ROUNDS", "3"))
SHELLS = {
    "bash": ["bash", "--norc", "--noprofile", "-i"],
    "zsh": ["zsh", "-f", "-i"],
    "fish": ["fish", "--no-config", "-i"],
}
# In fish words for the prompt, a sum, the last exit code; in the others those of a POSIX shell.
PROMPT = {"fish": "function fish_prompt; echo 'shell> '; end; clear\r"}
SUM = {"fish": "(math {} + 1000)"}
CODE = {"fish": "$status"}
RECORD = [sys.executable, "-m", "agentrec", "record", "-q", "--overwrite", "-o", "run.ahr", "--"]
SUSPEND = {"vim": Type(":stop\r")}  # others: Ctrl-Z

# The program's command line, what it shows when it is ready, how a person ends it.
PROGRAMS: dict[str, tuple[list[str], str, list[Step]]] = {
    "cat": (["cat"], r"", [Send(b"\x04")]),
    "less": (["less", "text.txt"], r"line 5", [Send(b"q")]),
    "vim": (["vim", "-u", "NONE", "-i", "NONE", "text.txt"], r"line 5", [Type(":q!\r")]),
    "sh": (["sh", "-c", "less text.txt; echo after"], r"line 5", [Press(b"q", "after")]),
}


def in_a_shell(shell: str, tmp_path: Path, argv, env, ready, leave, suspend=None) -> None:
    if shutil.which(shell) is None:
        missing(f"{shell} is not installed: scripts/packages installs it as root")
    line = " ".join(RECORD + argv)
    prompt = Type(PROMPT.get(shell, "PS1='shell> '; clear\r"), gap_seconds=0)
    steps: list[Step] = [Settle(1.0 if shell == "fish" else 0.4), prompt, Wait("^shell>")]
    steps += [
        Type(f"clear; {line}\r", gap_seconds=0),
        *([Wait(ready)] if ready else []),
        Settle(0.8),
    ]
    for number in range(ROUNDS):
        steps += [suspend or Send(b"\x1a"), Wait(r"[Ss]topped|suspended"), Settle()]
        # The terminal is the shell's again: it echoes, and edits lines.
        added = SUM.get(shell, "$(({} + 1000))").format(number)
        steps += [Type(f"clear; echo out-{added}; jobs\r", gap_seconds=0)]
        steps += [Wait(rf"out-{number + 1000}\n(.*\n)*.*record")]
        steps += [
            Type("clear; fg\r", gap_seconds=0),
            *([Wait(ready)] if ready else []),
            Settle(0.8),
        ]
        if not ready:
            steps += [
                Type(f"line-{number}\r", gap_seconds=0),
                Wait(rf"line-{number}\s+line-{number}"),
            ]
    steps += [*leave, Wait(r"shell>\s*\Z")]
    steps += [Type(f"exit {CODE.get(shell, '$?')}\r", gap_seconds=0)]
    result = drive(SHELLS[shell], env, tmp_path, 100, 30, steps)
    assert result.status == 0
    assert result.restored
    assert verify(str(tmp_path / "run.ahr")).state == "whole"


def plain(tmp_path: Path) -> dict[str, str]:
    (tmp_path / "text.txt").write_text("".join(f"line {n}\n" for n in range(1, 60)))
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "TERM": "tmux-256color",
        "LANG": "C.UTF-8",
        "XDG_RUNTIME_DIR": os.environ["XDG_RUNTIME_DIR"],
        "PYTHONPATH": str(Path(__file__).parents[2]),
    }


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("name", PROGRAMS)
def test_programs_stop_and_continue(name, shell, tmp_path):
    argv, ready, leave = PROGRAMS[name]
    if shutil.which(argv[0]) is None:
        missing(f"{argv[0]} is not installed: scripts/packages installs it as root")
    quoted = [*argv[:-1], f"'{argv[-1]}'"] if " " in argv[-1] else argv
    in_a_shell(shell, tmp_path, quoted, plain(tmp_path), ready, leave, SUSPEND.get(name))


def test_a_recorded_shell_keeps_its_own_jobs(tmp_path):
    env = plain(tmp_path) | {"PS1": "inner> "}
    steps = [
        *(Wait("inner>"), Type("less text.txt\r"), Wait("line 5"), Settle(), Send(b"\x1a")),
        *(Wait("Stopped"), Type("clear; jobs\r"), Wait(r"\[1\]\+ +Stopped +less"), Type("fg\r")),
        *(Wait("line 5"), Settle(), Send(b"q"), Wait(r"inner>\s*\Z"), Type("exit 5\r")),
    ]
    argv = [*RECORD, "bash", "--norc", "--noprofile", "-i"]
    result = drive(argv, env, tmp_path, 100, 30, steps)
    assert (result.status, result.restored) == (5, True)


def test_stopped_from_outside(tmp_path):
    """``kill -STOP`` of the command or of the recorder: a stopped job, and `fg` continues both."""
    env = plain(tmp_path)
    steps = [Settle(), Type("PS1='shell> '; clear\r", gap_seconds=0), Wait("^shell>")]
    for target in ("$$", "$(ps -o ppid= -p $PPID)"):  # the command; the recorder
        steps += [
            Type(
                f"clear; {' '.join(RECORD)} sh -c 'kill -STOP {target}; exec cat -v'\r",
                gap_seconds=0,
            ),
            *(Wait("Stopped"), Type("clear; stty -a | grep -o ' icanon'\r", gap_seconds=0)),
            *(Wait("\n? icanon"), Type("clear; fg\r", gap_seconds=0), Settle(1.0), Type("alive\r")),
            *(Wait(r"alive\s+alive"), Send(b"\x04"), Wait(r"shell>\s*\Z")),
        ]
    result = drive(SHELLS["bash"], env, tmp_path, 100, 30, [*steps, Type("exit\r", gap_seconds=0)])
    assert result.restored


@pytest.mark.agents
@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("agent", [CLAUDE_CODE, CODEX], ids=lambda agent: agent.name)
def test_agents_stop_and_continue(agent, shell, tmp_path):
    require(agent)
    with ModelServer() as server:
        env = agent.start(tmp_path / "home", tmp_path / "work", server.url) | {
            "PYTHONPATH": str(Path(__file__).parents[2])
        }
        leave = [*agent.leave]
        in_a_shell(shell, tmp_path / "work", agent.argv(agent.tui), env, agent.ready, leave)
