"""Which recordings to let go, by count, age, size and project.

Never one that is being made, that is pinned, or that a recording which stays was branched from.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, NamedTuple

from agentrec.errors import OutputError
from agentrec.library.filters import Filters
from agentrec.library.listing import recordings
from agentrec.library.scan import Stamp, stamp_of
from agentrec.recording.reader import is_live

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Sequence

    from agentrec.library.store import Store

NESTED = "nested"  # of a recording made inside another one, which it can do without


class Rules(NamedTuple):
    """What to keep; None is no rule. A recording goes when any rule says so.

    ``newest``: so many of them. ``since``: those that ended later (ns of Unix time). ``size``: the
    newest that fit into so many bytes. ``project``: only its recordings are looked at, all others stay.
    """

    newest: int | None = None
    since: int | None = None
    size: int | None = None
    project: str = ""


class Leaving(NamedTuple):
    """A recording that goes, as its row in the list, and which rule says so."""

    recording: dict[str, Any]
    why: str


def plan(store: Store, roots: Sequence[str], rules: Rules, pins: Container[str]) -> list[Leaving]:
    """What would go, oldest first; nothing is changed.

    ``pins`` are the ids of recordings (or, of those without one, their paths) that stay. Raises
    OutputError when the library cannot be read.
    """
    everything = recordings(store, Filters(roots))
    looked_at = recordings(store, Filters(roots, project=rules.project))
    going = dict(_judge(looked_at, rules, pins))
    _keep_parents(everything, going)
    leaving = [Leaving(row, going[row["id"]]) for row in looked_at if row["id"] in going]
    return leaving[::-1]


def _judge(rows: list[dict[str, Any]], rules: Rules, pins: Container[str]) -> list[tuple[int, str]]:
    """Id and reason of each that goes; ``rows`` are newest first. What must stay takes room too."""
    going = []
    kept, held = 0, 0
    for row in rows:
        why = _reason(row, rules, kept, held)
        if why and row["state"] != "live" and name_of(row) not in pins:
            going.append((row["id"], why))
        else:
            kept, held = kept + 1, held + row["size"]
    return going


def _reason(row: dict[str, Any], rules: Rules, kept: int, held: int) -> str:
    if rules.newest is not None and kept >= rules.newest:
        return "count"
    if rules.since is not None and row["created"] + row["duration"] < rules.since:
        return "age"
    if rules.size is not None and held + row["size"] > rules.size:
        return "size"
    return ""


def _keep_parents(rows: list[dict[str, Any]], going: dict[int, str]) -> None:
    """Take out of ``going`` whatever a recording that stays comes from, however far back."""
    by_session: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        by_session.setdefault(row["session"], []).append(row)
    staying = [row for row in rows if row["id"] not in going]
    while staying:
        row = staying.pop()
        if not row["parent"] or row["relation"] == NESTED:
            continue
        parents = by_session.get(row["parent"], ())
        staying += [parent for parent in parents if going.pop(parent["id"], None)]


def name_of(row: dict[str, Any]) -> str:
    """By what a recording is pinned: its id, which it keeps when it is moved."""
    return str(row["session"] or row["path"])


def remove(
    leaving: Sequence[Leaving], done: Callable[[Leaving], object] | None = None
) -> list[tuple[Leaving, str]]:
    """Delete the files; returns those that stayed, and why. ``done`` is called for each that is gone.

    One that has changed since the plan was made, or is being written by now, stays. The next update
    takes what is gone out of the index.
    """
    stayed = []
    for item in leaving:
        why = _delete(item.recording)
        if why:
            stayed.append((item, why))
        elif done:
            done(item)
    return stayed


def _delete(row: dict[str, Any]) -> str:
    """Why it was not deleted, or nothing."""
    planned = Stamp(*(row[name] for name in Stamp._fields))
    try:
        with open(row["path"], "rb") as file:
            if is_live(file):
                return "it is being written"
            if stamp_of(os.fstat(file.fileno())) != planned:
                return "it has changed"
            os.unlink(row["path"])
    except FileNotFoundError:
        return ""
    except OSError as error:
        return error.strerror or str(error)
    return ""


class Pins:
    """The recordings that stay whatever the rules say, in a file of names, one a line, in ``folder``."""

    def __init__(self, folder: str) -> None:
        self.path = os.path.join(folder, "pins")

    def read(self) -> set[str]:
        """Their names, see :func:`name_of`."""
        try:
            with open(self.path, encoding="utf-8", errors="surrogateescape") as file:
                return {line.rstrip("\n") for line in file} - {""}
        except FileNotFoundError:
            return set()
        except OSError as error:
            raise OutputError(f"cannot read {self.path}: {error.strerror}") from None

    def change(self, name: str, *, pinned: bool) -> bool:
        """Pin or unpin; whether that changed anything. Raises OutputError."""
        names = self.read()
        if (name in names) == pinned or "\n" in name:
            return False
        names = names | {name} if pinned else names - {name}
        part = f"{self.path}.{os.getpid()}.part"
        try:
            os.makedirs(os.path.dirname(self.path), mode=0o700, exist_ok=True)
            fd = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
            with open(fd, "w", encoding="utf-8", errors="surrogateescape") as file:
                file.writelines(f"{it}\n" for it in sorted(names))
            os.replace(part, self.path)
        except OSError as error:
            raise OutputError(f"cannot write {self.path}: {error.strerror}") from None
        return True
