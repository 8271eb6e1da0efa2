"""A folder for what is made on the way to a remote: in the data directory, readable for its owner only.

It is gone at the end. One that a killed process left is removed by the next.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from agentrec.config import data_home, make_folders
from agentrec.errors import OutputError
from agentrec.fleet.seen_ids import FOLDER
from agentrec.locks import try_lock

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_PREFIX, _LOCK = "spool-", "lock"
# A younger one may not be locked yet.
_MIN_AGE_SECONDS = 60


@contextmanager
def spool_folder(env: Mapping[str, str]) -> Iterator[str]:
    """A new folder, for the time of the block. Raises NoHomeError, OutputError."""
    parent = os.path.join(data_home(env), FOLDER)
    try:
        make_folders(parent)
        _sweep(parent)
        folder = tempfile.mkdtemp(prefix=_PREFIX, dir=parent)
        lock = os.open(os.path.join(folder, _LOCK), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise OutputError(f"cannot write {parent}: {error.strerror}") from None
    try:
        try_lock(lock)
        yield folder
    finally:
        os.close(lock)
        shutil.rmtree(folder, ignore_errors=True)


def _sweep(parent: str) -> None:
    for name in os.listdir(parent):
        folder = os.path.join(parent, name)
        if name.startswith(_PREFIX) and _is_left(folder):
            shutil.rmtree(folder, ignore_errors=True)


def _is_left(folder: str) -> bool:
    """Whether the process that made it is gone."""
    try:
        if time.time() - os.stat(folder).st_mtime < _MIN_AGE_SECONDS:
            return False
        lock = os.open(os.path.join(folder, _LOCK), os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return True
    except OSError:
        return False
    try:
        return try_lock(lock)
    finally:
        os.close(lock)
