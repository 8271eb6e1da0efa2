"""Where recordings and their index are."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from agentrec.config import data_home
from agentrec.errors import InputError
from agentrec.library.discovery import ENDING
from agentrec.recording_registry import RECORDINGS, remembered

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def recordings_folder(env: Mapping[str, str]) -> str:
    """Where `record` puts recordings that are not named. Raises NoHomeError."""
    return os.path.join(data_home(env), RECORDINGS)


def roots(named: Sequence[str], env: Mapping[str, str]) -> list[str]:
    """The folders (or recordings) to look in: those named, else wherever `record` has put some.

    Raises InputError for one that does not exist.
    """
    if not named:
        return [os.path.realpath(recordings_folder(env)), *remembered(env)]
    for path in named:
        if not os.path.exists(path):
            raise InputError(f"{path} does not exist")
        if not os.path.isdir(path) and not path.endswith(ENDING):
            raise InputError(f"{path} is neither a folder nor a recording ({ENDING})")
    return [os.path.realpath(path) for path in named]


def short(path: str, env: Mapping[str, str]) -> str:
    """``path`` as one would type it: relative, or from the home directory, whichever is shorter."""
    home = env.get("HOME", "")
    names = [path]
    if home and path.startswith(os.path.join(home, "")):
        names.append(os.path.join("~", os.path.relpath(path, home)))
    try:
        here = os.path.realpath(os.getcwd())
    except OSError:
        return min(names, key=len)
    if path.startswith(os.path.join(here, "")):
        names.append(os.path.relpath(path, here))
    return min(names, key=len)
