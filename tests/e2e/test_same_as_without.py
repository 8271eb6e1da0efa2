"""Real programs end with the same screen, cursor, modes and exit code as without the recorder.

tmux is the terminal and the witness. Programs that would clear up behind themselves are told to
leave their last screen, so that there is something to compare.
"""

import re
import shutil
import sys
from pathlib import Path

import pytest

from agentrec.recording.verify import verify
from fixtures.modelserver.server import ModelServer
from tests.agents_env.agent import require
from tests.agents_env.claude_code import CLAUDE_CODE
from tests.agents_env.codex import CODEX
from tests.agents_env.drive import Resize, Send, Settle, Type, Wait, drive

TEXTUAL_APP = """
from textual.app import App
from textual.widgets import Button, Input, Label

class Small(App):
    def compose(self):
        yield Label("Größe 測試")
        yield Input(placeholder="name")
        yield Button("Done")
    def on_input_submitted(self, event):
        self.exit(event.value, return_code=5)

app = Small()
print("result:", app.run())
raise SystemExit(app.return_code)
"""
NESTED_TMUX = ["tmux", "-f", "nested.conf", "-S", "nested.sock", "new-session", "sh"]
NESTED_CONF = """\
set -g status-right ""
set -g automatic-rename off
set -ga terminal-overrides ",*:smcup@:rmcup@"
"""

# For each: command line, environment, steps.
PROGRAMS = {
    "vim": (
        ["vim", "-u", "NONE", "-i", "NONE", "-c", "set t_ti= t_te= nocp ruler hls", "text.txt"],
        {},
        [
            *(
                Wait("line 1"),
                Settle(),
                Send(b"G"),
                Settle(),
                Send(b"oadded \xc3\xa9\x1b"),
                Settle(),
            ),
            *(Resize(100, 30), Settle(), Send(b"/line 2\r"), Settle(), Send(b":wq\r")),
        ],
    ),
    "vim fails": (
        ["vim", "-u", "NONE", "-i", "NONE"],
        {},
        [Wait("VIM"), Settle(), Send(b":cq 3\r")],
    ),
    "htop": (
        ["sh", "-c", "echo before; htop; echo after $?; exit 9"],
        {},
        [Wait("F10"), Settle(0.2, 3), Send(b"q")],
    ),
    "less": (
        ["less", "-X", "text.txt"],
        {},
        [
            Wait("line 1"),
            Send(b" "),
            Settle(),
            Send(b"/99\r"),
            Wait("line 99"),
            Settle(),
            Send(b"q"),
        ],
    ),
    "bash job control": (
        ["bash", "--norc", "--noprofile"],
        {"PS1": "$ "},
        [
            *(Wait(r"\$"), Type("sleep 100\r"), Settle(), Send(b"\x1a"), Wait("Stopped")),
            *(Type("bg; jobs\r"), Wait("Running"), Settle(), Type("fg\r"), Settle()),
            *(Send(b"\x03"), Settle(), Type("echo $?; exit 42\r")),
        ],
    ),
    "tmux": (
        NESTED_TMUX,
        {"PS1": "$ "},
        [
            *(Wait(r"\$"), Type("echo one\r"), Wait("^one|\none"), Send(b'\x02"'), Settle()),
            *(Type("echo two; stty size\r"), Settle(), Type("tmux kill-server\r")),
        ],
    ),
    "textual": (
        [sys.executable, "app.py"],
        {},
        [
            Wait("Done"),
            Settle(),
            Type("some name"),
            Wait("some name"),
            Settle(),
            Send(b"\r"),
            Wait("result"),
        ],
    ),
    "python": (
        [sys.executable, "-q"],
        {"PYTHONDONTWRITEBYTECODE": "1"},
        [
            Wait(">>>"),
            Type("print('\\x1b[31mred\\x1b[0m ' * 20)\r"),
            Settle(),
            Send(b"\x1b[A"),
            Settle(),
            Send(b"\r"),
            Settle(),
            Type("import os; os._exit(7)\r"),
        ],
    ),
}


