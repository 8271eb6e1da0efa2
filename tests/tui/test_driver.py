"""Whether the terminal has all colors: asked, answered among the keys, and never in their way."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest

from agentrec.tui.driver import QUERY, ReplyFilter
from tests.tui.helpers import Script
from tests.tui.test_player_terminal import Terminal

YES = [
    "\x1bP1$r0;48:2::1:2:3m\x1b\\",  # xterm
    "\x1bP1$r0;48:2:1:2:3m\x1b\\",  # VTE
    "\x1bP1$r48;2;1;2;3m\x1b\\",
    "\x1bP1$r0;48:2:0:1:2:3m\x1b\\",
    "\x1bP1+r524742=38\x1b\\",
    "\x1bP1+r524742\x1b\\",
    "\x1bP1+r5463\x1b\\",
    "\x1bP>|tmux 3.4\x1b\\",
]
NO = [
    "\x1bP1$r0;48;5;16m\x1b\\",
    "\x1bP1$r0m\x1b\\",
    "\x1bP0$r\x1b\\",
    "\x1bP0+r524742\x1b\\",
    "\x1bP>|XTerm(390)\x1b\\",
    "\x1b[?62;22c",
]


@pytest.mark.parametrize(("reply", "found"), [*((r, True) for r in YES), *((r, False) for r in NO)])
def test_replies(reply: str, found: bool) -> None:
    replies = ReplyFilter()
    for part in (reply[:7], reply[7:-1], reply[-1:]):
        replies.feed(part)
    assert replies.true_color == found


@pytest.mark.parametrize(
    ("parts", "typed"),
    [
        (["abc"], ["abc"]),
        (["a" + YES[0] + "b" + NO[3] + "c"], ["abc"]),
        (["\x1b[A\x1b[1;5C"], ["\x1b[A\x1b[1;5C"]),
        (["a\x1bP1$r", "0m\x1b", "\\b"], ["a", "", "b"]),
        (["\x1b"], [""]),
        (["\x1b", "[A"], ["", "\x1b[A"]),
        (["\x1bP" + "x" * 300], ["\x1bP" + "x" * 300]),
    ],
)
def test_keys_pass(parts: list[str], typed: list[str]) -> None:
    replies = ReplyFilter()
    assert [replies.feed(part) for part in parts] == typed


def test_a_key_alone_is_let_go() -> None:
    replies = ReplyFilter()
    assert replies.feed("\x1b") == ""
    assert replies.release() == "\x1b"
    assert replies.release() == ""


RED = rb"38;2;250;10;20"


@pytest.fixture
def player(tmp_path: Path) -> Terminal:
    script = Script().out(0, "\x1b[38;2;250;10;20mred\x1b[0m plain")
    path = script.add(5000, "term", "exit", {"code": 0, "signal": None}).save(tmp_path / "c.ahr")
    terminal = Terminal(path)
    assert terminal.read(re.escape(QUERY.encode()))
    assert terminal.read(rb"plain")
    assert not re.search(RED, terminal.output)
    return terminal


@pytest.mark.parametrize("reply", [YES[0], YES[-1]])
def test_all_colors_after_a_yes(player: Terminal, reply: str) -> None:
    player.process.write(b"/pla" + reply.encode() + b"in\r")  # typed meanwhile
    assert player.read(RED)
    assert player.read(rb"1/1 hits")
    player.process.write(b"q")
    assert player.close() == 0


def test_the_nearest_of_few_colors_after_a_no(player: Terminal) -> None:
    player.process.write("".join(NO[1:5]).encode() + b"/plain\r")
    assert player.read(rb"1/1 hits")
    player.process.write(b"q")
    assert player.close() == 0
    assert not re.search(rb"38;2;", player.output)


def test_escape_still_works_alone(player: Terminal) -> None:
    player.process.write(b"/plain\r")
    assert player.read(rb"1/1 hits")
    player.process.write(b"\x1b")
    time.sleep(0.5)  # Textual takes it for the start of a sequence until then
    shown = len(player.output)
    player.process.write(b"n")
    assert player.read(rb"no search yet")
    assert b"no search yet" in player.output[shown:]
    player.process.write(b"q")
    assert player.close() == 0


@pytest.mark.parametrize(
    "env", [{"COLORTERM": "truecolor"}, {"NO_COLOR": "1"}, {"TERM": "linux"}], ids=str
)
def test_not_asked_where_it_makes_no_difference(tmp_path: Path, env: dict[str, str]) -> None:
    terminal = Terminal(Script().out(0, "plain").save(tmp_path / "c.ahr"), **env)
    assert terminal.read(rb"plain")
    terminal.process.write(b"q")
    assert terminal.close() == 0
    assert QUERY.encode() not in terminal.output
