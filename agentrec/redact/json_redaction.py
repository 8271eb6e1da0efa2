"""Masking secrets in JSON: tool inputs and results, messages, labels."""

from __future__ import annotations

from agentrec.redact.command_line import MASK

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_NAMES = (
    r"(?:[a-z0-9]+[_-])*(?:api[_-]?key|apikey|(?:access|secret|private|auth|account|signing|encryption"
    r"|master)[_-]?key|token|(?:client)?secret|passwo?r?d|passphrase|passwd|pwd|credentials?)"
)
_DEEPEST = 100  # levels of nesting that are looked into


def redact_json(value: Any) -> tuple[Any, dict[str, int]]:
    """``value`` without its secrets, and how many were masked by each rule.

    ``value`` itself is left alone. What stands under a name like "password" or "api_key" is masked when
    it looks like one; numbers never are.
    """
    findings: dict[str, int] = {}
    return _masked(value, findings, 0), findings


def redact_event(
    data: dict[str, Any], links: dict[str, Any]
) -> tuple[dict[str, Any], dict[str, Any], dict[str, int]]:
    """An event's data and its ``links`` (span, parent, actor) without secrets, and what was masked."""
    masked, findings = redact_json([data, links])
    return masked[0], masked[1], findings


def redact_text(text: str, findings: dict[str, int] | None = None) -> str:
    """``text`` with every secret masked; counts them by rule in ``findings``."""
    from agentrec.redact.rules import find

    found = find(text)
    for start, stop, rule in reversed(found):
        text = text[:start] + MASK + text[stop:]
        if findings is not None:
            findings[rule] = findings.get(rule, 0) + 1
    return text


def _masked(value: Any, findings: dict[str, int], depth: int) -> Any:
    if isinstance(value, str):
        return redact_text(value, findings) if len(value) >= 8 else value
    if depth > _DEEPEST:
        return value if not isinstance(value, dict | list) else MASK
    if isinstance(value, dict):
        return {
            _masked(name, findings, depth): _member(name, entry, findings, depth)
            for name, entry in value.items()
        }
    if isinstance(value, list | tuple):
        return [_masked(entry, findings, depth + 1) for entry in value]
    return value


def _member(name: object, value: Any, findings: dict[str, int], depth: int) -> Any:
    if isinstance(name, str) and isinstance(value, str) and _promises(name):
        from agentrec.redact.plausibility import is_likely_value

        if value != MASK and is_likely_value(name, value):
            findings["assignment"] = findings.get("assignment", 0) + 1
            return MASK
    return _masked(value, findings, depth + 1)


def _promises(name: str) -> bool:
    import re

    return len(name) < 100 and re.fullmatch(_NAMES, name, re.IGNORECASE) is not None
