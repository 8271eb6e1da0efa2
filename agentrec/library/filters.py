"""Conditions on recordings that all queries of the library share."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, NamedTuple

from agentrec.library.discovery import SUFFIX, is_storable

if TYPE_CHECKING:
    from collections.abc import Sequence

OK, FAILED = "ok", "failed"
ENCRYPTED = "encrypted"  # and no longer being recorded: how it ended does not show
STATES = ("live", "complete", "torn", "damaged", ENCRYPTED)


class Where(NamedTuple):
    """SQL conditions that must all hold, and their parameters."""

    conditions: tuple[str, ...] = ()
    values: tuple[object, ...] = ()

    def also(self, condition: str, *values: object) -> Where:
        return Where((*self.conditions, condition), (*self.values, *values))

    @property
    def sql(self) -> str:
        return " AND ".join(f"({condition})" for condition in self.conditions) or "1"


class Filters(NamedTuple):
    """Which recordings to select; None or empty means no condition.

    A recording must have all ``tags``. ``roots`` are folders or files. ``agent`` is the name of an agent or
    program, ``project`` the name or path of a project's folder. ``since`` and ``until`` are in ns of Unix
    time. ``exit`` is an exit code, ``ok`` or ``failed``.
    """

    roots: Sequence[str] = ()
    agent: str = ""
    project: str = ""
    since: int | None = None
    until: int | None = None
    exit: int | str | None = None
    state: str = ""
    tags: Sequence[str] = ()

    def recordings(self, *, unique: bool = False) -> Where:
        """Conditions on rows of ``recordings``, aliased ``r``.

        ``since`` and ``until`` select recordings that overlap that period. With ``unique``, copies of a
        recording count as one.
        """
        where = self._named(self._inside(Where(("r.fault = ''",)), "r"))
        if self.since is not None:
            where = where.also("r.created + r.duration >= ?", self.since)
        if self.until is not None:
            where = where.also("r.created <= ?", self.until)
        if self.exit is not None:
            where = where.also(*exit_condition("r.exit_code", "r.failed", self.exit))
        return self._best_copies(where) if unique else where

    def of_encrypted(self) -> Filters:
        """What can be told of encrypted recordings: not who ran there, nor how it ended."""
        return self._replace(agent="", project="", exit=None, state="", tags=())

    def counted(self) -> Where:
        """The same for sums: a cut, which is a copy of parts, counts only if what it is cut from does not."""
        inside = self._inside(Where(("o.fault = ''",)), "o")
        original = f"SELECT o.session FROM recordings o WHERE {inside.sql}"  # noqa: S608
        return self.recordings(unique=True).also(
            f"r.relation != 'cut' OR r.parent NOT IN ({original})", *inside.values
        )

    def _best_copies(self, where: Where) -> Where:
        """Of several files with the same recording, select the one with the most events."""
        inside = self._inside(Where(("c.fault = ''",)), "c")
        better = (
            "SELECT 1 FROM recordings c WHERE c.session = r.session"  # noqa: S608
            " AND (c.events > r.events OR c.events = r.events AND c.id < r.id)"
            f" AND {inside.sql}"
        )
        return where.also(f"r.session = '' OR NOT EXISTS ({better})", *inside.values)

    def _inside(self, where: Where, table: str) -> Where:
        if not self.roots:
            return where
        path = f"{table}.path"
        folders = [os.path.join(root, "") for root in self.roots if _may_have_files(root)]
        # There may be tens of thousands of files, and SQLite limits values and conditions.
        inside = [f"{path} IN (SELECT value FROM json_each(?))"]  # noqa: S608
        inside += [f"substr({path}, 1, ?) = ?"] * len(folders)
        starts = (value for folder in folders for value in (len(folder), folder))
        return where.also(_any_of(inside), json.dumps(list(self.roots)), *starts)

    def _named(self, where: Where) -> Where:
        if self.agent:
            where = where.also(
                "r.agent = ? OR r.program = ? OR substr(r.agent, 1, ?) = ?",
                *(self.agent, self.agent, len(self.agent) + 1, f"{self.agent}-"),
            )
        if self.project:
            end = f"/{self.project.strip('/')}"
            where = where.also(
                "r.project = ? OR substr(r.project, ?) = ?", self.project, -len(end), end
            )
        for tag in self.tags:
            where = where.also("instr(r.tags, ?)", f"\n{tag}\n")
        return where.also("r.state = ?", self.state) if self.state else where


def _may_have_files(root: str) -> bool:
    return is_storable(root) and (not root.endswith(SUFFIX) or os.path.isdir(root))


def _any_of(conditions: Sequence[str]) -> str:
    """SQL that one of them holds, in parentheses so that it is not nested deeply."""
    if len(conditions) == 1:
        return conditions[0]
    half = len(conditions) // 2
    return f"({_any_of(conditions[:half])}) OR ({_any_of(conditions[half:])})"


def exit_condition(code: str, failed: str, wanted: int | str) -> tuple[str, *tuple[object, ...]]:
    """The condition that something ended as ``wanted``, given SQL for its exit code and for its failure.

    What ended in an unknown way is neither failed nor ok.
    """
    if wanted == FAILED:
        return (failed,)
    if wanted == OK:
        return (f"NOT ({failed})",)  # NULL stays NULL, which is not true
    return (f"{code} = ?", wanted)
