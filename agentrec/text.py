"""Text for people: sizes, counts, and foreign text made safe to print. A leaf: it imports nothing of ours."""

import re

_BLANKS = {
    **dict.fromkeys("\u00a0\u1680\u202f\u205f", " "),
    **{chr(code): " " for code in range(0x2000, 0x200B)},
    "\u3000": "\u3000",
}
# Between emoji and between letters: zero-width joiner and non-joiner; in flags: tags.
_JOINERS = frozenset(("\u200c", "\u200d", *map(chr, range(0xE0020, 0xE0080))))
_LINE_BREAKS = dict.fromkeys(map(ord, "\n\r\t"), " ")
# What JSON may hold unescaped and a terminal or an editor acts upon: DEL and C1, marks that turn the
# direction of text, separators of lines. Lone surrogates are not even UTF-8.
_ACTIVE = re.compile("[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def format_size(count: int) -> str:
    """``14.1 KB``: a number of bytes in decimal units."""
    value = float(count)
    for unit in ("B", "KB", "MB", "GB"):
        if value < 1000 or unit == "GB":
            break
        value /= 1000
    return f"{count} B" if unit == "B" else f"{value:.1f} {unit}"


def plural(count: int, noun: str) -> str:
    """``1 event``, ``2,000 events``."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def printable(text: str) -> str:
    """``text`` with everything a terminal could act on made visible, as ``cat -v`` does.

    Blanks of any width but the wide one become plain ones; what joins characters beyond ASCII stays.
    """
    if text.isprintable():
        return text
    before = " " + text
    return "".join(map(_safe, text, before))


def inert_json(text: str) -> str:
    """JSON with everything escaped that a terminal or an editor could act on. Its value stays the same."""
    return _ACTIVE.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def one_line(text: str) -> str:
    """``text`` on one line: line breaks and tabs become blanks, the rest is :func:`printable`."""
    if text.isprintable():
        return text
    return printable(text.translate(_LINE_BREAKS))


def shorten(text: str, limit: int) -> str:
    """``text`` without line breaks and double blanks, cut with an ellipsis."""
    line = " ".join(text[: 4 * limit].split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def _safe(char: str, before: str) -> str:
    if char.isprintable() or (before > "\x7f" and char in _JOINERS):
        return char
    return _BLANKS.get(char) or _visible(char)


def _visible(char: str) -> str:
    code = ord(char)
    if code < 32 or code == 127:
        return f"^{chr(code ^ 64)}"
    return f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}"