@pytest.fixture
def folder(tmp_path):
    """Makes equal directories for equal runs, one after the other at the same path."""

    def make():
        work = tmp_path / "work"
        shutil.rmtree(work, ignore_errors=True)
        work.mkdir()
        (work / "text.txt").write_text("".join(f"line {n} of the text\n" for n in range(1, 201)))
        (work / "app.py").write_text(TEXTUAL_APP)
        (work / "nested.conf").write_text(NESTED_CONF)
        return work

    return make


def recorder(path):
    return [sys.executable, "-m", "agentrec", "record", "-q", "-o", str(path), "--"]


def compare(without, recorded, mask):
    assert recorded.status == without.status
    assert mask(recorded.screen) == mask(without.screen)
    assert mask(recorded.styled) == mask(without.styled)
    assert recorded.alternate == without.alternate
    assert recorded.restored
    assert without.restored


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_ends_the_same(name, folder, tmp_path):
    argv, more, steps = PROGRAMS[name]
    if shutil.which(argv[0]) is None:
        pytest.skip(f"{argv[0]} is not installed: scripts/packages installs it as root")
    env = {
        "PATH": f"{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin",
        "HOME": str(tmp_path),
        "LANG": "C.UTF-8",
        "TERM": "tmux-256color",
        "SHELL": "/bin/sh",
        **more,
    }

    without = drive(argv, env, folder(), 80, 24, steps)
    path = tmp_path / "run.ahr"
    recorded = drive(argv, env, folder(), 80, 24, steps, prefix=recorder(path))
    compare(without, recorded, str)
    assert recorded.cursor == without.cursor
    assert verify(str(path)).state == "whole"


def drawn(screen):
    """Every character of a styled screen with its colours and attributes, but not the blanks.

    An agent paints the blanks around its text or leaves them, as its timers fall; and Claude Code
    names its work at random.
    """
    screen = re.sub(r"[A-Z][^\W\d]+ for (\d+m )?[\d*]+s?", "Worked for *", screen)
    style, cells = {}, []
    for sgr, char in re.findall(r"\x1b\[([\d;:]*)m|(.)", re.sub(r"\*+", "*", screen), re.DOTALL):
        if char:
            cells += [] if char.isspace() else [(char, tuple(sorted(style.items())))]
            continue
        codes = re.findall(r"[345]8[;:](?:2[;:]\d+[;:]\d+[;:]\d+|5[;:]\d+)|[\d:]+", sgr or "0")
        for code in codes:
            number = int(re.match(r"\d+", code)[0])
            if number == 0:
                style.clear()
            elif number in ENDS:
                for name in ENDS[number]:
                    style.pop(name, None)
            else:
                style[GROUPS.get(number, number)] = code
    return cells


# What an SGR number sets, where several set the same; and which of these it ends.
GROUPS = {n: group for group, ns in {38: range(30, 39), 48: range(40, 49)}.items() for n in ns}
GROUPS |= dict.fromkeys(range(90, 98), 38) | dict.fromkeys(range(100, 108), 48)
ENDS = {
    22: (1, 2),
    23: (3,),
    24: (4,),
    25: (5,),
    27: (7,),
    28: (8,),
    29: (9,),
    39: (38,),
    49: (48,),
    59: (58,),
}


@pytest.mark.agents
@pytest.mark.parametrize("agent", [CLAUDE_CODE, CODEX], ids=lambda agent: agent.name)
def test_an_agent_ends_the_same(agent, folder, tmp_path):
    require(agent)
    path = tmp_path / "run.ahr"
    steps = agent.session(("[[scenario:fix-tests]] Mend the area.", "area multiplies"))
    results = []
    for prefix in ([], recorder(path)):
        work, home = folder(), tmp_path / "home"
        shutil.rmtree(home, ignore_errors=True)
        with ModelServer() as server:
            env = agent.start(home, work, server.url)
            argv = agent.argv(agent.tui)
            results.append(drive(argv, env, work, 100, 40, steps, prefix=prefix, timeout=90))
        assert (
            work / "area.py"
        ).read_text() == "def area(width, height):\n    return width * height\n"
    compare(*results, lambda screen: drawn(agent.stable(screen)))
    assert verify(str(path)).state == "whole"
