"""The fast way past harmless bulk output: lines of text in which nothing looks like a secret.

What passes here is not drawn on the screen, except for the last lines. It has to be plain lines
(so that the screen shows just what the bytes say) without anything a rule could match, also when
the lines were one: a program may have wrapped a secret itself.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from agentrec.redact.secret_rules import PREFIXED

if TYPE_CHECKING:
    from collections.abc import Iterable

    from agentrec.redact.screen.output_screen import OutputScreen

# Output below which drawing is as fast.
MIN_BYTES = 4096
# Rows above the cursor in which a secret may begin.
CONTEXT_ROWS = 24

_COLORS = re.compile(rb"\x1b\[[0-9;:]*m|\x1b\[[0-2]?K")
_UNFINISHED = re.compile(rb"\x1b(?:\[[0-9;:]*)?\Z")
_TEXT = bytes([9, 10, *range(32, 127), *range(128, 256)])
_BLANKS = b" \t\r\n"
_BORDER = "\u2502".encode()  # boxes wrap lines in their own way


# Everything here has to let through whatever a rule matches; a test holds it against all of them.
# A pattern that begins with a fixed string is found many times as fast as one of alternatives.
_UNDERSCORE = re.compile(
    rb"_(?=[A-Za-z0-9]{8})(?:%s)"
    % b"|".join(
        rb"(?<=%s)" % start.encode()
        for _, starts, _, _ in PREFIXED
        for start in starts.split()
        if start.endswith("_")
    )
)
_PATTERNS = (
    _UNDERSCORE,
    re.compile(rb"A(?:[KSB]IA|CCA|Iza|TATT3)"),
    re.compile(rb"SK[0-9a-f]{24}"),
    re.compile(rb"sk-[A-Za-z0-9_-]{12}"),
    re.compile(rb"xox[a-z]-"),
    re.compile(rb"gl(?:pat|dt|rt|ptt|cbt|soat|agent|sa_|c_)"),
    re.compile(rb"eyJ[A-Za-z0-9_-]{8}"),
    re.compile(rb"key-[0-9a-f]{24}"),
)
_EXACT = tuple(
    b"KEY-1 Q~ :AA //0 hooks.s webhooks/ sig= dapi -AgE xapp- pplx- xai- tskey- PMAK- GOCSPX- ya29. SG. hvs. "
    b"hvb. dp.pt. dp.st. github_pat_ dckr_ sntry".split()
)
_USERINFO = re.compile(rb"://[^/@:]{0,200}:[^/@]{1,400}@")
_HEADER_WORDS = (b"bearer", b"horization")
_SEPARATOR = rb"[\"'`\\]{0,2}(?::=|=>|=|:)"
_SUFFIX = rb"[a-z_-]{0,16}[0-9]{0,2}"
_KEYS = b"|".join(
    rb"(?<=%s[_-]key)|(?<=%skey)" % (kind, kind)
    for kind in b"api access secret private auth account signing encryption master service deploy "
    b"storage".split()
)
_NAMES = {
    b"key": re.compile(rb"key(?:-----|(?:%s)%s%s)" % (_KEYS, _SUFFIX, _SEPARATOR)),
    b"token": re.compile(rb"token%s%s" % (_SUFFIX, _SEPARATOR)),
    b"secret": re.compile(rb"secret%s%s" % (_SUFFIX, _SEPARATOR)),
    b"pass": re.compile(rb"pass(?:wo?r?d|wd|phrase)%s%s" % (_SUFFIX, _SEPARATOR)),
    b"pwd": re.compile(rb"pwd%s%s" % (_SUFFIX, _SEPARATOR)),
    b"credential": re.compile(rb"credential%s%s" % (_SUFFIX, _SEPARATOR)),
}
_SETTING = re.compile(rb"_KEY[\"'`\\]{0,2}(?::=|=>|=|:)")


def harmless_length(screen: OutputScreen, data: bytes) -> int:
    """How many bytes of ``data`` need not be drawn: up to the start of a line, or none."""
    if len(data) < MIN_BYTES or not screen.plain:
        return 0
    keep = screen.height + CONTEXT_ROWS
    if data.count(b"\n") <= keep:
        return 0
    text = _plain_lines(data)
    if text is None:
        return 0
    above = _text_above(screen)
    if above is None or suspicious(above + text.translate(None, _BLANKS)):
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
    """What stands right above the cursor, without blanks; None inside a private key."""
    rows = [*screen.scrolled_off, *screen.rows[: screen.y + 1]][-CONTEXT_ROWS:]
    if any(row.pem for row in rows):
        return None
    return without_blanks("".join(row.chars[: row.used]) for row in rows)


def without_blanks(texts: Iterable[str]) -> bytes:
    """Texts as one, without blanks, for :func:`suspicious`."""
    return "".join(texts).replace(" ", "").encode("ascii", "replace")


def suspicious(text: bytes) -> bool:
    """Whether a rule could match in ``text``, which has no blanks or line ends."""
    if any(part in text for part in _EXACT):
        return True
    if any(pattern.search(text) for pattern in _PATTERNS):
        return True
    if b"@" in text and _USERINFO.search(text):
        return True
    lowered = text.lower()
    if any(word in lowered for word in _HEADER_WORDS):
        return True
    if any(name in lowered and pattern.search(lowered) for name, pattern in _NAMES.items()):
        return True
    return b"_KEY" in text and _SETTING.search(text) is not None
