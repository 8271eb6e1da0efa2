"""How many cells a character takes."""

from __future__ import annotations

import re
import unicodedata

# Text of one cell a character, without looking each up: Latin, Greek, Cyrillic, punctuation, arrows,
# mathematics, box drawing, blocks, Braille, private use; not what may be wide or of no width there.
PLAIN = re.compile(
    "[\x20-\x7e\xa0-\xac\xae-\u02ff\u0370-\u0482\u048a-\u0590\u2010-\u2027\u2030-\u205e\u2070-\u209c"
    "\u20a0-\u20bf\u2100-\u2319\u231c-\u2328\u232b-\u23e8\u23f4-\u25fc\u25ff-\u2613\u2616-\u2647"
    "\u2654-\u267e\u2680-\u2692\u2694-\u26a0\u26a2-\u26a9\u2701-\u2704\u2706-\u2709\u270c-\u2727"
    "\u2729-\u274b\u2758-\u2794\u2798-\u27af\u27b1-\u27be\u27c0-\u2b1a\ue001-\uf8ff\ufffd]+"
)
_JOINER = "\u200d"


def width(char: str, before: str) -> int:
    """Cells ``char`` takes when it follows ``before``: 0, 1 or 2."""
    if before == _JOINER or unicodedata.category(char) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1
