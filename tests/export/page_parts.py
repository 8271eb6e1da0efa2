"""What is inside an exported HTML file, unpacked by its description."""

from __future__ import annotations

import base64
import json
import re
import zlib
from typing import Any

_PART = re.compile(
    r'<script type="text/plain" data-part="(\w+)"(?: data-begin="(\d+)")?>([^<]*)</script>'
)


def parts(page: str) -> list[tuple[str, int | None, str]]:
    """``(name, begin in ms, text)`` of each part, in order."""
    return [
        (name, int(begin) if begin else None, zlib.decompress(base64.b64decode(packed)).decode())
        for name, begin, packed in _PART.findall(page)
    ]


def part(page: str, name: str) -> str:
    """The text of the only part with this name."""
    (found,) = [text for other, _, text in parts(page) if other == name]
    return found


def lines(page: str, name: str) -> list[Any]:
    """The JSON values of such a part, one a line."""
    return [json.loads(line) for line in part(page, name).splitlines()]
