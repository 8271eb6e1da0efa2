"""What all questions to the index share: which recordings they are about, as SQL of ClickHouse.

What a user has typed is never part of the SQL: it gets there as a parameter, such as ``{agent:String}``.
``$index`` stands for the table, or the files, that an engine reads.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from agentrec.fleet.index.index_schema import LIBRARY_COLUMNS
from agentrec.library.filters import FAILED, OK
from agentrec.times import NS_PER_SECOND

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import date

    from agentrec.library.filters import Filters

INDEX = "$index"
_NS_PER_US = 1000
# Of a recording, for lists and as the heading of a hit.
ABOUT = (*LIBRARY_COLUMNS.values(), "size_bytes", "is_masked")
# So many days are named one by one; for more, all files are looked at.
_MAX_DAYS = 62


@dataclass(frozen=True, slots=True)
class IndexQuery:
    """SQL and its parameters. ``days`` are those of the recordings it is about (UTC), None for any."""

    sql: str
    parameters: dict[str, object] = field(default_factory=dict)
    days: Collection[date] | None = None


def days_between(since: int | None, until: int | None, now: float) -> list[date] | None:
    """The days from ``since`` to ``until`` (ns of Unix time); None if they are too many to name."""
    if since is None:
        return None
    first = _day(since)
    # A clock elsewhere may be ahead of ours.
    last = _day(until) if until is not None else _day(int(now) * NS_PER_SECOND) + timedelta(days=2)
    count = (last - first).days + 1
    if count > _MAX_DAYS:
        return None
    return [first + timedelta(days=number) for number in range(max(0, count))]


def _day(ns: int) -> date:
    return datetime.fromtimestamp(ns // NS_PER_SECOND, UTC).date()


def chosen(filters: Filters, parameters: dict[str, object]) -> str:
    """SQL of the newest revision of each selected recording. The values it takes go to ``parameters``.

    ``since`` and ``until`` select recordings that began in that time.
    """
    where = " AND ".join(["1", *_conditions(filters, parameters)])
    return (
        f"SELECT * FROM (SELECT recording, revision, created, {', '.join(ABOUT)}"
        f" FROM {INDEX} WHERE item = 'recording'{time_limits(filters, parameters)}"
        f" ORDER BY revision DESC LIMIT 1 BY recording) WHERE {where}"
    )


def counted(filters: Filters, parameters: dict[str, object]) -> str:
    """The same for sums: a cut, which is a copy of parts, counts only if what it is cut from is not there."""
    return (
        f"SELECT * FROM ({chosen(filters, parameters)}) WHERE relation != 'cut' OR parent NOT IN"
        f" (SELECT recording FROM {INDEX} WHERE item = 'recording')"
    )


def time_limits(filters: Filters, parameters: dict[str, object]) -> str:
    """More conditions on rows: of recordings that began in the selected time."""
    sql = ""
    for name, ns, sign in (("since", filters.since, ">="), ("until", filters.until, "<=")):
        if ns is not None:
            parameters[name] = ns // _NS_PER_US
            sql += f" AND created {sign} fromUnixTimestamp64Micro({{{name}:Int64}})"
    return sql


def ended(code: str, failed: str, wanted: int | str, parameters: dict[str, object]) -> str:
    """The condition that something ended as ``wanted``: a code, ``ok`` or ``failed``."""
    if wanted in (OK, FAILED):
        return f"{failed} = {'true' if wanted == FAILED else 'false'}"
    parameters["exit"] = wanted
    return f"{code} = {{exit:Int64}}"


def _conditions(filters: Filters, parameters: dict[str, object]) -> list[str]:
    found = []
    if filters.agent:
        parameters["agent"] = filters.agent
        found.append(
            "(agent = {agent:String} OR program = {agent:String}"
            " OR startsWith(agent, concat({agent:String}, '-')))"
        )
    if filters.project:
        parameters["project"] = filters.project
        parameters["project_end"] = f"/{filters.project.strip('/')}"
        found.append("(project = {project:String} OR endsWith(project, {project_end:String}))")
    for number, tag in enumerate(filters.tags):
        parameters[f"tag{number}"] = f"\n{tag}\n"
        found.append(f"position(tags, {{tag{number}:String}}) > 0")
    if filters.state:
        parameters["state"] = filters.state
        found.append("state = {state:String}")
    if filters.exit is not None:
        found.append(ended("exit_code", "failed", filters.exit, parameters))
    return found
