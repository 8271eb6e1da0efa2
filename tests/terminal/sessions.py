"""What to run for the comparison with tmux: programs, and what one types into them."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import NamedTuple

from tests.terminal.programs import Step


class Session(NamedTuple):
    """A program, what it shows when it is ready, and the keys typed then."""

    argv: list[str]
    start: str
    steps: list[Step]


VIM = ["vim", "-u", "NONE", "-N", "-i", "NONE"]
GIT = ["git", "-c", "color.ui=always"]
DOWN, UP, RIGHT, F3 = b"\x1bOB", b"\x1bOA", b"\x1bOC", b"\x1bOR"

SESSIONS: dict[str, Session] = {
    "bash": Session(
        ["bash", "--norc"],
        r"\$",
        [
            (b"ls --color=always -la\r", r"^\$$"),
            (b"echo \x1b[Aone\r", r"^\$$"),
            (b"printf 'x%.0s' {1..200}\r", r"^x{40}\$"),
        ],
    ),
    "bash line editing": Session(
        ["bash", "--norc"],
        r"\$",
        [
            (b"echo hello world", "hello world"),
            (b"\x01\x1bf\x1bdXY\x05!", "echoXY world!"),
            (b"\x15head cod\t", "head code.py"),
            (b"\r", "def function_1"),
            (b"\x12ec", "reverse-i-search"),
        ],
    ),
    "zsh": Session(
        ["zsh", "-f"],
        r"\$",
        [(b"print -P '%F{red}red%f %Sinverse%s'\r", "^red inverse"), (b"ls c\t\t", "code.py")],
    ),
    "vim": Session(
        [*VIM, "code.py"],
        "def function_0",
        [
            (b":syntax on\r", "syntax on"),
            (b":set number hlsearch\r", "^ +1 def"),
            (b"/def\r", "/def"),
            (b"GoThe end\x1b", "The end"),
        ],
    ),
    "vim windows": Session(
        [*VIM, "code.py"],
        "def function_0",
        [
            (b":split\r", r"code\.py\n(.*\n)+code\.py"),
            (b":vsplit\r", r"code\.py .*code\.py"),
            (b":set cursorline list\r", r"\$"),
            (b"\x17wGzz", "number 29"),
            (b"v3kd", "fewer lines"),
            (b":help\r", r"help\.txt"),
        ],
    ),
    "less": Session(
        ["less", "code.py"],
        "code.py",
        [(b" ", ":"), (b"/return\r", "return"), (b"k", ":"), (b"G", "function_29"), (b"b", ":")],
    ),
    "less of colors": Session(
        ["less", "-S", "colors.txt"],
        "line 0",
        [(b" ", "line 40"), (RIGHT, "^de wide"), (b"g", "^e wide"), (b"j", "wide")],
    ),
    "python": Session(
        ["python3", "-q"],
        ">>>",
        [
            (b"1 +\r", "SyntaxError"),
            (b"for i in range(30): print(i, '*' * i)\r", r"\.\.\."),
            (b"\r", r"^29 \*{29}\n>>>"),
            (b"help(str)\r", "class str"),
            (b" ", ":"),
        ],
    ),
    "git log in a pager": Session(
        [*GIT, "log", "--graph", "--stat", "--all"],
        r"\* +commit",
        [(b" ", "Aside"), (b"/Change 3\r", "Change 3$")],
    ),
    "git diff": Session(
        ["bash", "-c", "git --no-pager -c color.ui=always show; sleep 99"],
        r"\+.*larger 8",
        [],
    ),
    "top": Session(["top", "-d", "1"], "PID", [(b"z", "PID"), (b"x", "PID"), (b"1", "Cpu0")]),
    "htop": Session(
        ["htop", "-d", "10"],
        "PID",
        [(DOWN + DOWN, "PID"), (b"t", "F5"), (F3, "Search:")],
    ),
    "watch": Session(["watch", "-n", "1", "-c", "ls", "--color=always"], "code.py", []),
    "grep": Session(
        ["bash", "-c", "grep --color=always -n small code.py; sleep 99"], "149:.*smaller", []
    ),
    "man": Session(["man", "-l", "page.1"], "NAME", [(b" ", "Some text"), (b"b", "NAME")]),
    "tput": Session(
        [
            "bash",
            "-c",
            "tput smcup; tput setaf 3; tput cup 5 5; echo hi; tput rev; tput el; echo x; sleep 99",
        ],
        "^x",
        [],
    ),
    "nano": Session(
        ["nano", "code.py"], "GNU nano", [(b"\x17def\r", "function_1"), (b"new ", "new")]
    ),
    "joe": Session(
        ["joe", "code.py"], "function_0", [(b"\x0b\x08", "REGION"), (b"typed", "typed")]
    ),
    "ne": Session(
        ["ne", "code.py"], "function_0", [(b"typed ", "typed"), (b"\x1b[6~", "function_")]
    ),
    "mc": Session(
        ["mc", "-u", "-b"],
        "page.1",
        [(DOWN + DOWN, "page.1"), (b"\x1b9", "Left"), (DOWN, "Listing")],
    ),
    "mc in colors, a file": Session(
        ["mc", "-u", "-v", "code.py"], "function_0", [(b" ", "smaller")]
    ),
    "dialog": Session(
        ["dialog", "--menu", "Pick", "15", "40", "4", "a", "one", "b", "two"],
        "Pick",
        [(DOWN, "b +two")],
    ),
    "whiptail": Session(
        ["whiptail", "--checklist", "Pick", "15", "40", "4", "a", "one", "off", "b", "two", "on"],
        "Pick",
        [(DOWN + b" ", r"\[ \] b")],
    ),
    "most": Session(["most", "code.py"], "function_0", [(b" ", "%"), (b"2", "MOST")]),
    "ncdu": Session(
        ["ncdu", "-2", "--color", "dark", "tree"],
        "Total disk usage",
        [(DOWN, "folder"), (b"i", "Name")],
    ),
    "tig": Session(["tig"], "Change 8", [(DOWN, "Change 7"), (b"\r", "Commit:")]),
    "fzf": Session(
        ["bash", "-c", "seq 500 | fzf --color=dark --multi"],
        r"500/500",
        [(b"42", r"/500"), (b"\t", r"42")],
    ),
    "nnn": Session(
        ["nnn", "-C", "tree"], "folder", [(DOWN, "folder"), (b"?", "NAVIGATION|CONTRO")]
    ),
    "sqlite": Session(
        ["sqlite3", "-box", ":memory:"],
        "sqlite>",
        [(b"select 1 as a, 'two' as b, '\xe6\xbc\xa2' as c;\r", "└"), (b".hel\r", "sqlite>")],
    ),
    "nested tmux": Session(
        ["tmux", "-S", "inner", "-f", "/dev/null", "new", "bash --norc"],
        r"\[0\]",
        [(b"ls\r", "page.1"), (b"\x02%", "│"), (b"echo x\r", "^x|│x")],
    ),
}

CODE = "".join(
    f'''def function_{i}(argument: int) -> str:
    """Say what number {i} is."""
    if argument > {i}:\treturn "larger"  # a comment, and a longer one so that the line has to wrap
    return 'smaller'\n\n'''
    for i in range(30)
)
PAGE = (
    ".TH PAGE 1\n.SH NAME\npage \\- a \\fBbold\\fP and \\fIunderlined\\fP page\n"
    + ".PP\nSome text.\n" * 40
)


def furnish(folder: Path) -> None:
    """The home that the programs run in: texts, a tree, and a repository with a merge."""
    (folder / "page.1").write_text(PAGE)
    colors = "".join(
        f"\x1b[{30 + i % 8};{40 + i % 7}mline {i} {'wide ' * 30}\x1b[0m\n" for i in range(80)
    )
    (folder / "colors.txt").write_text(colors)
    for number in range(12):
        place = folder / "tree" / f"folder {number % 4}"
        place.mkdir(parents=True, exist_ok=True)
        (place / f"file {number}").write_text("x" * 5000 * number)
    _git(folder, "init", "-q", "-b", "main")
    for number in range(9):
        (folder / "code.py").write_text(CODE.replace("larger", f"larger {number}"))
        _git(folder, "add", "code.py")
        _commit(folder, f"Change {number}")
        if number == 4:
            _git(folder, "checkout", "-q", "-b", "side")
            _commit(folder, "Aside", "--allow-empty")
            _git(folder, "checkout", "-q", "main")


def _commit(folder: Path, subject: str, *options: str) -> None:
    who = ("-c", "user.name=A", "-c", "user.email=a@b")
    _git(folder, *who, "commit", "-q", *options, "-m", subject)


def _git(folder: Path, *args: str) -> None:
    env = {"PATH": "/usr/bin:/bin", "HOME": str(folder)}
    subprocess.run(["git", *args], cwd=folder, check=True, env=env)
