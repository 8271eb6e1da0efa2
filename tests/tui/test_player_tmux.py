"""The player in a real terminal emulator: whole screen, clipboard and colors as tmux gets them."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.agents_env.need import missing
from tests.tui.helpers import Script

COLS, ROWS = 60, 16
PATIENCE = 30  # seconds
SCREEN = [f"row {n:02} ".ljust(COLS - 1, "·") + "|" for n in range(ROWS)]
COLORED = f"\x1b[38;2;250;10;20m{SCREEN[0]}\x1b[0m"


@pytest.fixture(autouse=True)
def tmux_is_there() -> None:
    if not shutil.which("tmux"):
        missing("tmux is not installed: scripts/packages installs it as root")


class Tmux:
    """A tmux server of its own with the player in its only window."""

    def __init__(self, folder: Path, path: str) -> None:
        self._socket = str(folder / "tmux")
        env = {k: v for k, v in os.environ.items() if k not in ("TMUX", "NO_COLOR", "COLORTERM")}
        env |= {"XDG_STATE_HOME": str(folder), "LC_ALL": "C.UTF-8"}
        player = shlex.join([sys.executable, "-m", "agentrec", "replay", path])
        options = ["-f", "/dev/null", "new-session", "-d", "-x", str(COLS), "-y", str(ROWS)]
        # Without a status line, and with a clipboard that programs may set.
        settings = "set -g status off ; set -s set-clipboard on ; set -g remain-on-exit on"
        self.do(*options, f"sleep 0.5; unset COLORTERM; exec {player}", env=env)
        for setting in settings.split(" ; "):
            self.do(*setting.split())

    def do(self, *arguments: str, env: dict[str, str] | None = None) -> str:
        command = ["tmux", "-S", self._socket, *arguments]
        return subprocess.run(command, env=env, capture_output=True, text=True, check=True).stdout

    def keys(self, *keys: str) -> None:
        self.do("send-keys", *keys)

    def type(self, text: str) -> None:
        self.do("send-keys", "-l", text)

    def screen(self, *options: str) -> list[str]:
        return self.do("capture-pane", "-p", *options).splitlines()

    def until(self, shown: Callable[[list[str]], bool]) -> list[str]:
        end = time.monotonic() + PATIENCE
        while not shown(rows := self.screen()):
            assert time.monotonic() < end, "\n".join(rows)
            time.sleep(0.05)
        return rows

    def close(self) -> None:
        subprocess.run(["tmux", "-S", self._socket, "kill-server"], capture_output=True)


@pytest.fixture
def tmux(tmp_path: Path) -> Iterator[Tmux]:
    script = Script().out(0, "\r\n".join([COLORED, *SCREEN[1:]]))
    path = script.add(60_000, "term", "exit", {"code": 0, "signal": None}).save(tmp_path / "r.ahr")
    server = Tmux(tmp_path, path)
    try:
        server.until(lambda rows: any("ow 15" in row for row in rows))
        yield server
    finally:
        server.close()


def test_full_screen_shows_all_of_a_recording_of_the_same_size(tmux: Tmux) -> None:
    assert tmux.screen() != SCREEN
    tmux.keys("f")
    assert tmux.until(lambda rows: rows == SCREEN) == SCREEN
    tmux.keys("f")
    tmux.until(lambda rows: rows != SCREEN)


def test_copied_text_is_in_the_clipboard(tmux: Tmux) -> None:
    tmux.keys("Space", "f")
    tmux.until(lambda rows: rows == SCREEN)
    tmux.keys("y")
    tmux.until(lambda rows: "copied 16 lines" in rows[-1])
    assert tmux.do("show-buffer") == "\n".join(SCREEN)
    tmux.type("\x1b[<0;5;2M\x1b[<32;8;3M\x1b[<0;8;3m")  # press, drag, release
    tmux.until(lambda rows: "copied 2 lines" in rows[-1])
    assert tmux.do("show-buffer") == f"{SCREEN[1][4:]}\n{SCREEN[2][:8]}"


def test_all_colors_without_colorterm(tmux: Tmux) -> None:
    tmux.keys("f")
    tmux.until(lambda rows: rows == SCREEN)
    end = time.monotonic() + PATIENCE
    while "38;2;250;10;20" not in tmux.screen("-e")[0]:
        assert time.monotonic() < end, tmux.screen("-e")[0]
        time.sleep(0.05)
