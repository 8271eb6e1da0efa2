"""How cells look, independent of the engine: colors, attributes, and runs of equal cells."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple

Color = int | tuple[int, int, int] | None
"""A palette index 0-255, an ``(r, g, b)`` triple, or None for the terminal's default."""

UNDERLINES = ("none", "single", "double", "curly", "dotted", "dashed")
"""What the numbers in :attr:`Style.underline` mean; they are those of ``SGR 4:n``."""

UNSHOWABLE = re.compile(
    r"[\x00-\x1f\x7f-\x9f\xad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]"
)
"""Controls, and format characters that change the text direction; not the joiners within emoji."""


@dataclass(frozen=True, slots=True)
class Style:
    """Everything SGR and OSC 8 can say about a cell. ``link`` is the URI of a hyperlink."""

    fg: Color = None
    bg: Color = None
    bold: bool = False
    dim: bool = False
    italic: bool = False
    underline: int = 0
    underline_color: Color = None
    blink: bool = False
    inverse: bool = False
    hidden: bool = False
    strike: bool = False
    overline: bool = False
    link: str | None = None


PLAIN = Style()


class Run(NamedTuple):
    """Neighboring cells of one row and one style; each code point takes one of them, or each two.

    ``width`` is in cells, not characters.
    """

    text: str
    width: int
    style: Style


class Cluster(Run):
    """The run of a single cell, or of a wide one, that holds several code points."""

    __slots__ = ()


def hex_color(color: Color) -> int | str | None:
    """A color for JSON: the palette index, ``#rrggbb``, or None."""
    return "#{:02x}{:02x}{:02x}".format(*color) if isinstance(color, tuple) else color
