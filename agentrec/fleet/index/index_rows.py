"""A recording as rows of the index."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from agentrec.fleet.index.index_schema import (
    CALL,
    COLUMNS,
    LIBRARY_COLUMNS,
    RECORDING,
    SLOW,
    STEP,
    TEXT,
)
from agentrec.fleet.index.search_words import search_words
from agentrec.library.filters import ENCRYPTED
from agentrec.library.index.library_db import SLOT_SECONDS
from agentrec.library.index.texts import plain
from agentrec.library.repeats import KeyedCall, KeyedStep
from agentrec.times import NS_PER_SECOND

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from agentrec.fleet.bucket.object_names import VersionName
    from agentrec.library.index.digest import Digest, ModelUsage
    from agentrec.library.index.entries import IndexEntry

Row = dict[str, object]
_NS_PER_US = 1000
_US_PER_SECOND = NS_PER_SECOND // _NS_PER_US
_MAX_INT64 = (1 << 63) - 1


class Indexed(NamedTuple):
    """The version that rows are of. ``pushed`` is in ns of Unix time: of versions with as many events, the
    one that was pushed last counts. ``size`` is that of the file."""

    version: VersionName
    pushed: int
    size: int
    masked: bool = False

    @property
    def revision(self) -> str:
        """Greater for what counts: more events, pushed later."""
        version = self.version
        return f"{version.events:012d}-{self.pushed:020d}-{version.identity}"


def index_rows(indexed: Indexed, contents: Digest) -> Iterator[Row]:
    """The rows of a recording. Of an encrypted one they say no more than the names of its objects do."""
    same: Row = {
        "recording": indexed.version.id,
        "revision": indexed.revision,
        "created": contents.created // _NS_PER_US,
    }
    file: Row = {"size_bytes": indexed.size, "is_masked": indexed.masked}
    if contents.columns["encrypted"]:
        about: Row = {"state": ENCRYPTED, "is_encrypted": True}
        yield from _numbered(same, RECORDING, [about | file])
        return
    about = {new: contents.columns[old] for old, new in LIBRARY_COLUMNS.items()}
    about |= {name: _truth(about[name]) for name in ("failed", "is_unseen", "is_encrypted")}
    yield from _numbered(same, RECORDING, [about | file])
    yield from _numbered(same, TEXT, _texts(contents))
    yield from _numbered(same, CALL, _calls(contents))
    yield from _numbered(same, STEP, _steps(contents))
    slow = (
        {"ms": one.ms, "t_ns": one.t, "kind": one.what, "text": one.about}
        for one in contents.slowest
    )
    yield from _numbered(same, SLOW, slow)


def as_columns(rows: Iterator[Row]) -> dict[str, list[object]]:
    """Rows as one list for each column."""
    columns: dict[str, list[object]] = {name: [] for name in COLUMNS}
    for row in rows:
        for name, values in columns.items():
            value = row.get(name)
            values.append(min(value, _MAX_INT64) if type(value) is int else value)
    return columns


def _numbered(same: Row, item: str, rows: Iterable[Row]) -> Iterator[Row]:
    for seq, row in enumerate(rows):
        yield {**same, "item": item, "seq": seq, **row}


def _texts(contents: Digest) -> Iterator[Row]:
    ended = {name: contents.columns[name] for name in ("exit_code", "failed")}
    for entry in contents.entries:
        yield {
            "t_ns": entry.t,
            "kind": entry.kind,
            "actor": plain(entry.actor),
            "tool": plain(entry.tool),
            "exit_code": entry.exit,
            "failed": entry.failed,
            # How the command or call ended, or if that is unknown the recording.
            "outcome_code": ended["exit_code"] if entry.failed is None else entry.exit,
            "outcome_failed": _truth(ended["failed"] if entry.failed is None else entry.failed),
            "text": plain(entry.text),
            "words": search_words(entry.text),
            "offsets_ms": _offsets(entry),
        }


def _offsets(entry: IndexEntry) -> str:
    return " ".join(map(str, entry.offsets)) if any(entry.offsets) else ""


def _truth(value: object) -> bool | None:
    return None if value is None else bool(value)


def _calls(contents: Digest) -> Iterator[Row]:
    """Each call that has an id, and those without one together, as the library sums them up."""
    keyed: dict[int, list[KeyedCall]] = defaultdict(list)
    for call in contents.calls:
        keyed[call.part].append(call)
    for usage in contents.usage:
        same: Row = {
            "actor": usage.agent,
            "model": usage.model,
            "half_hour": usage.slot * SLOT_SECONDS * _US_PER_SECOND,
        }
        calls = keyed[usage.part]
        yield from (same | _call(call) for call in calls)
        if usage.calls > len(calls):
            yield same | _other_calls(usage, calls)


def _call(call: KeyedCall) -> Row:
    tokens = call.input + call.output + call.cache_read + call.cache_write
    return {
        "repeat_key": call.key,
        "calls": 1,
        "input_tokens": call.input,
        "output_tokens": call.output,
        "cache_read_tokens": call.cache_read,
        "cache_write_tokens": call.cache_write,
        "cost_usd": call.cost,
        "without_price": int(call.cost is None),
        "tokens_without_price": tokens if call.cost is None else 0,
    }


def _other_calls(usage: ModelUsage, calls: list[KeyedCall]) -> Row:
    known = [_call(call) for call in calls]

    def rest(whole: int, name: str) -> int:
        return whole - sum(int(str(one[name])) for one in known)

    without_price = rest(usage.without_price, "without_price")
    count = usage.calls - len(calls)
    cost = usage.cost - sum(call.cost or 0.0 for call in calls)
    return {
        "calls": count,
        "input_tokens": rest(usage.input, "input_tokens"),
        "output_tokens": rest(usage.output, "output_tokens"),
        "cache_read_tokens": rest(usage.cache_read, "cache_read_tokens"),
        "cache_write_tokens": rest(usage.cache_write, "cache_write_tokens"),
        "cost_usd": cost if count > without_price else None,
        "without_price": without_price,
        "tokens_without_price": rest(usage.tokens_without_price, "tokens_without_price"),
    }


def _steps(contents: Digest) -> Iterator[Row]:
    """Each step that has an id, and what remains of the recording's sums."""
    yield from (_step(step) | {"repeat_key": step.key} for step in contents.steps)
    for tool in contents.tools:
        own = [step for step in contents.steps if step.tool == tool.name]
        yield _step(
            KeyedStep(
                0,
                tool.name,
                calls=tool.calls - sum(step.calls for step in own),
                failed=tool.failed - sum(step.failed for step in own),
                ms=tool.ms - sum(step.ms for step in own),
            )
        )
    turns, errors = (_sum(contents.columns, name) for name in ("turns", "errors"))
    yield _step(
        KeyedStep(
            0,
            turns=turns - sum(step.turns for step in contents.steps),
            errors=errors - sum(step.errors for step in contents.steps),
        )
    )


def _sum(columns: Mapping[str, object], name: str) -> int:
    value = columns[name]
    assert isinstance(value, int)
    return value


def _step(step: KeyedStep) -> Row:
    return {
        "tool": step.tool,
        "turns": step.turns,
        "calls": step.calls,
        "failed_calls": step.failed,
        "errors": step.errors,
        "ms": step.ms,
    }
