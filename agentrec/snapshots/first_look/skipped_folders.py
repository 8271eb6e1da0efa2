"""Directories that are not worth a look before the command starts: those that are hardly ever in a snapshot.

Loaded before the command starts: imports are light here. The real rules take too long to load, so this
only recognizes plain names among them. A mistake does no harm: a directory that is in the snapshot all the
same is looked at later, and what has changed there by then is named.
"""

from __future__ import annotations

import os

from agentrec.config import PROJECT_FILE, NoHomeError, config_file, read_plain

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

_MAX_BYTES = 1 << 18
_SPECIAL = frozenset(b"*?[]\\!#/ \t")
_DEFAULTS = os.path.join(os.path.dirname(os.path.dirname(__file__)), "scan", "defaults.toml")


class Skipped:
    """Names of directories and files that are skipped, and the endings of such files."""

    __slots__ = ("endings", "names")

    def __init__(self, names: frozenset[str], endings: tuple[str, ...] = ()) -> None:
        self.names, self.endings = names, endings

    def inside(self, folder_fd: int) -> Skipped:
        """What is skipped in a directory that has a .gitignore."""
        try:
            fd = os.open(
                ".gitignore", os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=folder_fd
            )
        except OSError:
            return self
        try:
            lines = os.read(fd, _MAX_BYTES).splitlines()
        except OSError:
            return self
        finally:
            os.close(fd)
        return self._with(lines)

    def has_file(self, name: str) -> bool:
        """Whether a file of that name is probably ignored."""
        return name in self.names or name.endswith(self.endings)

    def _with(self, lines: list[bytes]) -> Skipped:
        names, endings = set(self.names), set(self.endings)
        for line in lines:
            # Hidden ones may be among those that are kept although git ignores them.
            if (name := _plain(line.strip().strip(b"/"))) and not name.startswith("."):
                names.add(name)
            elif line.startswith(b"*.") and (ending := _plain(line[1:].strip())):
                endings.add(ending)
            elif line.startswith(b"!"):
                names.discard(_plain(line[1:].strip().strip(b"/")))
        return Skipped(frozenset(names), tuple(endings))


def default_skipped(root: str, env: Mapping[str, str]) -> Skipped:
    """What is skipped in the directory ``root`` by the defaults and the settings."""
    lists = [_out_list(_DEFAULTS)]
    try:
        lists.append(_out_list(config_file(env)))
    except NoHomeError:
        pass
    lists.append(_out_list(os.path.join(root, PROJECT_FILE)))
    patterns = [pattern for patterns in lists for pattern in patterns]
    names = {_plain(pattern[:-1]) for pattern in patterns if pattern.endswith(b"/")}
    names -= {_plain(pattern[1:].strip(b"/")) for pattern in patterns if pattern.startswith(b"!")}
    endings = {_plain(pattern[1:]) for pattern in patterns if pattern.startswith(b"*.")}
    return Skipped(frozenset(names - {""}), tuple(endings - {""}))


def _out_list(path: str) -> list[bytes]:
    """The texts of the list ``out`` in a TOML file."""
    try:
        data = read_plain(path, _MAX_BYTES)
    except OSError:
        return []
    _, found, rest = (b"\n" + data).partition(b"\nout = [")
    return rest.partition(b"]")[0].split(b'"')[1::2] if found else []


def _plain(pattern: bytes) -> str:
    """A pattern that is only a name; empty for any other."""
    return "" if _SPECIAL.intersection(pattern) else os.fsdecode(pattern)
