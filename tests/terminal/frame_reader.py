"""A reader of film frames, written from their description alone, and what a screen should look like."""

from __future__ import annotations

from typing import Any

from agentrec.terminal.engine.screen import Screen
from agentrec.terminal.engine.styles import UNSHOWABLE, Cluster, Run, Style
from agentrec.terminal.output.frame_deltas import ATTRIBUTES
from agentrec.terminal.output.sanitize import safe_link

Cell = tuple[str, int, tuple[Any, ...]]
_SHAPES = {"block": 1, "bar": 2, "underline": 3, "hollow": 4}


class Shown:
    """What a page shows after the frames it was given."""

    def __init__(self) -> None:
        self.size = (0, 0)
        self.rows: list[list[Any]] = []
        self.cursor = [0, 0, 0]
        self.title = ""
        self.styles: list[list[Any]] = [[]]

    def apply(self, frame: dict[str, Any]) -> None:
        if "s" in frame:
            self.size = (frame["s"][0], frame["s"][1])
            self.rows = [[] for _ in range(self.size[1])]
        if by := frame.get("u", 0):
            count = len(self.rows)
            self.rows = [self.rows[y + by] if 0 <= y + by < count else [] for y in range(count)]
        self.styles += frame.get("y", [])
        for y, *runs in frame.get("r", []):
            self.rows[y] = runs
        self.cursor = frame.get("c", self.cursor)
        self.title = frame.get("w", self.title)

    def runs(self) -> list[list[Cell]]:
        """Each row as ``(text, cells, looks)``, equal neighbours joined, up to the right margin."""
        return [joined([self._run(run) for run in row], self.size[0]) for row in self.rows]

    def _run(self, run: Any) -> Cell:
        if isinstance(run, str):
            run = [0, run]
        looks = self.styles[run[0]]
        return (run[1], abs(run[2]) if len(run) > 2 else len(run[1]), tuple(looks))


def expected(screen: Screen) -> list[list[Cell]]:
    """The same of a screen."""
    return [
        joined([(_text(r), r.width, _looks(r.style)) for r in row], screen.cols)
        for row in screen.styled_rows()
    ]


def cursor(screen: Screen) -> list[int]:
    """The cursor as frames tell it."""
    place = screen.cursor
    return [place.x, place.y, _SHAPES[place.shape] if place.visible else 0]


def joined(runs: list[Cell], cols: int) -> list[Cell]:
    """Neighbours that look the same as one; blanks up to ``cols`` cells at the end."""
    found: list[Cell] = []
    rest = cols - sum(width for _, width, _ in runs)
    assert rest >= 0
    for run in [*runs, (" " * rest, rest, ())]:
        if found and found[-1][2] == run[2]:
            before = found.pop()
            found.append((before[0] + run[0], before[1] + run[1], run[2]))
        elif run[1]:
            found.append(run)
    return found


def _text(run: Run | Cluster) -> str:
    """What has a cell keeps it; what is part of a cluster has none."""
    if run.style.hidden:
        return " " * run.width
    return UNSHOWABLE.sub("" if isinstance(run, Cluster) else " ", run.text)


def _looks(style: Style) -> tuple[Any, ...]:
    colors = [
        "#{:02x}{:02x}{:02x}".format(*color) if isinstance(color, tuple) else color
        for color in (style.fg, style.bg, style.underline_color)
    ]
    attributes = sum(bit for name, bit in ATTRIBUTES.items() if getattr(style, name))
    looks = [*colors[:2], attributes or None, style.underline or None, colors[2]]
    looks.append(style.link if style.link and safe_link(style.link) else None)
    while looks and looks[-1] is None:
        looks.pop()
    return tuple(looks)
