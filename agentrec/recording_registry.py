"""Where recordings are, and what they are called.

Those outside the data directory are noted here by `record -o`, so that they are found again: one JSON
array ``[id, path]`` a line in the data directory's ``places``, the newest last.
On the start path of `record`: imports are light here.
"""

import json
import os
import time

from agentrec.config import NoHomeError, data_home

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

RECORDINGS = "recordings"  # where `record` puts what is not named, within the data directory
IMPORTED = "imported"  # folder there, of agents' sessions by agent
_LIMIT = 4 << 20  # bytes that are read; some 30,000 recordings
_NAME = "places"
_MAX_PROGRAM_CHARS = 20  # of its name, in an id


def new_id(program: str, *, random_bytes: int = 2) -> str:
    """An id for a recording of ``program``: `20260131-142233-claude-9f3c`.

    Readable, sorted by local time, and unique. It can be the name of a file and of a git branch; the
    latter must not hold two dots in a row.
    """
    name = "".join(
        char if char.isascii() and (char.isalnum() or char in "._-") else "-"
        for char in os.path.basename(program)
    )
    while ".." in name:
        name = name.replace("..", ".")
    name = name.strip(".-")[:_MAX_PROGRAM_CHARS]
    return f"{time.strftime('%Y%m%d-%H%M%S')}-{name or 'run'}-{os.urandom(random_bytes).hex()}"


def default_path(name: str, env: "Mapping[str, str]") -> str:
    """The file of the recording ``name`` in the data directory. Raises NoHomeError."""
    return os.path.join(data_home(env), RECORDINGS, time.strftime("%Y/%m"), name + ".ahr")


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
        except (ValueError, RecursionError):  # torn
            continue
        if isinstance(value, list) and len(value) == 2 and all(isinstance(v, str) for v in value):
            found.append(value)
    return found
