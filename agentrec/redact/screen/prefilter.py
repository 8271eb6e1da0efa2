"""The fast way past harmless bulk output: lines of text in which no secret is found.

What passes here is not drawn on the screen, except for the last lines. It has to be plain lines, so
that the screen shows just what the bytes say. Lines that fill the screen's width are searched as one
with the next: a program may have wrapped a secret itself.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from agentrec.redact.screen.unwrap import edge_columns
from agentrec.redact.secret_rules import find_secrets

if TYPE_CHECKING:
    from agentrec.redact.screen.output_screen import OutputScreen

# Output below which drawing is as fast.
MIN_BYTES = 4096
# Rows above the cursor in which a secret may begin.
CONTEXT_ROWS = 24

_COLORS = re.compile(rb"\x1b\[[0-9;:]*m|\x1b\[[0-2]?K")
_UNFINISHED = re.compile(rb"\x1b(?:\[[0-9;:]*)?\Z")
_TEXT = bytes([9, 10, *range(32, 127), *range(128, 256)])
_BORDER = "\u2502".encode()  # boxes wrap lines in their own way
_KEY = b"PRIVATE KEY"  # spans many lines


def harmless_length(screen: OutputScreen, data: bytes) -> int:
    """How many bytes of ``data`` need not be drawn: up to the start of a line, or none."""
    if len(data) < MIN_BYTES or not screen.plain:
        return 0
    keep = screen.height + CONTEXT_ROWS
    if data.count(b"\n") <= keep:
        return 0
    text = _plain_lines(data)
    if text is None or _KEY in text:
        return 0
    above = _text_above(screen)
    if above is None or find_secrets(_unwrapped(above + text, screen.cols)):
        return 0
    at = len(data)
    for _ in range(keep + 1):
        at = data.rfind(b"\n", 0, at)
    return at + 1


def _plain_lines(data: bytes) -> bytes | None:
    """``data`` without its colors; None when it has anything but text and line ends besides."""
    if b"\x1b" in data:
        data = _COLORS.sub(b"", data)
        unfinished = _UNFINISHED.search(data, max(0, len(data) - 40))
        data = data[: unfinished.start()] if unfinished else data
    controls = data.translate(None, _TEXT)
    if len(controls) != data.count(b"\r\n") + data.endswith(b"\r") or _BORDER in data:
        return None
    return data


def _text_above(screen: OutputScreen) -> bytes | None:
    """The rows right above the cursor; None inside a private key."""
    rows = [*screen.scrolled_off, *screen.rows[: screen.y + 1]][-CONTEXT_ROWS:]
    if any(row.pem for row in rows):
        return None
    return "\n".join("".join(row.chars[: row.used]) for row in rows).encode()


def _unwrapped(data: bytes, cols: int) -> str:
    """Text in which lines that end near the right edge go on with the next."""
    text = data.decode("utf-8", "replace").replace("\r", "")
    least = cols - edge_columns(cols)
    if not any(least <= len(line) <= cols for line in text.split("\n")):
        return text
    return re.sub(rf"(?m)^([^\n]{{{least},{cols}}})\n[ \t]*", r"\1", text)
