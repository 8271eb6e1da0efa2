"""Fonts of pixel pictures: our own, and those of the system for what it lacks."""

from __future__ import annotations

import io
import os
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, NamedTuple

from PIL import ImageFont

if TYPE_CHECKING:
    from collections.abc import Iterator

FONT_PIXELS = 16
_FOLDERS = (
    "~/.local/share/fonts",
    "~/.fonts",
    "~/Library/Fonts",
    "/usr/local/share/fonts",
    "/usr/share/fonts",
    "/Library/Fonts",
    "/System/Library/Fonts",
)
# Signs of East Asia, symbols, icons. The first one that has a character draws it.
_MORE = (
    "NotoSansMonoCJK-Regular.ttc",
    "NotoSansCJK-Regular.ttc",
    "wqy-zenhei.ttc",
    "wqy-microhei.ttc",
    "DroidSansFallbackFull.ttf",
    "PingFang.ttc",
    "Hiragino Sans GB.ttc",
    "AppleSDGothicNeo.ttc",
    "DejaVuSans.ttf",
    "NotoSansSymbols2-Regular.ttf",
    "NotoSansSymbols-Regular.ttf",
    "Apple Symbols.ttf",
    "SymbolsNerdFontMono-Regular.ttf",
)
_EMOJI = ("NotoColorEmoji.ttf", "Apple Color Emoji.ttc")
# They hold pictures of one size: Noto's, and some of Apple's.
_EMOJI_PIXELS = (109, 160, 96)
_NEVER_USED = "\U0010fffe"


class EmojiFont(NamedTuple):
    """A font of colored pictures, which are ``pixels`` high."""

    font: ImageFont.FreeTypeFont
    pixels: int


@cache
def own_font(*, bold: bool) -> ImageFont.FreeTypeFont:
    """The font that comes with agentrec."""
    name = "DejaVuSansMono-Bold.ttf" if bold else "DejaVuSansMono.ttf"
    font = (files("agentrec.export.picture") / "fonts" / name).read_bytes()
    return ImageFont.truetype(io.BytesIO(font), FONT_PIXELS)


@cache
def font_for(char: str, *, bold: bool) -> ImageFont.FreeTypeFont:
    """Our font, or one of the system that has what ours lacks."""
    own = own_font(bold=bold)
    if has(own, char):
        return own
    return next((font for font in _more_fonts() if has(font, char)), own)


@cache
def emoji_font() -> EmojiFont | None:
    """The system's font of colored emoji; None without one that Pillow can draw."""
    for path in _found(_EMOJI):
        for pixels in _EMOJI_PIXELS:
            try:
                return EmojiFont(ImageFont.truetype(path, pixels), pixels)
            except OSError:
                continue
    return None


@cache
def has(font: ImageFont.FreeTypeFont, char: str) -> bool:
    """Whether it has the first character: what it lacks looks like a code point that is never used."""
    return bytes(font.getmask(char[:1])) != bytes(font.getmask(_NEVER_USED))


@cache
def _more_fonts() -> tuple[ImageFont.FreeTypeFont, ...]:
    return tuple(_opened(_found(_MORE)))


def _opened(paths: list[str]) -> Iterator[ImageFont.FreeTypeFont]:
    for path in paths:
        try:
            yield ImageFont.truetype(path, FONT_PIXELS)
        except OSError:
            continue


def _found(names: tuple[str, ...]) -> list[str]:
    """The files with these names, in the order of the names."""
    files_by_name = _installed()
    return [files_by_name[name] for name in names if name in files_by_name]


@cache
def _installed() -> dict[str, str]:
    found: dict[str, str] = {}
    for folder in map(os.path.expanduser, _FOLDERS):
        for parent, _, names in os.walk(folder):
            for name in names:
                found.setdefault(name, os.path.join(parent, name))
    return found
