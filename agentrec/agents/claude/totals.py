"""Claude Code's own totals of a session (``cost-state``): they include requests that no message stands for.

Such are compaction, titles, and whatever else it asks a model beside the conversation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from agentrec.json_values import count, table, text
from agentrec.recording.events.llm import Usage

if TYPE_CHECKING:
    from agentrec.json_values import JsonObject


class SideRequests:
    """Compares the agent's totals with the calls that were counted from messages."""

    def __init__(self) -> None:
        # Whether messages of earlier runs were read: totals from before those are needed then.
        self.is_resumed = False
        self._before: dict[str, Usage] = {}
        self._now: dict[str, Usage] = {}
        self._counted: dict[str, dict[str, Usage]] = {}

    def call(self, model: str, call_id: str, usage: Usage) -> None:
        """A model call of this recording was counted, or counted anew."""
        self._counted.setdefault(model, {})[call_id] = usage

    def record(self, record: JsonObject, *, is_history: bool) -> None:
        """Read a cost-state record."""
        totals = {
            model: _total(table(usage))
            for model, usage in table(record.get("modelUsage")).items()
            if text(model)
        }
        if is_history:
            self._before = totals
        self._now = totals

    def rest(self) -> dict[str, Usage]:
        """Return, by model, tokens beyond the counted calls. Nothing if the totals do not cover those."""
        rest: dict[str, Usage] = {}
        if self.is_resumed and not self._before:
            return rest
        for model, now in self._now.items():
            before = self._before.get(model)
            usage = now
            if before and all(a >= b for a, b in zip(now, before, strict=True)):
                usage = _minus(now, before)
            for counted in self._counted.get(model, {}).values():
                usage = _minus(usage, counted)
            if min(usage[:4]) >= 0 and any(usage[:4]):
                rest[model] = usage._replace(
                    cache_write_1h=max(0, usage.cache_write_1h),
                    reasoning=0,
                    web_searches=max(0, usage.web_searches),
                )
        return rest


def _total(usage: JsonObject) -> Usage:
    write = count(usage.get("cacheCreationInputTokens"))
    return Usage(
        input=count(usage.get("inputTokens")),
        output=count(usage.get("outputTokens")),
        cache_read=count(usage.get("cacheReadInputTokens")),
        cache_write=write,
        cache_write_1h=min(write, count(usage.get("cacheCreationEphemeral1hInputTokens"))),
        web_searches=count(usage.get("webSearchRequests")),
    )


def _minus(usage: Usage, other: Usage) -> Usage:
    return Usage(*(a - b for a, b in zip(usage, other, strict=True)))
