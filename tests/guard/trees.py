"""Files to check, held in memory."""

from hashlib import sha1

from agentrec.guard.guard_check import GuardCheck, settings_of
from agentrec.guard.source_tree import FileState


class MemoryTree:
    """A file tree made of ``path: content``."""

    def __init__(self, files):
        self._files = {
            path: data if isinstance(data, bytes) else data.encode() for path, data in files.items()
        }

    def keys(self):
        return {path: sha1(data).hexdigest() for path, data in self._files.items()}

    def read(self, path):
        data = self._files[path]
        return FileState(data, len(data))


def check(before, new, settings=""):
    """The report on files ``new``, against those ``before`` if they are given."""
    own = {".agentrec.toml": settings} if settings else {}
    old = None if before is None else MemoryTree({**before, **own})
    tree = MemoryTree({**new, **own})
    return GuardCheck(old, tree, settings_of(old or tree, {})).run()


def found(before, new, settings=""):
    """The findings, as (rule, path, line)."""
    report = check(before, new, settings)
    return [(it.rule, it.place.path, it.place.line) for it in report.findings]
