"""Where recordings are."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from agentrec.config import data_home
from agentrec.errors import InputError
from agentrec.library.discovery import SUFFIX
from agentrec.recording_registry import RECORDINGS, remembered

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def recordings_folder(env: Mapping[str, str]) -> str:
    """The folder where `record` puts recordings without a name. Raises NoHomeError."""
    return os.path.join(data_home(env), RECORDINGS)


def roots(named: Sequence[str], env: Mapping[str, str]) -> list[str]:
    """The folders (or recordings) to search: the ``named`` ones, else everywhere `record` has put some.

    Raises InputError if one does not exist.
    """
    if not named:
        return [os.path.realpath(recordings_folder(env)), *remembered(env)]
    for path in named:
        if not os.path.exists(path):
            raise InputError(f"{path} does not exist")
        if not os.path.isdir(path) and not path.endswith(SUFFIX):
            raise InputError(
                f"{path} is neither a folder nor a recording ({SUFFIX})",
                "`agentrec convert` makes a recording of files of other tools",
            )
    return [os.path.realpath(path) for path in named]


def short_path(path: str, env: Mapping[str, str]) -> str:
    """``path`` as one would type it: relative or below ``~``, whichever is shortest."""
    home = env.get("HOME", "")
    names = [path]
    if home and path.startswith(os.path.join(home, "")):
        names.append(os.path.join("~", os.path.relpath(path, home)))
    try:
        cwd = os.path.realpath(os.getcwd())
    except OSError:
        return min(names, key=len)
    if path.startswith(os.path.join(cwd, "")):
        names.append(os.path.relpath(path, cwd))
    return min(names, key=len)
