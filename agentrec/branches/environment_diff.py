"""What is different now from when the recording was made: the environment, and missing programs."""

from __future__ import annotations

import os
import re
import shutil
from typing import TYPE_CHECKING, Any, NamedTuple

from agentrec.redact import MASK, mask_value

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from agentrec.snapshots.diff.rules_at import RulesAt
    from agentrec.snapshots.manifest import Contents

_PROGRAM_NAME = re.compile(
    r"[\w.+@/-]+"
)  # what a program can be called, not a title that it gave itself
_MAX_NAMED = 20  # that are told
# What tells of a terminal: the recorder sets it where there is none.
_TERMINAL_VARIABLES = frozenset({"TERM", "TERM_PROGRAM", "COLORTERM"})


class ChangedVariable(NamedTuple):
    """A variable of the environment whose value is another one now; None where it is not set.

    Secrets are masked.
    """

    name: str
    then: str | None
    now: str | None


def changed_variables(
    header: Mapping[str, Any], env: Mapping[str, str], *, headless: bool = False
) -> list[ChangedVariable]:
    """The variables a recording kept that have other values now. Those it masked cannot be compared,
    and what tells of the terminal is not, where then or now (``headless``) there is none."""
    skipped = _TERMINAL_VARIABLES if headless or header.get("headless") else frozenset[str]()
    kept = header.get("env")
    found = []
    for name, then in sorted(kept.items()) if isinstance(kept, dict) else ():
        now = env.get(name)
        if name in skipped:
            continue
        if now != then and MASK not in str(then):
            shown = None if now is None else mask_value(name, now)
            found.append(ChangedVariable(str(name), str(then), shown))
    return found


def missing_programs(
    programs: Iterable[tuple[str, str]], workspace: str, contents: Contents, path: str | None
) -> list[str]:
    """Programs that ran then, and would not be found in the new directory. ``path`` is PATH."""
    found: dict[str, None] = {}
    for called, cwd in programs:
        name = called.removeprefix("-")  # a login shell
        lost = (
            _missing(name, cwd, workspace, contents, path)
            if _PROGRAM_NAME.fullmatch(name)
            else None
        )
        if lost is not None:
            found[lost] = None
    return list(found)[:_MAX_NAMED]


def _missing(
    name: str, cwd: str, workspace: str, contents: Contents, path: str | None
) -> str | None:
    if "/" not in name:
        return None if shutil.which(name, path=path) else name
    place = os.path.normpath(os.path.join(cwd, name))
    inside = os.path.relpath(place, workspace)
    if inside.split(os.sep)[0] != os.pardir:
        return None if inside in contents.files or _through_link(inside, contents) else inside
    return None if os.path.exists(place) else place


def _through_link(path: str, contents: Contents) -> bool:
    """Whether a directory above is a symlink, which leads who knows where."""
    parts = path.split("/")
    return any("/".join(parts[:count]) in contents.files for count in range(1, len(parts)))


def left_out_entries(workspace: str, contents: Contents, then: RulesAt) -> list[str]:
    """What stands at the top of ``workspace`` and is left out of snapshots by rule, as node_modules is."""
    return sorted(_absent(workspace, contents, then))[:_MAX_NAMED]


def _absent(workspace: str, contents: Contents, then: RulesAt) -> Iterator[str]:
    tops = {path.partition("/")[0] for path in (*contents.files, *contents.folders)}
    try:
        entries = list(os.scandir(workspace))
    except OSError:
        return
    for entry in entries:
        if entry.name == ".git" or entry.name in tops:
            continue
        if entry.is_dir(follow_symlinks=False):
            if then.left_out_folder(entry.name):
                yield entry.name + "/"
        elif then.left_out(entry.name):
            yield entry.name
