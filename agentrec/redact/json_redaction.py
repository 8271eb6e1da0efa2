"""Masking secrets in JSON: tool inputs and results, messages, labels."""

from __future__ import annotations

from agentrec.redact.command_line import MASK

TYPE_CHECKING = False
if TYPE_CHECKING:
    from agentrec.json_values import JsonObject

# Levels of nesting that are looked into; what is deeper is masked as a whole.
_MAX_DEPTH = 100
# No name of a secret is longer, and no secret shorter, in characters.
_MAX_NAME = 100
_MIN_SECRET = 8


def redact_json(value: object) -> tuple[object, dict[str, int]]:
    """``value`` without its secrets, and how many were masked by each rule.

    ``value`` itself is left alone. The value of a name like "password" or "api_key" is masked when it
    looks like one; numbers never are.
    """
    counts: dict[str, int] = {}
    return _masked(value, counts, 0), counts


def redact_object(data: JsonObject) -> tuple[JsonObject, dict[str, int]]:
    """The same for a JSON object."""
    counts: dict[str, int] = {}
    return _masked_object(data, counts, 0), counts


def redact_event(
    data: JsonObject, links: dict[str, str]
) -> tuple[JsonObject, dict[str, str], dict[str, int]]:
    """An event's data and its ``links`` (span, parent, actor) without secrets, and how many were masked
    by each rule."""
    masked, counts = redact_object(data)
    return masked, {name: _masked_text(link, counts) for name, link in links.items()}, counts


def redact_text(text: str, counts: dict[str, int]) -> str:
    """``text`` with every secret masked, and counted by rule in ``counts``."""
    from agentrec.redact.secret_rules import find_secrets

    for start, stop, rule in reversed(find_secrets(text)):
        text = text[:start] + MASK + text[stop:]
        counts[rule] = counts.get(rule, 0) + 1
    return text


def _masked(value: object, counts: dict[str, int], depth: int) -> object:
    if isinstance(value, str):
        return _masked_text(value, counts)
    if depth > _MAX_DEPTH:
        return MASK if isinstance(value, dict | list) else value
    if isinstance(value, dict):
        return _masked_object(value, counts, depth)
    if isinstance(value, list | tuple):
        return [_masked(item, counts, depth + 1) for item in value]
    return value


def _masked_text(text: str, counts: dict[str, int]) -> str:
    return redact_text(text, counts) if len(text) >= _MIN_SECRET else text


# A model's server signs what the model thought, to know it when an agent sends it back; it opens nothing.
_THOUGHT_SIGNATURES = (("signature", "thinking"), ("thoughtSignature", "functionCall"))


def _masked_object(data: JsonObject, counts: dict[str, int], depth: int) -> JsonObject:
    return {
        _masked_text(name, counts): value
        if any(name == of and beside in data for of, beside in _THOUGHT_SIGNATURES)
        else _member(name, value, counts, depth)
        for name, value in data.items()
    }


def _member(name: str, value: object, counts: dict[str, int], depth: int) -> object:
    if isinstance(value, str) and len(name) < _MAX_NAME:
        from agentrec.redact.rules.plausibility import is_plausible_value

        if value != MASK and is_plausible_value(name, value):
            counts["assignment"] = counts.get("assignment", 0) + 1
            return MASK
    return _masked(value, counts, depth + 1)
