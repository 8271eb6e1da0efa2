"""What can be seen of a screen, to compare two that were drawn differently."""

from __future__ import annotations

from dataclasses import replace

from agentrec.terminal.engine.screen import Screen
from agentrec.terminal.engine.styles import PLAIN, Style


def visible(screen: Screen) -> tuple[object, ...]:
    """Size, cells, cursor, modes and title. A blank has only the parts of its style that show."""
    rows = [
        [(char, _shown(char, run.style)) for run in row for char in run.text]
        for row in screen.styled_rows()
    ]
    return (screen.cols, screen.rows), rows, screen.cursor, screen.modes, screen.title


def _shown(char: str, style: Style) -> Style:
    if not char.isspace() or style.inverse or style.underline or style.strike or style.overline:
        return style
    return replace(PLAIN, bg=style.bg, link=style.link)
