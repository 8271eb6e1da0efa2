"""Draws recorded cells as segments of the player's own screen.

Only text and styles pass: no recorded escape sequence, and no link that is not a web page.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from rich.cells import cell_len, set_cell_size, split_graphemes
from rich.color import Color as RichColor
from rich.segment import Segment
from rich.style import Style as RichStyle
from textual.strip import Strip

from agentrec.terminal.engine.styles import UNSHOWABLE

if TYPE_CHECKING:
    from agentrec.terminal.engine.styles import Color, Run, Style

_WEB = re.compile(r"https?://[^\s\x00-\x20\x7f-\x9f]+")


class Palette(NamedTuple):
    """The colors a recorded terminal is shown in: default text and ground, and the first 16."""

    fg: str
    bg: str
    ansi: tuple[str, ...]
    hit: tuple[str, str]  # text and ground of what a search found
    mono: bool = False  # no colors, only attributes such as bold


DARK = Palette(
    fg="#d5d9e0",
    bg="#14161b",
    ansi=(
        *("#1f232b", "#d8525c", "#3fa45b", "#c9a227", "#4482e0", "#b160cc", "#2a9fb5", "#c8ccd4"),
        *("#6b7280", "#ff7a85", "#7ddb8f", "#ffd68a", "#7ab3ff", "#dd97f3", "#6fdbe8", "#ffffff"),
    ),
    hit=("#14161b", "#ffd166"),
)
LIGHT = Palette(
    fg="#24292f",
    bg="#ffffff",
    ansi=(
        *("#24292f", "#c0262d", "#1a7f37", "#8a6100", "#0969da", "#8250df", "#1b7c83", "#d0d7de"),
        *("#6e7781", "#e5484d", "#2da44e", "#b08000", "#218bff", "#a475f9", "#3192aa", "#f6f8fa"),
    ),
    hit=("#24292f", "#ffd84d"),
)

MONO = Palette("default", "default", ("default",) * 16, ("default", "default"), mono=True)


def strip_of(runs: list[Run], cols: int, palette: Palette, hits: list[tuple[int, int]]) -> Strip:
    """A row of exactly ``cols`` cells; ``hits`` are the cell spans to highlight."""
    segments = [Segment(drawn_text(run), rich_style(run.style, palette)) for run in runs]
    strip = Strip(segments, sum(run.width for run in runs))
    strip = strip.adjust_cell_length(cols, RichStyle(bgcolor=RichColor.parse(palette.bg)))
    return _highlight(strip, hits, _hit_style(palette)) if hits else strip


@lru_cache(2048)
def rich_style(style: Style, palette: Palette) -> RichStyle:
    """How a recorded style is drawn."""
    bg = _color(style.bg, palette.bg, palette)
    fg = _color(style.fg, palette.fg, palette)
    return RichStyle(
        color=fg,
        bgcolor=bg,
        bold=style.bold or None,
        dim=style.dim or None,
        italic=style.italic or None,
        underline=style.underline not in (0, 2) or None,
        underline2=style.underline == 2 or None,
        blink=style.blink or None,
        reverse=style.inverse or None,
        strike=style.strike or None,
        overline=style.overline or None,
        link=style.link if style.link and _WEB.fullmatch(style.link) else None,
    )


def drawn_text(run: Run) -> str:
    """The text of a run as it is drawn, in exactly its width."""
    return " " * run.width if run.style.hidden else fitted(run.text, run.width)


@lru_cache(8192)
def fitted(text: str, width: int) -> str:
    """``text`` in exactly ``width`` cells, as the user's terminal counts them.

    Engines differ on a few sequences (joined emoji, odd combinations). Where they do, the first
    character stands for its cluster, so that everything right of it stays in place.
    """
    if not text.isprintable():
        text = UNSHOWABLE.sub("", text)
    if cell_len(text) == width:
        return text
    spans, _ = split_graphemes(text)
    text = "".join(text[start] if end - start > 1 else text[start:end] for start, end, _ in spans)
    return set_cell_size(text, width)


def find_spans(runs: list[Run], pattern: re.Pattern[str]) -> list[tuple[int, int]]:
    """Cell spans of a row that ``pattern`` matches."""
    text = "".join(run.text for run in runs)
    spans = [match.span() for match in pattern.finditer(text) if match.end() > match.start()]
    if not spans or text.isascii():
        return spans
    return [(cell_len(text[:start]), cell_len(text[:end])) for start, end in spans]


def _highlight(strip: Strip, spans: list[tuple[int, int]], hit: RichStyle) -> Strip:
    parts = []
    end_before = 0
    for start, end in spans:
        parts.append(strip.crop(end_before, start))
        inside = strip.crop(start, end)
        parts.append(
            Strip([Segment(text, (style or hit) + hit) for text, style, _ in inside], end - start)
        )
        end_before = end
    parts.append(strip.crop(end_before))
    return Strip.join(parts)


@lru_cache(8)
def _hit_style(palette: Palette) -> RichStyle:
    return RichStyle(color=palette.hit[0], bgcolor=palette.hit[1], bold=True, reverse=palette.mono)


@lru_cache(1024)
def _color(color: Color, default: str, palette: Palette) -> RichColor:
    if color is None or palette.mono:
        return RichColor.parse(default)
    if isinstance(color, tuple):
        return RichColor.from_rgb(*color)
    if color < 16:
        return RichColor.parse(palette.ansi[color])
    return RichColor.from_rgb(*xterm_rgb(color))


def xterm_rgb(index: int) -> tuple[int, int, int]:
    """The fixed part, 16 to 255, of the xterm palette: a 6x6x6 cube and a gray ramp."""
    if index >= 232:
        level = 8 + 10 * (index - 232)
        return level, level, level
    index -= 16
    red, green, blue = (
        0 if step == 0 else 55 + 40 * step for step in (index // 36, index // 6 % 6, index % 6)
    )
    return red, green, blue
