"""Files that grew much, are not text, or are huge."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from agentrec.guard.code.source_language import language_of
from agentrec.guard.finding import Finding, Place
from agentrec.text import format_size

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agentrec.guard.guard_settings import GuardSettings
    from agentrec.guard.rules.file_change import FileChange

# Binary by nature, and part of many projects.
_USUAL_BINARIES = frozenset(
    (
        *(".png", ".jpg", ".jpeg", ".gif", ".webp", ".ico", ".bmp", ".avif", ".pdf"),
        *(".woff", ".woff2", ".ttf", ".otf", ".eot", ".mp3", ".mp4", ".wav", ".ogg"),
    )
)


def file_limits(change: FileChange, settings: GuardSettings) -> Iterator[Finding]:
    """Findings about a file's size and kind."""
    after = change.after
    if after is None:
        return
    place, limits = Place(change.path), settings.limits
    most = limits["file-bytes"]
    if after.size > most and (change.before is None or change.before.size <= most):
        text = f"{format_size(after.size)} (limit: {format_size(most)})"
        yield Finding("huge-file", settings.level("huge-file"), place, text, "size")
    suffix = os.path.splitext(change.path)[1].lower()
    if change.is_binary and suffix not in _USUAL_BINARIES:
        how = "" if change.is_whole else " was added" if change.before is None else " was changed"
        text = f"a binary file of {format_size(after.size)}{how}"
        yield Finding("binary-file", settings.level("binary-file"), place, text, "binary")
    yield from _growth(change, settings)


def _growth(change: FileChange, settings: GuardSettings) -> Iterator[Finding]:
    if change.is_whole or language_of(change.path) is None:
        return
    lines = change.new_text.count("\n")
    grown = lines - change.old_text.count("\n")
    step, size = settings.limits["grown-lines"], settings.limits["file-lines"]
    if grown > step and lines > size:
        text = f"grew by {grown:,} lines to {lines:,} (limits: {step:,} and {size:,})"
        level = settings.level("file-growth")
        yield Finding("file-growth", level, Place(change.path), text, "size")
