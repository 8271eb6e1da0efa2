"""Files to check, held in memory."""

from agentrec.guard.guard_check import GuardCheck, settings_of
from scripts.guard_parts.planted_defects import MemoryTree


def tree_of(files):
    """A file tree made of ``path: content``, text or bytes."""
    return MemoryTree(
        {path: data if isinstance(data, bytes) else data.encode() for path, data in files.items()}
    )


def check(before, new, settings=""):
    """The report on files ``new``, against those ``before`` if they are given."""
    own = {".agentrec.toml": settings} if settings else {}
    old = None if before is None else tree_of({**before, **own})
    tree = tree_of({**new, **own})
    return GuardCheck(old, tree, settings_of(old or tree, {})).run()


def found(before, new, settings=""):
    """The findings, as (rule, path, line)."""
    report = check(before, new, settings)
    return [(it.rule, it.place.path, it.place.line) for it in report.findings]
