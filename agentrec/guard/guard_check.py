"""Runs the rules, over all files of a tree, or over what is new in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from agentrec.config import PROJECT_FILE
from agentrec.errors import AgentrecError
from agentrec.guard.code.function_facts import can_read_code
from agentrec.guard.code.function_index import FunctionCache, FunctionIndex
from agentrec.guard.code.source_language import language_of
from agentrec.guard.finding import LEVELS, OFF, Finding
from agentrec.guard.guard_settings import GuardSettings, load_settings
from agentrec.guard.rules.duplicate_functions import DuplicateFunctions, added_functions
from agentrec.guard.rules.file_change import FileChange
from agentrec.guard.rules.file_limits import file_limits
from agentrec.guard.rules.function_limits import function_limits
from agentrec.guard.rules.hardcoded_secrets import hardcoded_secrets
from agentrec.guard.rules.path_rules import path_rules
from agentrec.guard.rules.weaker_tests import weaker_tests
from agentrec.guard.suppression import Allowances, read_baseline
from agentrec.text import plural

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from agentrec.guard.source_tree import FileState, SourceTree
    from agentrec.json_values import JsonObject


# The rules of each module: one whose rules are all off is not run.
FILE_RULES = ("file-growth", "binary-file", "huge-file")
PATH_RULES = ("protected-path", "outside-allowed")
SECRET_RULES = ("secret",)
TEST_RULES = ("test-deleted", "test-skipped", "assertion-removed")
DUPLICATE_RULES = ("duplicate-function",)
LIMIT_RULES = ("function-length", "complexity", "parameters", "nesting")


class GuardReport(NamedTuple):
    """What a check has found: ``files`` were looked at, ``allowed`` findings are not in it.

    ``left_out`` says in words what was not checked.
    """

    findings: list[Finding]
    files: int
    allowed: int
    left_out: list[str]

    def at_least(self, level: str) -> list[Finding]:
        """The findings that are as bad as ``level``, or worse."""
        worst = LEVELS[: LEVELS.index(level) + 1]
        return [finding for finding in self.findings if finding.level in worst]

    def as_json(self) -> JsonObject:
        """As a JSON object."""
        findings = [finding.as_json() for finding in self.findings]
        counts = {"files": self.files, "allowed": self.allowed}
        return {"findings": findings, **counts, "left_out": self.left_out}


class _Looked(NamedTuple):
    """What is remembered of the files: what comments allow now and before, sources, changed tests."""

    allowances: dict[str, tuple[Allowances, Allowances]]
    sources: list[tuple[str, bool]]
    tests: list[FileChange]


class GuardCheck:
    """Checks a tree ``new`` against the one ``before`` it, if there is one.

    ``cache`` remembers functions from one check to the next.
    """

    def __init__(
        self,
        before: SourceTree | None,
        new: SourceTree,
        settings: GuardSettings,
        cache: FunctionCache | None = None,
        *,
        baseline: frozenset[str] | None = None,
    ) -> None:
        """``baseline``: what is allowed; by default what the tree before allows, else the new one."""
        self._baseline = baseline_of(before or new, settings) if baseline is None else baseline
        self._before, self._new, self._settings = before, new, settings
        self._cache = cache or FunctionCache()
        self._left_out: list[str] = []

    def run(self) -> GuardReport:
        """Look. Raises AgentrecError."""
        paths = self._changed_paths()
        findings, looked = self._looked_at(paths)
        findings = [one for one in findings if one.level != OFF]
        kept, allowed = self._not_allowed(looked.allowances, findings)
        kept.sort(key=lambda it: (it.place.path, it.place.line, it.rule))
        return GuardReport(kept, len(looked.allowances), allowed, self._left_out)

    def read_functions(self) -> None:
        """Fill the cache: later checks then read only what has changed since."""
        if can_read_code():
            for path in self._source_paths():
                self._cache.of(self._new, path)

    def _changed_paths(self) -> list[str]:
        new = self._new.keys()
        old = self._before.keys() if self._before else {}
        paths = [path for path in sorted(new.keys() | old.keys()) if old.get(path) != new.get(path)]
        return [path for path in paths if not self._settings.ignored.matches(path)]

    def _change(self, path: str) -> FileChange | None:
        try:
            after = _state(self._new, path)
            before = _state(self._before, path) if self._before else None
        except (OSError, AgentrecError):
            self._left_out.append(f"{path} could not be read")
            return None
        return FileChange(path, before, after, is_whole=self._before is None)

    def _looked_at(self, paths: Sequence[str]) -> tuple[list[Finding], _Looked]:
        """What the rules find. One file after the other is held in memory, and the tests."""
        findings: list[Finding] = []
        looked = _Looked({}, [], [])
        among = set(paths)
        reads_tests = self._settings.wants(TEST_RULES)
        reads_code = self._settings.wants(DUPLICATE_RULES + LIMIT_RULES)
        for path in paths:
            change = self._change(path)
            if change is None:
                continue
            findings += self._of_file(change, among)
            looked.allowances[path] = Allowances(change.new_text), Allowances(change.old_text)
            if reads_code and change.after is not None and language_of(path):
                looked.sources.append((path, change.before is not None))
            if reads_tests and not change.is_whole and self._settings.tests.matches(path):
                looked.tests.append(change)
        findings += weaker_tests(looked.tests, self._settings)
        findings += self._functions(looked.sources)
        return findings, looked

    def _of_file(self, change: FileChange, among: set[str]) -> Iterator[Finding]:
        """What the rules about single files find; ``among`` are all paths that changed."""
        settings = self._settings
        if settings.wants(FILE_RULES):
            yield from file_limits(change, settings)
        if settings.wants(PATH_RULES):
            yield from path_rules(change, among, settings)
        if settings.wants(SECRET_RULES):
            yield from hardcoded_secrets(change, settings)

    def _functions(self, sources: Sequence[tuple[str, bool]]) -> Iterator[Finding]:
        """``sources``: a path, and whether the file was there before."""
        if sources and not can_read_code():
            self._left_out.append("functions, because ast-grep-py is not installed")
            return
        duplicates = DuplicateFunctions(self._index(sources), self._settings)
        added = {}
        for path, was_there in sources:
            before = self._cache.of(self._before, path) if self._before and was_there else []
            after = self._cache.of(self._new, path)
            added[path] = added_functions(before, after)
            duplicates.note_added(path, added[path])
            yield from function_limits(path, before, after, self._settings)
        for path, functions in added.items():
            yield from duplicates.findings(path, functions)

    def _index(self, sources: Sequence[tuple[str, bool]]) -> FunctionIndex:
        """The functions of the whole project, if there is anything to compare with them."""
        if not sources or not self._settings.wants(DUPLICATE_RULES):
            return FunctionIndex(self._cache, self._new, ())
        return FunctionIndex(self._cache, self._new, self._source_paths())

    def _source_paths(self) -> list[str]:
        """The files whose functions are compared."""
        paths = [p for p in sorted(self._new.keys()) if language_of(p)]
        paths = [path for path in paths if not self._settings.ignored.matches(path)]
        most = self._settings.limits["files"]
        if len(paths) > most:
            left = f"duplicates in {plural(len(paths) - most, 'file')} (limit: {most:,})"
            self._left_out.append(left)
        return paths[:most]

    def _not_allowed(
        self, allowances: Mapping[str, tuple[Allowances, Allowances]], findings: Sequence[Finding]
    ) -> tuple[list[Finding], int]:
        """Those that neither a comment nor the baseline allows, and how many others there are."""
        kept = []
        for finding in findings:
            now, _ = allowances[finding.place.path]
            if not now.allows(finding) and finding.fingerprint not in self._baseline:
                kept.append(finding)
        count = len(findings) - len(kept)
        if self._before is not None and self._settings.level("suppressed") != OFF:
            for path, (now, before) in allowances.items():
                kept += now.new_since(before, path, self._settings)
        return kept, count


def baseline_of(tree: SourceTree, settings: GuardSettings) -> frozenset[str]:
    """The findings that a tree allows. Raises AgentrecError."""
    name = settings.baseline
    return read_baseline(tree.read(name).data, name) if name in tree.keys() else frozenset()  # noqa: SIM118


def settings_of(tree: SourceTree, env: Mapping[str, str]) -> GuardSettings:
    """The settings of the project whose files these are. Raises UsageError."""
    project = tree.read(PROJECT_FILE).data if PROJECT_FILE in tree.keys() else None  # noqa: SIM118
    return load_settings(env, project)


def _state(tree: SourceTree, path: str) -> FileState | None:
    return tree.read(path) if path in tree.keys() else None  # noqa: SIM118
