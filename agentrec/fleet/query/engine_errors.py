"""What ClickHouse says when it fails, on one line and without its own structure."""

from __future__ import annotations

import re

_MESSAGE = re.compile(r"Code: \d+\. DB::(?:\w+::)*\w+: (.*)", re.DOTALL)
# Where in its own source or in the query it was.
_PLACE = re.compile(r":? (?:While executing|In scope|: While|Stack trace|\(version ).*", re.DOTALL)
_MAX_CHARS = 300


def reason_of(text: str) -> str:
    """The reason, from the text of an error."""
    found = _MESSAGE.search(text)
    reason = _PLACE.sub("", found[1] if found else text)
    return " ".join(reason.split())[:_MAX_CHARS] or "no reason given"
