"""Which paths are in a snapshot, by the rules' patterns, git's ignore files, and what git tracks."""

from __future__ import annotations

import os
from enum import Enum, auto
from typing import TYPE_CHECKING

from agentrec.gitignore import IgnoreLevel, parse_patterns

if TYPE_CHECKING:
    from collections.abc import Collection


class Verdict(Enum):
    """``KEPT``: ignored by git, but in while it is small. ``MUST``: in, however large."""

    OUT = auto()
    IN = auto()
    KEPT = auto()
    MUST = auto()


OUT, IN, KEPT, MUST = Verdict.OUT, Verdict.IN, Verdict.KEPT, Verdict.MUST


class Context:
    """What applies inside a directory. As long as it is the same object, verdicts are the same.

    ``kept``: inside a directory that is kept although ignored. ``only``: inside one that is out except for
    some paths.
    """

    __slots__ = ("_kept", "_only", "kept", "level", "only")

    def __init__(self, level: IgnoreLevel, *, kept: bool = False, only: bool = False) -> None:
        self.level, self.kept, self.only = level, kept, only
        self._kept: Context | None = None
        self._only: Context | None = None

    def as_kept(self) -> Context:
        if self._kept is None:
            self._kept = self if self.kept else Context(self.level, kept=True)
        return self._kept

    def as_only(self) -> Context:
        if self._only is None:
            self._only = self if self.only else Context(self.level, only=True)
        return self._only


class PathSelection:
    """``out`` and ``keep`` as in the rules; ``excludes`` the ignore patterns from outside the tree."""

    def __init__(self, out: Collection[str], keep: Collection[str], excludes: bytes = b"") -> None:
        self._out = IgnoreLevel(None, b"", parse_patterns("\n".join(out).encode()))
        self._keep = IgnoreLevel(None, b"", parse_patterns("\n".join(keep).encode()))
        self._base = IgnoreLevel(None, b"", parse_patterns(excludes))
        self._tracked: Collection[str] = frozenset()
        self._must: Collection[str] = frozenset()
        self._on_the_way: set[str] = set()  # directories that hold a tracked path, or one of `must`
        self._start: Context | None = None

    def start(self, tracked: Collection[str], must: Collection[str], *, fresh: bool) -> Context:
        """The context of the root. ``tracked`` and ``must`` are paths that are in.

        ``fresh``: a new one, so that all verdicts are new.
        """
        if tracked is not self._tracked or must is not self._must:
            self._on_the_way = {folder for path in (*tracked, *must) for folder in _above(path)}
        if self._start is None or fresh or must != self._must:
            self._start = Context(self._base)
        self._tracked, self._must = tracked, must
        return self._start

    def inside(self, above: Context, path: str, ignore_file: bytes) -> Context:
        """The context in the directory ``path`` (with a trailing slash) that has this .gitignore."""
        patterns = parse_patterns(ignore_file)
        if not patterns:
            return above
        level = IgnoreLevel(above.level, os.fsencode(path), patterns)
        return Context(level, kept=above.kept, only=above.only)

    def file(self, context: Context, path: str) -> Verdict:
        """Whether a file is in."""
        if path in self._must:
            return MUST
        return IN if path in self._tracked else self.untracked_file(context, path)

    def untracked_file(self, context: Context, path: str) -> Verdict:
        """Whether a file is in if it is not tracked."""
        return OUT if context.only else self._judge(context, os.fsencode(path), is_folder=False)

    def folder(self, context: Context, path: str) -> Context | None:
        """The context for what is in a directory, before its own .gitignore; None when it is out."""
        verdict = OUT
        if not context.only:
            verdict = self._judge(context, os.fsencode(path), is_folder=True)
        if verdict is IN:
            return context
        if verdict is KEPT:
            return context.as_kept()
        return context.as_only() if path in self._on_the_way else None

    def _judge(self, context: Context, path: bytes, *, is_folder: bool) -> Verdict:
        if self._out.verdict(path, is_folder=is_folder):
            return OUT
        if context.kept:
            return KEPT
        if not context.level.verdict(path, is_folder=is_folder):
            return IN
        return KEPT if self._keep.verdict(path, is_folder=is_folder) else OUT


def _above(path: str) -> list[str]:
    """``a``, ``a/b`` of ``a/b/c``."""
    folders = []
    slash = path.find("/")
    while slash >= 0:
        folders.append(path[:slash])
        slash = path.find("/", slash + 1)
    return folders
