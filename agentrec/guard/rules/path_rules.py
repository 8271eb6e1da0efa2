"""Protected paths, and changes outside the allowed ones."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from agentrec.guard.finding import Finding, Place
from agentrec.guard.rules.linter_tables import changed_tables

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from agentrec.guard.guard_settings import GuardSettings
    from agentrec.guard.rules.file_change import FileChange

# Lock files, and what they follow from. One that changes with it is what its tool wrote.
_LOCKS = {
    "package-lock.json": ("package.json",),
    "npm-shrinkwrap.json": ("package.json",),
    "yarn.lock": ("package.json",),
    "pnpm-lock.yaml": ("package.json", "pnpm-workspace.yaml"),
    "bun.lock": ("package.json",),
    "poetry.lock": ("pyproject.toml",),
    "uv.lock": ("pyproject.toml",),
    "pdm.lock": ("pyproject.toml",),
    "Pipfile.lock": ("Pipfile",),
    "Cargo.lock": ("Cargo.toml",),
    "Gemfile.lock": ("Gemfile",),
    "composer.lock": ("composer.json",),
    "go.sum": ("go.mod",),
    "mix.lock": ("mix.exs",),
    "Package.resolved": ("Package.swift",),
    "packages.lock.json": (),
    "gradle.lockfile": ("build.gradle", "build.gradle.kts"),
}


def path_rules(
    change: FileChange, changed: Collection[str], settings: GuardSettings
) -> Iterator[Finding]:
    """Findings about where a change is. ``changed`` are all paths that changed."""
    if change.is_whole:
        return
    how = "added" if change.before is None else "deleted" if change.after is None else "changed"
    place = Place(change.path)
    if settings.allowed and not settings.allowed.matches(change.path):
        allowed = " ".join(settings.allowed.patterns)
        level = settings.level("outside-allowed")
        yield Finding("outside-allowed", level, place, f"{how}; only {allowed} may change", how)
    for text in _protected(change, how, changed, settings):
        yield Finding("protected-path", settings.level("protected-path"), place, text, how)


def _protected(
    change: FileChange, how: str, changed: Collection[str], settings: GuardSettings
) -> Iterator[str]:
    folder, name = os.path.split(change.path)
    if settings.protected.matches(change.path):
        yield f"{how}: this file is protected"
    elif name in _LOCKS:
        sources = {os.path.basename(path) for path in changed if _is_around(path, folder)}
        if not sources.intersection(_LOCKS[name]) and change.before is not None:
            yield f"{how}: a lock file, without what it is made from"
    elif change.before is not None:
        tables = changed_tables(name, change.old_text, change.new_text)
        if tables:
            yield f"changed the settings of {', '.join(tables)}"


def _is_around(path: str, folder: str) -> bool:
    """Whether a file is in ``folder``, or below it, as the members of a workspace are."""
    return not folder or path.startswith(folder + "/")
