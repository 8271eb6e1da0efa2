"""Parameters and bodies, checked by the schemas of the document.

Only what its schemas use is known here: types, bounds, patterns, enumerations, arrays in queries, flat
objects in bodies. A schema with anything else is refused when the routes are made.
"""

from __future__ import annotations

import json
import math
import re
from typing import TYPE_CHECKING, Any

from agentrec.web.problems import ProblemError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

Schema = dict[str, Any]

_KNOWN = {
    "type",
    "minimum",
    "maximum",
    "minLength",
    "maxLength",
    "pattern",
    "enum",
    "default",
    "items",
    "maxItems",
}
_WHOLE = re.compile(r"-?[0-9]{1,400}")
_NUMBER = re.compile(r"-?[0-9]{1,400}(\.[0-9]{1,400})?([eE][-+]?[0-9]{1,3})?")


def refuse_unknown(schema: Schema) -> None:
    """Raises ValueError for a schema that is not checked here in full."""
    unknown = set(schema) - _KNOWN
    if unknown or schema.get("type") not in {"string", "integer", "number", "boolean", "array"}:
        raise ValueError(f"a schema that cannot be checked: {schema}")
    if schema["type"] == "array":
        refuse_unknown(schema["items"])


def read_query(declared: Iterable[Schema], given: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """The declared query parameters, by name, from what was given; missing ones as their default or None.

    Raises ProblemError.
    """
    found: dict[str, Any] = {}
    for parameter in declared:
        name, schema = parameter["name"], parameter["schema"]
        texts = [value for key, value in given if key == name]
        if schema["type"] == "array":
            found[name] = [_parsed(name, schema["items"], text) for text in texts]
            _bounded(name, schema, found[name])
        elif len(texts) > 1:
            raise ProblemError(400, f"{name} is given more than once")
        elif texts:
            found[name] = _parsed(name, schema, texts[0])
        elif parameter.get("required"):
            raise ProblemError(400, f"{name} is missing")
        else:
            found[name] = schema.get("default")
    return found


def read_path(parameter: Schema, text: str) -> str:
    """A parameter of the path. Raises ProblemError: 404, since there is nothing of that name."""
    try:
        value: str = _parsed(parameter["name"], parameter["schema"], text)
    except ProblemError as problem:
        raise ProblemError(404, problem.detail) from None
    return value


def read_body(schema: Schema, raw: bytes) -> dict[str, Any]:
    """The members of a JSON object; those that are missing as their default or None. Raises ProblemError."""
    try:
        value = json.loads(raw, parse_constant=_no_json)
    except (ValueError, RecursionError):
        raise ProblemError(400, "the body is not JSON") from None
    if not isinstance(value, dict):
        raise ProblemError(400, "the body is not a JSON object")
    members = schema["properties"]
    unknown = sorted(set(value) - set(members))
    if unknown:
        raise ProblemError(400, f"there is no {unknown[0][:100]!r}", f"known: {', '.join(members)}")
    for name in schema.get("required", ()):
        if name not in value:
            raise ProblemError(400, f"{name} is missing")
    found = {name: member.get("default") for name, member in members.items()}
    for name, given in value.items():
        _checked(name, members[name], given)
        found[name] = int(given) if members[name]["type"] == "integer" else given
    return found


def _no_json(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def _parsed(name: str, schema: Schema, text: str) -> Any:
    value: Any = text
    if schema["type"] == "integer" and _WHOLE.fullmatch(text):
        value = int(text)
    elif schema["type"] == "number" and _NUMBER.fullmatch(text):
        value = float(text)
    elif schema["type"] == "boolean":
        value = {"true": True, "false": False}.get(text, text)
    _checked(name, schema, value)
    return value


def _checked(name: str, schema: Schema, value: Any) -> None:
    if not _TYPES[schema["type"]](value):
        raise ProblemError(400, f"{name} is no {schema['type']}")
    if "enum" in schema and value not in schema["enum"]:
        raise ProblemError(400, f"{name} is none of {', '.join(schema['enum'])}")
    if isinstance(value, str):
        _text(name, schema, value)
    elif schema["type"] in ("integer", "number"):
        low, high = schema.get("minimum", -math.inf), schema.get("maximum", math.inf)
        if not low <= value <= high:
            raise ProblemError(400, f"{name} is not from {low} to {high}")


def _text(name: str, schema: Schema, value: str) -> None:
    if not schema.get("minLength", 0) <= len(value) <= schema.get("maxLength", math.inf):
        raise ProblemError(400, f"{name} is too {'long' if value else 'short'}")
    if "pattern" in schema and not re.search(schema["pattern"].replace("$", r"\Z"), value):
        raise ProblemError(400, f"{name} makes no sense")
    if not _storable(value):
        raise ProblemError(400, f"{name} is no text")


def _storable(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _bounded(name: str, schema: Schema, values: list[Any]) -> None:
    if len(values) > schema.get("maxItems", math.inf):
        raise ProblemError(400, f"{name} is given too often")


def _is_whole(value: Any) -> bool:
    whole = isinstance(value, int) or (isinstance(value, float) and value.is_integer())
    return whole and not isinstance(value, bool)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


_TYPES: dict[str, Callable[[Any], bool]] = {
    "string": lambda value: isinstance(value, str),
    "integer": _is_whole,
    "number": _is_number,
    "boolean": lambda value: isinstance(value, bool),
}
