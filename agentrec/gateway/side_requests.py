"""Requests beside the conversation: titles, summaries, probes. The rules are in ``side_requests.toml``."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from agentrec.gateway.dialects.api import content_text
from agentrec.json_values import JsonObject, table, tables, text

if TYPE_CHECKING:
    from agentrec.gateway.dialects.api import Api

# Of the system prompt and of the last message.
MAX_SEARCHED_CHARS = 20_000
_RULES = Path(__file__).with_suffix(".toml")
_MAX_TOKENS = ("max_tokens", "max_completion_tokens", "max_output_tokens")


class SideRule(NamedTuple):
    """One kind of side request; every condition that is set has to hold."""

    kind: str
    max_tokens: int | None
    pattern: re.Pattern[str] | None
    has_schema: bool


@cache
def _rules() -> tuple[SideRule, ...]:
    return tuple(
        SideRule(
            rule["kind"],
            rule.get("max_tokens"),
            re.compile(rule["pattern"], re.IGNORECASE) if "pattern" in rule else None,
            rule.get("has_schema", False),
        )
        for rule in tomllib.loads(_RULES.read_text(encoding="utf-8"))["side"]
    )


def side_of(api: Api, body: JsonObject) -> str:
    """Return the kind of side request that this is; nothing for a request of the conversation."""
    if body.get(api.tools):
        return ""
    return next((rule.kind for rule in _rules() if _fits(rule, api, body)), "")


def _fits(rule: SideRule, api: Api, body: JsonObject) -> bool:
    if rule.max_tokens is not None:
        limits = [value for name in _MAX_TOKENS if isinstance(value := body.get(name), int)]
        if not limits or min(limits) > rule.max_tokens:
            return False
    if rule.has_schema and not _has_schema(body):
        return False
    return rule.pattern is None or any(map(rule.pattern.search, _texts(api, body)))


def _has_schema(body: JsonObject) -> bool:
    config = table(body.get("generationConfig"))
    forms = (
        table(body.get("output_config")).get("format"),
        table(body.get("response_format")).get("json_schema"),
        table(table(body.get("text")).get("format")).get("schema"),
        config.get("responseJsonSchema") or config.get("responseSchema"),
    )
    return any(forms)


def _texts(api: Api, body: JsonObject) -> list[str]:
    """The system prompt, and what was said last."""
    system = body.get(api.system) if api.system else None
    if isinstance(system, dict):
        system = system.get("parts")
    said = [it for message in tables(body.get(api.messages))[-1:] for it in api.said(message)]
    last = [it.text for it in said] or [text(body.get(api.messages))]
    found = [content_text(system), *last]
    if not api.system:
        found += [it.text for m in tables(body.get(api.messages))[:1] for it in api.said(m)]
    return [it[:MAX_SEARCHED_CHARS] for it in found]
