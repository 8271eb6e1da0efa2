"""Which recordings a machine has shared with a remote: so that what somebody removed does not come back.

A file for each remote in the data directory's ``fleet``, with one id a line.
"""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING

from agentrec.config import data_home, make_folders
from agentrec.errors import OutputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

FOLDER = "fleet"  # in the data directory


class SeenIds:
    """The ids that were here and in the remote ``url`` at the same time. Raises NoHomeError."""

    def __init__(self, url: str, env: Mapping[str, str]) -> None:
        name = hashlib.sha256(url.rstrip("/").encode()).hexdigest()[:32]
        self._path = os.path.join(data_home(env), FOLDER, f"seen-{name}")

    def read(self) -> set[str]:
        """Return the ids. Raises OutputError: an unreadable file must not count as an empty one."""
        try:
            with open(self._path, encoding="utf-8", errors="replace") as file:
                return {line.rstrip("\n") for line in file}
        except FileNotFoundError:
            return set()
        except OSError as error:
            raise OutputError(f"cannot read {self._path}: {error.strerror}") from None

    def add(self, ids: Iterable[str]) -> None:
        """Note ids. Raises OutputError."""
        lines = "".join(f"{name}\n" for name in sorted(set(ids) - self.read()))
        if not lines:
            return
        try:
            make_folders(os.path.dirname(self._path))
            flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
            fd = os.open(self._path, flags, 0o600)
            try:
                os.write(fd, lines.encode())  # one write, so that two do not mix their lines
            finally:
                os.close(fd)
        except OSError as error:
            raise OutputError(f"cannot write {self._path}: {error.strerror}") from None
