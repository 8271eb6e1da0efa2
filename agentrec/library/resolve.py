"""Recordings by name: what a user may give as FILE."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from agentrec.errors import AgentrecError, InputError
from agentrec.library.discovery import SUFFIX, scan
from agentrec.library.locations import recordings_folder
from agentrec.recording_registry import IMPORTED, remembered

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

LAST = "last"
_MAX_SUGGESTIONS = 3


def resolve(name: str, env: Mapping[str, str]) -> str:
    """The path of the recording called ``name``: a file, an id, the beginning or end of one, or ``last``.

    A name that matches nothing is returned as it is; opening it reports the error. Raises InputError if
    several recordings match, and for ``last`` if there are none.
    """
    if not name or name == "-" or os.path.lexists(name) or os.sep in name or name.endswith(SUFFIX):
        return name
    try:
        known = known_recordings(env)
    except AgentrecError:  # no home
        return name
    if name == LAST:
        if newest := _newest(known):
            return newest
        raise InputError("there are no recordings yet", "`agentrec record -- COMMAND` makes one")
    exact = [path for path, session in known.items() if session == name]
    matches = exact or [
        path
        for path, session in known.items()
        if session.startswith(name) or session.endswith(f"-{name}")
    ]
    if len(matches) > 1:
        ids = sorted({known[path] for path in matches}, reverse=True)
        more = ", ..." if len(ids) > _MAX_SUGGESTIONS else ""
        raise InputError(
            f"{name} matches {len(matches)} recordings",
            f"use one of {', '.join(ids[:_MAX_SUGGESTIONS])}{more}, or a path",
        )
    return matches[0] if matches else name


def known_recordings(env: Mapping[str, str]) -> dict[str, str]:
    """The id of every known recording by its path; those that are gone are not among them.

    Raises NoHomeError.
    """
    stamps, _ = scan(recordings_folder(env))
    named = {path: _id_of(path) for path in stamps}
    return {path: name for path, name in remembered(env).items() if os.path.isfile(path)} | named


def _id_of(path: str) -> str:
    """The id of a recording in the data directory, which its path says."""
    folder, name = os.path.split(path.removesuffix(SUFFIX))
    above, agent = os.path.split(folder)
    return f"{IMPORTED}-{agent}-{name}" if os.path.basename(above) == IMPORTED else name


def _newest(paths: Iterable[str]) -> str:
    """The run that was recorded last, the first of the list without imports and cuts; empty if none."""
    newest, began = "", -1
    for modified, path in sorted(((_modified(path), path) for path in paths), reverse=True):
        if modified < began:
            break  # no file was changed before its recording began
        created = _created(path, modified)
        if created > began:
            newest, began = path, created
    return newest


def _created(path: str, modified: int) -> int:
    from agentrec.library.created import created_at
    from agentrec.recording.format.header import is_cut
    from agentrec.recording.reader import Recording

    try:
        with Recording.outside(path) as recording:
            if "imported" in recording.header or is_cut(recording.header):
                return -1  # it was recorded elsewhere, or not at all, or is a copy
            return created_at(recording.header) or modified
    except AgentrecError:
        return -1


def _modified(path: str) -> int:
    try:
        return os.stat(path).st_mtime_ns
    except OSError:
        return 0
