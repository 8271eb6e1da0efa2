"""The files of a bundle: those that differ from a commit, by path.

``{"mode": "100644", "lines": [...]}``   a text, its lines with their ends
``{"mode": "100755", "base64": "..."}``  any other file
``{"mode": "120000", "target": "..."}``  a symlink
``{"deleted": true}``                    a file of the commit that is not there
"""

from __future__ import annotations

import base64
import os
from typing import TYPE_CHECKING

from agentrec.errors import FormatError, OutputError
from agentrec.json_values import text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agentrec.json_values import JsonObject

MAX_FILES = 10_000
MAX_FILE_BYTES = 8 << 20
MAX_ALL_BYTES = 32 << 20
_MAX_PATH_CHARS = 1000
_FILE_MODES = ("100644", "100755")
_LINK_MODE = "120000"


def file_data(data: bytes, mode: int) -> JsonObject:
    """A file as it is written into a bundle; ``mode`` as in ``st_mode``."""
    if mode & 0o170000 == 0o120000:
        return {"mode": _LINK_MODE, "target": os.fsdecode(data)}
    name = _FILE_MODES[bool(mode & 0o100)]
    try:
        lines = data.decode().splitlines(keepends=True) if b"\0" not in data else None
    except UnicodeDecodeError:
        lines = None
    if lines is None:
        return {"mode": name, "base64": base64.b64encode(data).decode()}
    return {"mode": name, "lines": lines}


def check_files(files: Mapping[str, object], slug: str) -> None:
    """Raises FormatError unless all paths are inside, and nothing is too large."""
    if len(files) > MAX_FILES:
        raise FormatError(f"{slug} has more than {MAX_FILES:,} files")
    total = 0
    for path, entry in files.items():
        _check_path(path, slug)
        if not isinstance(entry, dict):
            raise FormatError(f"invalid entry of {path!r}")
        total += len(_content(path, entry))
        if total > MAX_ALL_BYTES:
            raise FormatError(f"the files of {slug} are larger than {MAX_ALL_BYTES >> 20} MiB")


def write_files(folder: str, files: Mapping[str, JsonObject]) -> None:
    """Write checked files below ``folder``, which nobody else changes. Raises OutputError, FormatError."""
    for path, entry in files.items():
        place = _place(folder, path)
        try:
            _write(place, path, entry)
        except OSError as error:
            raise OutputError(f"cannot write {path}: {error.strerror}") from None


def _write(place: str, path: str, entry: JsonObject) -> None:
    if os.path.islink(place) or os.path.isfile(place):
        os.unlink(place)
    if entry.get("deleted") is True:
        return
    os.makedirs(os.path.dirname(place), exist_ok=True)
    if entry.get("mode") == _LINK_MODE:
        os.symlink(text(entry.get("target")), place)
        return
    mode = 0o755 if entry.get("mode") == _FILE_MODES[1] else 0o644
    fd = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, mode)
    with open(fd, "wb") as file:
        file.write(_content(path, entry))


def _place(folder: str, path: str) -> str:
    """The path on disk. Raises FormatError if a symlink is in the way: it may lead anywhere."""
    parts = path.split("/")
    for count in range(1, len(parts)):
        if os.path.islink(os.path.join(folder, *parts[:count])):
            raise FormatError(f"{path!r} is below a symlink")
    return os.path.join(folder, *parts)


def _check_path(path: str, slug: str) -> None:
    parts = path.split("/")
    bad = (
        not path
        or len(path) > _MAX_PATH_CHARS
        or not path.isprintable()
        or any(part in ("", ".", "..") or part.lower() == ".git" for part in parts)
    )
    if bad:
        raise FormatError(f"invalid path in {slug}: {path[:200]!r}")


def _content(path: str, entry: Mapping[str, object]) -> bytes:
    """What is in the file; a symlink's target. Raises FormatError."""
    if entry.get("deleted") is True:
        return b""
    mode, lines, encoded = entry.get("mode"), entry.get("lines"), entry.get("base64")
    if mode == _LINK_MODE:
        return _target(path, text(entry.get("target")))
    if mode not in _FILE_MODES:
        raise FormatError(f"invalid mode of {path!r}")
    if isinstance(lines, list):
        data = "".join(text(line) for line in lines).encode(errors="surrogatepass")
    else:
        try:
            data = base64.b64decode(text(encoded), validate=True)
        except ValueError:
            raise FormatError(f"invalid content of {path!r}") from None
    if len(data) > MAX_FILE_BYTES:
        raise FormatError(f"{path!r} is larger than {MAX_FILE_BYTES >> 20} MiB")
    return data


def _target(path: str, target: str) -> bytes:
    """Symlinks have to stay inside: programs that follow them would leave the directory."""
    end = os.path.normpath(os.path.join(os.path.dirname(path), target))
    if not target or "\0" in target or os.path.isabs(target) or end.split("/")[0] == os.pardir:
        raise FormatError(f"the symlink {path!r} leads outside")
    return os.fsencode(target)
