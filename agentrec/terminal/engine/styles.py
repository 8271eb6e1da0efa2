"""How a cell looks, free of any engine: colours, attributes, and runs of equal cells."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple

Colour = int | tuple[int, int, int] | None
"""A palette index 0-255, an ``(r, g, b)`` triple, or None for the terminal's default."""

UNDERLINES = ("none", "single", "double", "curly", "dotted", "dashed")
"""What the numbers in :attr:`Style.underline` mean; they are those of ``SGR 4:n``."""

UNSHOWABLE = re.compile(
    r"[\x00-\x1f\x7f-\x9f\xad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]"
)
"""Controls, and format characters that turn the order of what follows; joiners within emoji are none."""


@dataclass(frozen=True, slots=True)
class Style:
    """Everything SGR and OSC 8 can say about a cell. ``link`` is the URI of a hyperlink."""

    fg: Colour = None
    bg: Colour = None
    bold: bool = False
    dim: bool = False
    italic: bool = False
    underline: int = 0
    underline_colour: Colour = None
    blink: bool = False
    inverse: bool = False
    hidden: bool = False
    strike: bool = False
    overline: bool = False
    link: str | None = None


PLAIN = Style()


class Run(NamedTuple):
    """Neighbouring cells of one row and one style. ``width`` is in cells, not characters."""

    text: str
    width: int
    style: Style
