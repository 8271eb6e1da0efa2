"""Recordings outside the data directory: `record -o` notes them here, so that they are found again.

One JSON array ``[id, path]`` a line in the data directory's ``places``, the newest last.
On the end of `record`'s path: imports are light here.
"""

import json
import os

from agentrec.config import NoHomeError, data_home

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

RECORDINGS = "recordings"  # where `record` puts what is not named, within the data directory
_LIMIT = 4 << 20  # bytes that are read; some 30,000 recordings
_NAME = "places"


def remember(name: str, path: str, env: "Mapping[str, str]") -> None:
    """Note that the recording ``name`` is at ``path``. Does nothing for one in the data directory, nor
    where nothing can be written."""
    try:
        home = os.path.realpath(data_home(env))
        path = os.path.realpath(path)
        line = json.dumps([name, path]).encode() + b"\n"
        if path.startswith(os.path.join(home, RECORDINGS, "")) or line in _noted(home):
            return
        os.makedirs(home, mode=0o700, exist_ok=True)
        fd = os.open(os.path.join(home, _NAME), os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    except (NoHomeError, OSError, ValueError):
        return
    try:
        os.write(fd, line)  # one write, so that two recorders do not mix their lines
    except OSError:
        pass
    finally:
        os.close(fd)


def remembered(env: "Mapping[str, str]") -> dict[str, str]:
    """Paths that were noted, and the id of the recording that was put there last. Raises NoHomeError."""
    return {path: name for name, path in _read(os.path.realpath(data_home(env)))}


def _noted(home: str) -> bytes:
    try:
        with open(os.path.join(home, _NAME), "rb") as file:
            file.seek(max(0, os.fstat(file.fileno()).st_size - _LIMIT))  # the newest
            return file.read(_LIMIT)
    except OSError:
        return b""


def _read(home: str) -> list[list[str]]:
    found = []
    for line in _noted(home).splitlines():
        try:
            value = json.loads(line)
        except ValueError:  # torn
            continue
        if isinstance(value, list) and len(value) == 2 and all(isinstance(v, str) for v in value):
            found.append(value)
    return found
