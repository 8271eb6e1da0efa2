"""Reading values out of records that somebody else has written: a wrong type is an absent value."""

from __future__ import annotations

import json
import re

# An object of JSON whose values nobody has looked at yet.
JsonObject = dict[str, object]

_MANY = 1 << 50
_EXIT = re.compile(r"^Exit Code: (\d{1,3})$", re.MULTILINE)


def text(value: object) -> str:
    """A string, or an empty one."""
    return value if isinstance(value, str) else ""


def count(value: object) -> int:
    """A number of tokens, or 0. One that no model can have read is none: dollars are made of them."""
    return value if type(value) is int and 0 < value < _MANY else 0


def amount(value: object) -> float | None:
    """A number that can be summed up and written down; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value if abs(value) < _MANY else None


def parsed(value: object) -> object:
    """The JSON value in a text; anything else, and a text that is not JSON, as it is."""
    if not isinstance(value, str):
        return value
    try:
        found: object = json.loads(value)
    except (ValueError, RecursionError):
        return value
    return found


def table(value: object) -> JsonObject:
    """An object, or an empty one."""
    return value if isinstance(value, dict) else {}


def tables(value: object) -> list[JsonObject]:
    """The objects in a list."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def words(value: object) -> list[str]:
    """What is in a list, as texts: of a command, the program and its arguments."""
    return [str(item) for item in value] if isinstance(value, list) else []


def error_words(message: str) -> str:
    """An error as a server says it: the words in its JSON, with what stands before it."""
    before, brace, _ = message.partition("{")
    answer = table(parsed(message[len(before) :])) if brace else {}
    inner = answer.get("error", answer)
    said = text(inner) or text(table(inner).get("message"))
    return f"{before}{said}" if said else message


def exit_code(output: str) -> int | None:
    """What the shell tools of Gemini CLI and its kin say in a line of their output."""
    found = _EXIT.search(output)
    return int(found[1]) if found else None
