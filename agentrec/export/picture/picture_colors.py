"""Themes of pictures: which colors cells have."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from agentrec.terminal.engine.styles import Color, Style

Rgb = tuple[int, int, int]

_CUBE = (0, 95, 135, 175, 215, 255)
_DIM = 0.6  # of the text's color; the rest is background
# Of text, where a program has chosen its colors for a dark terminal and the theme is light.
_MIN_CONTRAST = 4.5
_STEP = 0.1
_BLACK, _WHITE = (0, 0, 0), (255, 255, 255)


def _rgb(text: str) -> Rgb:
    return int(text[1:3], 16), int(text[3:5], 16), int(text[5:7], 16)


@dataclass(frozen=True, slots=True)
class PictureTheme:
    """Colors of text and background without a color of their own, the frame's, and the first 16."""

    text: Rgb
    ground: Rgb
    frame: Rgb
    title: Rgb
    palette: tuple[Rgb, ...]


def _theme(text: str, ground: str, frame: str, title: str, palette: str) -> PictureTheme:
    colors = tuple(_rgb(color) for color in palette.split())
    return PictureTheme(_rgb(text), _rgb(ground), _rgb(frame), _rgb(title), colors)


# Dark and light are those of the web page.
THEMES = {
    "dark": _theme(
        *("#d5d9e0", "#14161b", "#1c1f26", "#8b95a5"),
        "#1f232b #d8525c #3fa45b #c9a227 #4482e0 #b160cc #2a9fb5 #c8ccd4"
        " #6b7280 #ff7a85 #7ddb8f #ffd68a #7ab3ff #dd97f3 #6fdbe8 #ffffff",
    ),
    "light": _theme(
        *("#24292f", "#ffffff", "#e3e7ec", "#59636e"),
        "#24292f #b3202a #116329 #7d4e00 #0550ae #7a2f9c #10636a #59636e"
        " #424a53 #cf222e #1a7f37 #9a6700 #218bff #a475f9 #1b7c83 #8c959f",
    ),
    "xterm": _theme(
        *("#e5e5e5", "#000000", "#303030", "#b0b0b0"),
        "#000000 #cd0000 #00cd00 #cdcd00 #0000ee #cd00cd #00cdcd #e5e5e5"
        " #7f7f7f #ff0000 #00ff00 #ffff00 #5c5cff #ff00ff #00ffff #ffffff",
    ),
}


def color_of(theme: PictureTheme, color: Color) -> Rgb | None:
    """A cell's color as red, green and blue; None for the default."""
    if color is None or isinstance(color, tuple):
        return color
    if color < len(theme.palette):
        return theme.palette[color]
    if color < 232:
        color -= 16
        return _CUBE[color // 36], _CUBE[color // 6 % 6], _CUBE[color % 6]
    gray = 8 + 10 * (color - 232)
    return gray, gray, gray


@cache
def cell_colors(theme: PictureTheme, style: Style) -> tuple[Rgb, Rgb | None]:
    """The colors of shapes and background; None for a background that is the theme's."""
    text, ground = color_of(theme, style.fg) or theme.text, color_of(theme, style.bg)
    if style.inverse:
        text, ground = ground or theme.ground, text
    behind = ground or theme.ground
    if style.hidden:
        text = behind
    elif style.dim:
        text = mixed(text, behind, _DIM)
    return text, ground


@cache
def letter_color(theme: PictureTheme, style: Style) -> Rgb:
    """The color of letters. On a light theme they can be read also if a program expects a dark one."""
    text, ground = cell_colors(theme, replace(style, dim=False))
    behind = ground or theme.ground
    if luminance(theme.ground) > luminance(theme.text) and not style.hidden:
        text = readable(text, behind)
    return mixed(text, behind, _DIM) if style.dim and not style.hidden else text


@cache
def readable(text: Rgb, behind: Rgb) -> Rgb:
    """``text``, or a darker or lighter one that can be read on ``behind``."""
    aim = max(_BLACK, _WHITE, key=lambda color: contrast(color, behind))
    share = 1.0
    while contrast(new := mixed(text, aim, share), behind) < _MIN_CONTRAST and share > 0:
        share = max(0.0, share - _STEP)
    return new


def contrast(first: Rgb, second: Rgb) -> float:
    """Of two colors, as WCAG defines it: 1 to 21."""
    darker, lighter = sorted((luminance(first), luminance(second)))
    return (lighter + 0.05) / (darker + 0.05)


def luminance(color: Rgb) -> float:
    """How bright it is, as WCAG defines it: 0 to 1."""
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in (value / 255 for value in color)
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def mixed(first: Rgb, second: Rgb, share: float) -> Rgb:
    """A color between two; ``share`` is that of the first."""
    red, green, blue = (
        round(a * share + b * (1 - share)) for a, b in zip(first, second, strict=True)
    )
    return red, green, blue


def hex_of(color: Rgb) -> str:
    """``#rrggbb``."""
    return "#{:02x}{:02x}{:02x}".format(*color)
