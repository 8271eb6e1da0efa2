"""Validation of parameters and bodies against the schemas of the API document.

It supports what these schemas use: types, bounds, patterns, enumerations, arrays in queries, flat objects in
bodies. A schema with anything else is rejected when the routes are created.
"""

from __future__ import annotations

import json
import math
import re
from typing import TYPE_CHECKING

from agentrec.web.problems import ProblemError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from agentrec.web.openapi.parts import Schema

_KEYWORDS = frozenset(
    {
        *("type", "minimum", "maximum", "minLength", "maxLength", "pattern", "enum", "default"),
        *("items", "maxItems"),
    }
)
_INTEGER = re.compile(r"-?[0-9]{1,400}")
_NUMBER = re.compile(r"-?[0-9]{1,400}(\.[0-9]{1,400})?([eE][-+]?[0-9]{1,3})?")


def refuse_unknown(schema: Schema) -> None:
    """Raise ValueError for a schema that is not fully supported here."""
    unknown = set(schema) - _KEYWORDS
    if unknown or schema.get("type") not in {"string", "integer", "number", "boolean", "array"}:
        raise ValueError(f"unsupported schema: {schema}")
    if schema["type"] == "array":
        refuse_unknown(schema["items"])


def read_query(declared: Iterable[Schema], given: Sequence[tuple[str, str]]) -> dict[str, object]:
    """Return the declared query parameters by name; missing ones are their default or None.

    Raises ProblemError.
    """
    params: dict[str, object] = {}
    for parameter in declared:
        name, schema = parameter["name"], parameter["schema"]
        texts = [value for key, value in given if key == name]
        if schema["type"] == "array":
            if len(texts) > schema.get("maxItems", math.inf):
                raise ProblemError(400, f"too many values for {name}")
            params[name] = [_parse(name, schema["items"], text) for text in texts]
        elif len(texts) > 1:
            raise ProblemError(400, f"too many values for {name}")
        elif texts:
            params[name] = _parse(name, schema, texts[0])
        elif parameter.get("required"):
            raise ProblemError(400, f"missing {name}")
        else:
            params[name] = schema.get("default")
    return params


def read_path(parameter: Schema, text: str) -> str:
    """Check a parameter of the path. Raises ProblemError with 404: nothing can have that name."""
    try:
        return str(_parse(parameter["name"], parameter["schema"], text))
    except ProblemError as problem:
        raise ProblemError(404, problem.detail) from None


def read_body(schema: Schema, raw: bytes) -> dict[str, object]:
    """Return the members of a JSON object; missing ones are their default or None. Raises ProblemError."""
    try:
        value = json.loads(raw, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        raise ProblemError(400, "the body is not JSON") from None
    if not isinstance(value, dict):
        raise ProblemError(400, "the body is not a JSON object")
    members = schema["properties"]
    unknown = sorted(set(value) - set(members))
    if unknown:
        raise ProblemError(400, f"unknown member {unknown[0][:100]!r}", f"use {', '.join(members)}")
    for name in schema.get("required", ()):
        if name not in value:
            raise ProblemError(400, f"missing {name}")
    body: dict[str, object] = {name: member.get("default") for name, member in members.items()}
    for name, given in value.items():
        _check(name, members[name], given)
        body[name] = int(given) if members[name]["type"] == "integer" else given
    return body


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _parse(name: str, schema: Schema, text: str) -> object:
    value: object = text
    if schema["type"] == "integer" and _INTEGER.fullmatch(text):
        value = int(text)
    elif schema["type"] == "number" and _NUMBER.fullmatch(text):
        value = float(text)
    elif schema["type"] == "boolean":
        value = {"true": True, "false": False}.get(text, text)
    _check(name, schema, value)
    return value


def _check(name: str, schema: Schema, value: object) -> None:
    kind = schema["type"]
    if not _TYPES[kind](value):
        raise ProblemError(400, f"{name} is not {_ARTICLES.get(kind, 'a')} {kind}")
    if "enum" in schema and value not in schema["enum"]:
        raise ProblemError(400, f"{name} is not one of {', '.join(map(str, schema['enum']))}")
    if isinstance(value, str):
        _check_text(name, schema, value)
    elif isinstance(value, int | float):
        low, high = schema.get("minimum", -math.inf), schema.get("maximum", math.inf)
        if not low <= value <= high:
            raise ProblemError(400, f"{name} is not between {low} and {high}")


def _check_text(name: str, schema: Schema, value: str) -> None:
    if not schema.get("minLength", 0) <= len(value) <= schema.get("maxLength", math.inf):
        raise ProblemError(400, f"{name} is too {'long' if value else 'short'}")
    if "pattern" in schema and not re.search(schema["pattern"].replace("$", r"\Z"), value):
        raise ProblemError(400, f"{name} does not match its pattern")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise ProblemError(400, f"{name} is not valid Unicode") from None


def _is_integer(value: object) -> bool:
    whole = isinstance(value, int) or (isinstance(value, float) and value.is_integer())
    return whole and not isinstance(value, bool)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


_ARTICLES = {"integer": "an", "array": "an"}
_TYPES: dict[str, Callable[[object], bool]] = {
    "string": lambda value: isinstance(value, str),
    "integer": _is_integer,
    "number": _is_number,
    "boolean": lambda value: isinstance(value, bool),
}
