"""What is different now from when the recording was made: variables, programs, and files left out."""

from __future__ import annotations

import os
import re
import shutil
from typing import TYPE_CHECKING, NamedTuple

from agentrec.agents import AGENTS, program_of
from agentrec.agents.resume.launch import launch_of
from agentrec.redact import MASK, mask_value
from agentrec.snapshots.diff.rules_at import RulesAt

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from agentrec.branches.branch_point import Origin
    from agentrec.snapshots.manifest import Contents

# What a program can be called; processes may also give themselves a title.
_PROGRAM_NAME = re.compile(r"[\w.+@/-]+")
_MAX_NAMED = 20
# Variables that describe the terminal: the recorder sets them if there is none.
_TERMINAL_VARIABLES = frozenset({"TERM", "TERM_PROGRAM", "COLORTERM"})


class ChangedVariable(NamedTuple):
    """A variable of the environment with another value now; None where it is not set.

    Secrets are masked.
    """

    name: str
    then: str | None
    now: str | None


class EnvironmentDiff(NamedTuple):
    """What is different now.

    ``variables``  those with another value now
    ``missing``    programs that ran then and are not found now
    ``left_out``   what the snapshot left out by rule and the branch will not have
    """

    variables: list[ChangedVariable]
    missing: list[str]
    left_out: list[str]


def compare_environment(
    origin: Origin, env: Mapping[str, str], *, headless: bool
) -> EnvironmentDiff:
    """What is different in ``env`` and on this machine from when the recording was made."""
    workspace, contents = origin.workspace, origin.contents
    programs = _without_brought(origin)
    rules = RulesAt(contents, origin.store.objects)
    return EnvironmentDiff(
        _changed_variables(origin.header, env, headless=headless),
        _missing_programs(programs, workspace, contents, env.get("PATH")),
        sorted(_left_out(workspace, contents, rules))[:_MAX_NAMED],
    )


def _changed_variables(
    header: Mapping[str, object], env: Mapping[str, str], *, headless: bool
) -> list[ChangedVariable]:
    """The recorded variables that have other values now.

    Masked values cannot be compared. Variables that describe the terminal are skipped if there was
    none then, or is none now (``headless``).
    """
    skipped = _TERMINAL_VARIABLES if headless or header.get("headless") else frozenset[str]()
    recorded = header.get("env")
    changed = []
    for name, then in sorted(recorded.items()) if isinstance(recorded, dict) else ():
        now = env.get(name)
        if name in skipped or now == then or MASK in str(then):
            continue
        shown = None if now is None else mask_value(name, now)
        changed.append(ChangedVariable(str(name), str(then), shown))
    return changed


def _without_brought(origin: Origin) -> list[tuple[str, str]]:
    """The programs that ran, without those that an agent is installed with: these are on no PATH."""
    command = origin.header.get("command")
    first = str(command[0]) if isinstance(command, list) and command else ""
    agent = str((origin.point.conversation or {}).get("agent") or "")
    names = {os.path.basename(first), program_of(agent)} & AGENTS.keys()
    brought = {program for name in names for program in launch_of(name).brings}
    return [pair for pair in origin.point.programs if os.path.basename(pair[0]) not in brought]


def _missing_programs(
    programs: Iterable[tuple[str, str]], workspace: str, contents: Contents, path: str | None
) -> list[str]:
    """Programs that ran then, and would not be found in the new directory. ``path`` is PATH."""
    names: dict[str, None] = {}
    for called, cwd in programs:
        program = called.removeprefix("-")  # a login shell
        if _PROGRAM_NAME.fullmatch(program):
            missing = _missing_program(program, cwd, workspace, contents, path)
            if missing is not None:
                names[missing] = None
    return list(names)[:_MAX_NAMED]


def _missing_program(
    name: str, cwd: str, workspace: str, contents: Contents, path: str | None
) -> str | None:
    """What to call the program, if it is missing."""
    if "/" not in name:
        return None if shutil.which(name, path=path) else name
    file = os.path.normpath(os.path.join(cwd, name))
    inside = os.path.relpath(file, workspace)
    if inside.split(os.sep)[0] != os.pardir:
        return None if inside in contents.files or _below_link(inside, contents) else inside
    return None if os.path.exists(file) else file


def _below_link(path: str, contents: Contents) -> bool:
    """Whether a directory above is a symlink, which may lead anywhere."""
    parts = path.split("/")
    return any("/".join(parts[:count]) in contents.files for count in range(1, len(parts)))


def _left_out(workspace: str, contents: Contents, rules: RulesAt) -> Iterator[str]:
    """Entries at the top of ``workspace`` that snapshots leave out by rule, such as node_modules."""
    tops = {path.partition("/")[0] for path in (*contents.files, *contents.folders)}
    try:
        entries = list(os.scandir(workspace))
    except OSError:
        return
    for entry in entries:
        if entry.name == ".git" or entry.name in tops:
            continue
        if entry.is_dir(follow_symlinks=False):
            if rules.left_out_folder(entry.name):
                yield entry.name + "/"
        elif rules.left_out(entry.name):
            yield entry.name
