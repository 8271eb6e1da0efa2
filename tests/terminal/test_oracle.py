"""Our screen against tmux: text, styles and cursor of real programs and of crafted streams.

Left out is where tmux goes its own way: it drops invalid UTF-8, does not erase the last column
when a line is full and CSI K comes (xterm does), and knows no grapheme clusters.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from agentrec.terminal.screen import Screen
from tests.terminal.oracle import Tmux, shown, trimmed
from tests.terminal.programs import record

COLS, ROWS = 80, 24


@pytest.fixture(scope="module")
def tmux(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tmux]:
    server = Tmux(tmp_path_factory.mktemp("tmux"))
    yield server
    server.close()


CRAFTED = {
    "text and wrapping": b"x" * 100 + b"\r\nshort\r\n" + b"word " * 40,
    "scrolling": b"".join(b"line %d\r\n" % i for i in range(60)),
    "attributes": b"".join(b"\x1b[%dm attr %d \x1b[0m" % (n, n) for n in (1, 2, 3, 4, 5, 7, 8, 9)),
    "colours": b"".join(b"\x1b[%dmx\x1b[%dmy" % (30 + n, 40 + n) for n in range(8))
    + b"\x1b[0m"
    + b"".join(b"\x1b[%dm.\x1b[%dm:" % (90 + n, 100 + n) for n in range(8)),
    "palette": b"".join(b"\x1b[38;5;%dm#\x1b[48;5;%dm." % (n, 255 - n) for n in range(256)),
    "true colour": b"".join(
        b"\x1b[38;2;%d;7;9m#\x1b[48;2;1;%d;3m." % (n, n) for n in range(0, 256, 7)
    ),
    "underlines": b"".join(b"\x1b[4:%dmline\x1b[0m " % n for n in range(6))
    + b"\x1b[4;58:2::1:2:3mred",
    "attributes end": b"\x1b[1;2;3;4;7;9mall\x1b[22ma\x1b[23mb\x1b[24mc\x1b[27md\x1b[29me\x1b[39;49mf",
    "cursor moves": b"\x1b[5;10Hhere\x1b[3Aup\x1b[2Bdown\x1b[20Dleft\x1b[5Cright\x1b[GA\x1b[12dB\x1b[9`C",
    "save and restore": b"\x1b[5;5H\x1b[31m\x1b7\x1b[10;10H\x1b[0mx\x1b8y\x1b[s\x1b[Hz\x1b[uw",
    "erase": b"\x1b[44m"
    + b"x" * 400
    + b"\x1b[2;5H\x1b[K\x1b[3;9H\x1b[1K\x1b[4;4H\x1b[2K\x1b[4;9H\x1b[0J",
    "erase above": b"y" * 800 + b"\x1b[41m\x1b[5;20H\x1b[1J\x1b[8;3H\x1b[7X",
    "insert and delete": b"abcdefgh\r\x1b[3@\x1b[2C\x1b[2P\x1b[4hins\x1b[4l"
    b"\x1b[10;1Hrow\r\n2\r\n3\x1b[10;1H\x1b[2L\x1b[13;1H\x1b[M",
    "scroll region": b"\x1b[3;8r"
    + b"".join(b"\x1b[8;1H\nin %d" % i for i in range(9))
    + b"\x1b[3;1H\x1bMtop\x1b[r\x1b[2S\x1b[T",
    "origin mode": b"\x1b[5;10r\x1b[?6h\x1b[1;1Horigin\x1b[9;1Hend\x1b[?6l\x1b[1;1Hhome",
    "tabs": b"a\tb\tc\r\n\x1b[3g\x1b[10G\x1bH\r\tx\x1b[Zy\r\n\x1b[0g\ta",
    "line drawing": b"\x1b(0lqqwqqk\r\nx  x  x\r\nmqqvqqj\x1b(B plain \x0e\x1b)0lqk\x0f",
    "alternate screen": b"main\x1b[?1049h\x1b[31malternate\x1b[5;5Hthere",
    "back from it": b"main\r\n\x1b[?1049h\x1b[2Jalternate\x1b[?1049lback",
    "no wrapping": b"\x1b[?7l" + b"0123456789" * 9 + b"\x1b[?7h\r\nnext",
    "pending wrap": b"z" * 80 + b"\x1b[31m\r\nred" + b"w" * 80 + b"\x08\x08Q",
    "repeat": b"ab\x1b[5b\r\n-\x1b[70b",
    "wide characters": "漢字 かな 한글 ".encode() * 9,
    "combining": "e\u0301 a\u0308o\u0302 n\u0303".encode(),
    "strings are swallowed": b"a\x1b]0;title\x07b\x1bP+q544e\x1b\\c\x1b_apc\x1b\\d\x1b]52;c;eA==\x07e",
    "unknown sequences": b"a\x1b[?99999hb\x1b[99;98;97zc\x1b[>5;6;7yd",
    "full reset": b"\x1b[31mred\x1b[?1049h\x1b[5;9r\x1bcafter",
    "backspace and returns": b"abc\b\bX\rY\n\n\x0b\x0cZ\x1bDa\x1bEb\x1bMc",
}


@pytest.mark.parametrize("name", CRAFTED)
def test_crafted(tmux: Tmux, name: str) -> None:
    compare(tmux, CRAFTED[name])


def compare(tmux: Tmux, stream: bytes, columns: int = COLS) -> None:
    screen = Screen(COLS, ROWS)
    screen.feed(stream)
    rows, cursor = tmux.show(stream, COLS, ROWS)
    ours = shown(screen)
    for y in range(ROWS):
        assert trimmed(ours[y][:columns]) == trimmed(rows[y][:columns]), f"row {y}"
    assert screen.cursor[:2] == cursor


VIM = ["vim", "-u", "NONE", "-N", "-i", "NONE"]
PROGRAMS: dict[str, tuple[list[str], list[bytes]]] = {
    "bash": (
        ["bash", "--norc"],
        [b"ls --color=always -la\r", b"echo \x1b[Aone\r", b"printf 'x%.0s' {1..200}\r"],
    ),
    "bash line editing": (
        ["bash", "--norc"],
        [b"echo hello world", b"\x01\x1bf\x1bdXY\x05!", b"\x15cat code.py | he\t\r", b"\x12ec"],
    ),
    "vim": (
        [*VIM, "code.py"],
        [b":syntax on\r", b":set number hlsearch\r", b"/def\r", b"GoThe end\x1b"],
    ),
    "vim windows": (
        [*VIM, "code.py"],
        [b":split\r", b":vsplit\r", b":set cursorline list\r", b"\x17wGzz", b"v3kd", b":help\r"],
    ),
    "less": (["less", "code.py"], [b" ", b"/return\r", b"k", b"G", b"b"]),
    "less of colours": (["less", "-S", "colours.txt"], [b" ", b"\x1b[C", b"g", b"j"]),
    "python": (
        ["python3", "-q"],
        [b"1 +\r", b"for i in range(30): print(i, '*' * i)\r", b"\r", b"help(str)\r", b" "],
    ),
    "git log": (["git", "-c", "color.ui=always", "log", "--graph", "--stat"], [b" ", b"q"]),
    "git diff": (["git", "--no-pager", "-c", "color.ui=always", "show"], []),
    "top": (["top", "-d", "1"], [b"z", b"x", b"1"]),
    "htop": (["htop", "-d", "10"], [b"\x1bOB\x1bOB", b"t", b"\x1bOR"]),
    "watch": (["watch", "-n", "1", "-c", "ls", "--color=always"], []),
    "grep": (["grep", "--color=always", "-n", "small", "code.py"], []),
    "man": (["man", "-l", "page.1"], [b" ", b"b"]),
    "tput": (
        [
            "bash",
            "-c",
            "tput smcup; tput setaf 3; tput cup 5 5; echo hi; tput rev; tput el; echo x; sleep 9",
        ],
        [],
    ),
    "nano": (["nano", "code.py"], [b"\x17def\r", b"text "]),
    "mc": (["mc", "-u"], [b"\x1bOB\x1bOB", b"\x1b9"]),
    "dialog": (["dialog", "--menu", "Pick", "15", "40", "4", "a", "one", "b", "two"], [b"\x1bOB"]),
    "nested tmux": (
        ["tmux", "-S", "inner", "-f", "/dev/null", "new", "bash --norc"],
        [b"ls\r", b"\x02%", b"echo x\r"],
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


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("home")
    (folder / "code.py").write_text(CODE)
    (folder / "page.1").write_text(PAGE)
    colours = "".join(
        f"\x1b[{30 + i % 8};{40 + i % 7}mline {i} {'wide ' * 30}\x1b[0m\n" for i in range(80)
    )
    (folder / "colours.txt").write_text(colours)
    git(folder, "init", "-q")
    for number in range(9):
        (folder / "code.py").write_text(CODE.replace("larger", f"larger {number}"))
        git(folder, "add", ".")
        git(
            folder, "-c", "user.name=A", "-c", "user.email=a@b", "commit", "-qm", f"Change {number}"
        )
    yield folder
    subprocess.run(["tmux", "-S", "inner", "kill-server"], cwd=folder, capture_output=True)


def git(folder: Path, *args: str) -> None:
    subprocess.run(
        ["git", *args], cwd=folder, check=True, env={"PATH": "/usr/bin:/bin", "HOME": str(folder)}
    )


@pytest.mark.parametrize("name", PROGRAMS)
def test_program(tmux: Tmux, home: Path, name: str) -> None:
    argv, keys = PROGRAMS[name]
    if not shutil.which(argv[0]):
        pytest.skip(f"{argv[0]} is not installed")
    stream = record(argv, keys, str(home), COLS, ROWS)
    assert stream
    # top fills lines to the last column and then erases to the end of the line: see above.
    compare(tmux, stream, COLS - 1 if name == "top" else COLS)
