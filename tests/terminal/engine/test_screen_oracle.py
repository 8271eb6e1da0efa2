"""Our screen against tmux: text, styles and cursor after crafted streams.

Left out is where tmux goes its own way: it drops invalid UTF-8, does not erase the last column
when a line is full and CSI K comes (xterm does), and knows no grapheme clusters.
"""

from __future__ import annotations

import pytest

from agentrec.terminal.engine.screen import Screen
from tests.terminal.oracle import Tmux, differences

COLS, ROWS = 80, 24


CRAFTED = {
    "text and wrapping": b"x" * 100 + b"\r\nshort\r\n" + b"word " * 40,
    "scrolling": b"".join(b"line %d\r\n" % i for i in range(60)),
    "attributes": b"".join(b"\x1b[%dm attr %d \x1b[0m" % (n, n) for n in (1, 2, 3, 4, 5, 7, 8, 9)),
    "colors": b"".join(b"\x1b[%dmx\x1b[%dmy" % (30 + n, 40 + n) for n in range(8))
    + b"\x1b[0m"
    + b"".join(b"\x1b[%dm.\x1b[%dm:" % (90 + n, 100 + n) for n in range(8)),
    "palette": b"".join(b"\x1b[38;5;%dm#\x1b[48;5;%dm." % (n, 255 - n) for n in range(256)),
    "true color": b"".join(
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


def compare(tmux: Tmux, stream: bytes) -> None:
    screen = Screen(COLS, ROWS)
    screen.feed(stream)
    assert differences(tmux, screen, stream) == []


@pytest.mark.parametrize("name", CRAFTED)
def test_crafted(tmux: Tmux, name: str) -> None:
    compare(tmux, CRAFTED[name])


def test_a_stream_that_ends_within_a_sequence(tmux: Tmux) -> None:
    compare(tmux, b"text\x1b[31mred\x1b]0;tit")
