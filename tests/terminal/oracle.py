"""tmux as an independent witness: what a terminal shows after some output, cell by cell.

``capture-pane`` prints SGR codes; they are read here by a small reader of its own, so that the
engine under test has no part in what it is compared with.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

from agentrec.terminal.engine.screen import Screen
from agentrec.terminal.engine.styles import PLAIN, Color, Style
from tests.agents_env.need import missing

Row = list[tuple[str, Style]]
"""A character and its style each, without blanks at the end."""

# Runs in the pane: writes the output as it is, then waits for the terminal to answer a question,
# which it can only do once it has read all of it.
WRITER = """
import os, sys, tty
tty.setraw(0)
data = open(sys.argv[1], "rb").read() + b"\\x18"  # ends a sequence that was cut
while data:
    data = data[os.write(1, data):]
os.write(1, b"\\x1b[5n")
while os.read(0, 1) != b"n":
    pass
os.rename(sys.argv[1], sys.argv[1] + ".done")
while os.read(0, 1):
    pass
"""
CONFIG = """
set -g status off
set -g default-terminal tmux-256color
set -g remain-on-exit on
set -g allow-passthrough off
set -g history-limit 2000
"""
LINES = dict(zip("`afghijklmnopqrstuvwxyz{|}~", "◆▒°±␤␋┘┐┌└┼⎺⎻─⎼⎽├┤┴┬│≤≥π≠£·", strict=True))


class Tmux:
    """A private tmux server; each stream gets a session of its own."""

    def __init__(self, folder: Path) -> None:
        if not shutil.which("tmux"):
            missing("tmux is not installed: scripts/packages installs it as root")
        self._folder = folder
        (folder / "tmux.conf").write_text(CONFIG)
        (folder / "write.py").write_text(WRITER)
        self._count = 0

    def _run(self, *args: str) -> str:
        env = {"PATH": os.environ["PATH"], "HOME": str(self._folder), "LC_ALL": "C.UTF-8"}
        done = subprocess.run(
            ["tmux", "-u", "-S", "socket", "-f", "tmux.conf", *args],
            cwd=self._folder,  # a socket's path has to be short
            capture_output=True,
            env=env,
            check=True,
        )
        return done.stdout.decode("utf-8", "replace")

    def show(self, output: bytes, cols: int, rows: int) -> tuple[list[Row], tuple[int, int]]:
        """The rows and the cursor (x, y) after this output."""
        self._count += 1
        name, path = f"s{self._count}", self._folder / f"stream{self._count}"
        path.write_bytes(output)
        writer = [sys.executable, "-S", str(self._folder / "write.py"), str(path)]
        self._run("new-session", "-d", "-s", name, "-x", str(cols), "-y", str(rows), *writer)
        patience = time.monotonic() + 30
        while not path.with_name(path.name + ".done").exists():
            assert time.monotonic() < patience, "tmux never finished reading"
            time.sleep(0.01)
        text = self._run("capture-pane", "-t", name, "-e", "-p", "-N")
        place = self._run("display", "-t", name, "-p", "#{cursor_x} #{cursor_y}").split()
        if self._count > 1:  # the server lives as long as it has a session
            self._run("kill-session", "-t", name)
        x = min(int(place[0]), cols - 1)  # tmux counts one more when a line is just full
        return captured(text, rows), (x, int(place[1]))

    def close(self) -> None:
        if self._count:
            self._run("kill-server")


def captured(text: str, rows: int) -> list[Row]:
    """Read what ``capture-pane -e`` printed."""
    style, lines, found = PLAIN, False, []
    for line in text.split("\n")[:rows]:
        row: Row = []
        for part in re.findall(r"\x1b\[[0-9;:]*m|\x1b\]8;[^\x1b]*\x1b\\|[\x0e\x0f]|.", line):
            if part.startswith("\x1b["):
                style = sgr(style, part[2:-1])
            elif part.startswith("\x1b]"):
                continue
            elif part in "\x0e\x0f":
                lines = part == "\x0e"
            else:
                row.append((LINES.get(part, part) if lines else part, style))
        found.append(trimmed(row))
    return found


def sgr(style: Style, params: str) -> Style:
    """The style after an SGR sequence."""
    codes = [[int(n) if n else 0 for n in part.split(":")] for part in params.split(";")]
    flags = {1: "bold", 2: "dim", 3: "italic", 5: "blink", 7: "inverse", 8: "hidden", 9: "strike"}
    while codes:
        code, *sub = codes.pop(0)
        if code == 0:
            style = PLAIN
        elif code == 4:
            style = replace(style, underline=sub[0] if sub else 1)
        elif code in flags:
            style = replace(style, **{flags[code]: True})
        elif code == 53:
            style = replace(style, overline=True)
        elif code in (38, 48, 58):
            if not sub:  # the old way, with semicolons
                length = 2 if codes[0] == [5] else 4
                sub = [number for part in codes[:length] for number in part]
                del codes[:length]
            color: Color = sub[1] if sub[0] == 5 else (sub[-3], sub[-2], sub[-1])
            name = {38: "fg", 48: "bg", 58: "underline_color"}[code]
            style = replace(style, **{name: color})
        elif 30 <= code <= 37 or 90 <= code <= 97:
            style = replace(style, fg=code - 30 if code < 40 else code - 82)
        elif 40 <= code <= 47 or 100 <= code <= 107:
            style = replace(style, bg=code - 40 if code < 50 else code - 92)
        elif code in (39, 49):
            style = replace(style, **{"fg" if code == 39 else "bg": None})
        else:
            raise AssertionError(f"the oracle speaks of SGR {code}")
    return style


def shown(screen: Screen) -> list[Row]:
    """What our screen shows, in the same terms. tmux keeps links elsewhere."""
    return [
        trimmed([(c, replace(run.style, link=None)) for run in row for c in run.text])
        for row in screen.styled_rows()
    ]


def differences(tmux: Tmux, screen: Screen, output: bytes, columns: int | None = None) -> list[str]:
    """Where ``screen`` differs from tmux after ``output``: text, styles and cursor.

    ``columns``: compare only so many from the left.
    """
    cols, rows = screen.cols, screen.rows
    theirs, cursor = tmux.show(output, cols, rows)
    found = []
    for y, (our, their) in enumerate(zip(shown(screen), theirs, strict=True)):
        if trimmed(our[:columns]) != trimmed(their[:columns]):
            found.append(f"row {y}: {our} instead of {their}")
    if screen.cursor[:2] != cursor:
        found.append(f"cursor at {screen.cursor[:2]} instead of {cursor}")
    return found


def trimmed(row: Row) -> Row:
    """Without the blanks at the end, colored or not: ``capture-pane`` does not print erased cells."""
    end = len(row)
    while end and row[end - 1][0] == " " and blank(row[end - 1][1]) == Style(bg=row[end - 1][1].bg):
        end -= 1
    return [(c, blank(style) if c == " " else style) for c, style in row[:end]]


def blank(style: Style) -> Style:
    """What can be seen of a style on a blank: not its foreground."""
    if style.inverse or style.underline or style.strike or style.overline:
        return style
    return Style(bg=style.bg)
