"""Tokens of model calls as callers have them: counts, dicts and objects of several APIs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agentrec.recording.events.llm import Usage

if TYPE_CHECKING:
    from collections.abc import Mapping

_OURS = frozenset(Usage._fields)


def usage_of(value: object) -> Usage | None:
    """The counts in ``value``; None if it has none.

    ``value`` is a :class:`Usage`, a number (all tokens of the call, counted as input), or a dict or an
    object with counts as OpenAI, Anthropic, LangChain or this library name them.
    """
    if value is None or isinstance(value, Usage):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return Usage(input=max(0, value))
    table = _as_dict(value)
    if table is None:
        return None
    if not table.keys() - _OURS and table:
        return Usage.from_data(table)
    return _of_api(table)


def _of_api(table: Mapping[str, object]) -> Usage | None:
    sent = _first(table, "input_tokens", "prompt_tokens", "request_tokens", "input")
    answered = _first(table, "output_tokens", "completion_tokens", "response_tokens", "output")
    if sent is None and answered is None:
        total = _first(table, "total_tokens", "total")
        return None if total is None else Usage(input=total)
    sent = sent or 0
    details = _inner(table, "prompt_tokens_details", "input_tokens_details", "input_token_details")
    more = _inner(
        table, "completion_tokens_details", "output_tokens_details", "output_token_details"
    )
    reasoning = (
        _first(more, "reasoning_tokens", "reasoning") or _first(table, "reasoning_tokens") or 0
    )
    if "cache_read_input_tokens" in table or "cache_creation_input_tokens" in table:  # Anthropic
        written = _inner(table, "cache_creation")
        return Usage(
            input=sent,
            output=answered or 0,
            cache_read=_first(table, "cache_read_input_tokens") or 0,
            cache_write=_first(table, "cache_creation_input_tokens") or 0,
            cache_write_1h=_first(written, "ephemeral_1h_input_tokens") or 0,
            reasoning=reasoning,
        )
    read = _first(details, "cached_tokens", "cache_read")
    read = read or _first(table, "cache_read_tokens", "cached_prompt_tokens") or 0
    made = _first(details, "cache_creation", "cache_write_tokens") or 0
    made = made or _first(table, "cache_write_tokens", "cache_creation_tokens") or 0
    return Usage(
        input=max(0, sent - read - made),
        output=answered or 0,
        cache_read=read,
        cache_write=made,
        reasoning=reasoning,
    )


def _as_dict(value: object) -> dict[str, object] | None:
    if isinstance(value, dict):
        return value
    dump = getattr(value, "model_dump", None)
    if callable(dump):
        dumped = dump()
        return dumped if isinstance(dumped, dict) else None
    found = getattr(value, "__dict__", None)
    return dict(found) if isinstance(found, dict) else None


def _inner(table: Mapping[str, object], *names: str) -> dict[str, object]:
    for name in names:
        if (value := table.get(name)) is not None:
            return _as_dict(value) or {}
    return {}


def _first(table: Mapping[str, object], *names: str) -> int | None:
    for name in names:
        value = table.get(name)
        if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
            return value
    return None
