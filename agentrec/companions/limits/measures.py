"""What a run has used, and which of its limits it has reached. Decisions only."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from agentrec.gitignore import IgnoreLevel, parse_patterns
from agentrec.json_values import table, text
from agentrec.recording.events.llm import LlmCall
from agentrec.report.model_calls import LatestCalls

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agentrec.companions.limits.limit_values import RunLimits
    from agentrec.json_values import JsonObject

# Tools that change files, and what they call the file.
_WRITING_TOOLS = frozenset(
    {"Write", "Edit", "MultiEdit", "NotebookEdit", "write", "edit", "write_file", "replace"}
)
_PATH_NAMES = ("file_path", "filePath", "notebook_path", "absolute_path", "path")


class Reached(NamedTuple):
    """A limit that was reached: the ``option`` that sets it, the ``limit`` and the ``value`` as texts."""

    option: str
    limit: str
    value: str

    @property
    def text(self) -> str:
        """The reason, for people."""
        return f"{self.value} ({self.option} {self.limit})"

    @property
    def data(self) -> JsonObject:
        """The event's data."""
        return {"rule": self.option, "limit": self.limit, "value": self.value, "text": self.text}


class Measures:
    """Adds up a run that works in ``cwd`` and began at ``began`` (seconds of a clock)."""

    def __init__(self, limits: RunLimits, cwd: str, began: float) -> None:
        self._limits, self._cwd, self._began = limits, cwd, began
        self._dollars, self._tokens = 0.0, 0
        self._latest: LatestCalls[tuple[float, int]] = LatestCalls()
        patterns = parse_patterns("\n".join(limits.forbidden).encode())
        self._forbidden = IgnoreLevel(None, b"", patterns)
        self._touched: list[str] = []
        self._told: set[str] = set()

    def feed(self, name: str, data: JsonObject) -> None:
        """One event: ``llm/call``, ``sys/file`` or ``tool/call``."""
        if name == "llm/call":
            self._call(LlmCall(data))
        elif name == "sys/file":
            self._file(text(data.get("path")))
        elif data.get("name") in _WRITING_TOOLS:
            given = table(data.get("input"))
            self._file(next((text(given[key]) for key in _PATH_NAMES if key in given), ""))

    def reached(self, now: float) -> Iterator[Reached]:
        """The limits that are reached now and were not before."""
        for one in self._all(now):
            if one.option not in self._told:
                self._told.add(one.option)
                yield one

    def _all(self, now: float) -> Iterator[Reached]:
        limits = self._limits
        if limits.dollars is not None and self._dollars >= limits.dollars:
            yield Reached("--max-cost", f"{limits.dollars:g}", f"cost ${self._dollars:.4f}")
        if limits.tokens is not None and self._tokens >= limits.tokens:
            yield Reached("--max-tokens", f"{limits.tokens}", f"{self._tokens:,} tokens")
        if limits.seconds is not None and now - self._began >= limits.seconds:
            yield Reached("--max-time", f"{limits.seconds:g}", f"{now - self._began:.1f} s")
        if self._touched:
            yield Reached("--forbid", " ".join(limits.forbidden), f"changed {self._touched[0]}")

    def _call(self, call: LlmCall) -> None:
        usage = call.usage
        tokens = usage.input + usage.output + usage.cache_read + usage.cache_write if usage else 0
        used = (call.cost_usd or 0.0, tokens)
        before = self._latest.replace(call, used)
        if before:
            self._dollars -= before[1][0]
            self._tokens -= before[1][1]
        self._dollars += used[0]
        self._tokens += used[1]

    def _file(self, path: str) -> None:
        if os.path.isabs(path):
            path = os.path.relpath(path, self._cwd)
        if path and not path.startswith("..") and self._is_forbidden(os.path.normpath(path)):
            self._touched.append(path)

    def _is_forbidden(self, path: str) -> bool:
        parts = path.split(os.sep)
        for count in range(1, len(parts) + 1):
            part = os.fsencode(os.sep.join(parts[:count]))
            verdict = self._forbidden.verdict(part, is_folder=count < len(parts))
            if verdict is not None:
                return verdict
        return False
