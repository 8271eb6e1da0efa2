"""Labels of moments in words."""

from __future__ import annotations

import json
import re
from typing import Any

# What says most about a tool call, by the names that agents give it.
_TELLING = (
    "command",
    "cmd",
    "file_path",
    "path",
    "pattern",
    "query",
    "url",
    "description",
    "prompt",
    "text",
)

# The files of a patch, in a text or in JSON.
_PATCHED = re.compile(r"\*\*\* (?:Add|Update|Delete) File: ([^\s\\\"']+)")


def one_line(text: str, limit: int) -> str:
    """``text`` without line breaks and double blanks, cut with an ellipsis."""
    line = " ".join(text[: 4 * limit].split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def of_call(data: dict[str, Any]) -> str:
    """``Bash: pytest -q``: a tool call."""
    name, given = str(data.get("name") or "tool"), data.get("input")
    patched = _PATCHED.findall(str(given)) if name == "apply_patch" else None
    if patched:
        return f"{name}: {', '.join(patched)}"
    if isinstance(given, dict):
        given = next((given[key] for key in _TELLING if given.get(key)), given or "")
    if isinstance(given, list):
        given = " ".join(map(str, given))
    if isinstance(given, dict):
        given = json.dumps(given, ensure_ascii=False)
    return f"{name}: {given}" if given else name
