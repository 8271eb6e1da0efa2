"""Recordings as values of arguments: the newest first, and only those that are there."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from agentrec.cli.completion.candidate import Candidate, Candidates

if TYPE_CHECKING:
    from agentrec.cli.completion.candidate import CompletionRequest

FILES = "recordings"  # what the shell adds: files that are recordings


def recordings(request: CompletionRequest) -> Candidates:
    """Ids, and files in folders."""
    if os.sep in request.word or request.word.startswith("~"):
        return Candidates((), FILES)
    return Candidates(recording_ids(), FILES)


def inputs(request: CompletionRequest) -> Candidates:
    """Ids, and files of any format."""
    return recordings(request)._replace(more="files")


def baselines(request: CompletionRequest) -> Candidates:
    """What a gate compares with."""
    from agentrec.compare.baseline import LAST_GREEN

    own = recordings(request)
    return own._replace(found=[Candidate(LAST_GREEN, "the last run that passed"), *own.found])


def recording_ids() -> list[Candidate]:
    """``last`` and the ids of all recordings, and what each is about."""
    from agentrec.library.index.glance import known_titles
    from agentrec.library.resolve import LAST, known_recordings

    titles = known_titles(os.environ)
    rows = []
    for path, name in known_recordings(os.environ).items():
        created, title = titles.get(path) or (_modified(path), "")
        rows.append((created, name, title))
    found = {name: Candidate(name, title) for _, name, title in sorted(rows, reverse=True)}
    return [Candidate(LAST, "the newest"), *found.values()] if found else []


def _modified(path: str) -> int:
    try:
        return os.stat(path).st_mtime_ns
    except OSError:
        return 0
