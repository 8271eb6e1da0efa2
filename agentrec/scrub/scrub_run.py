"""One scrub: what it finds, what it writes, and in which order, so that a kill leaves old or new."""

from __future__ import annotations

import os
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING, NamedTuple, Self

from agentrec.config import data_home
from agentrec.errors import AgentrecError, InputError, OutputError
from agentrec.library.resolve import known_recordings
from agentrec.locks import FileLock
from agentrec.recording.format.header import origin_ids
from agentrec.recording.reader import Recording
from agentrec.scrub import scrub_journal
from agentrec.scrub.findings import Findings
from agentrec.scrub.masked_conversations import masked_conversation
from agentrec.scrub.masked_file import MaskedFile, new_part, rename_commits
from agentrec.scrub.masked_snapshots import MaskedSnapshots, sink_for
from agentrec.scrub.scrub_journal import ScrubJournal, StoreChange
from agentrec.snapshots.conversations.shelf import Shelf
from agentrec.snapshots.gitstore.pack import PackWriter
from agentrec.snapshots.gitstore.snapshot_store import SnapshotStore, ref_name
from agentrec.snapshots.model import SnapshotError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

_LOCK = "scrub.lock"


class ScrubResult(NamedTuple):
    """``others``: recordings that share files and were rewritten, too. ``missing``: stores that are not on
    this machine."""

    findings: Findings
    others: list[str]
    missing: list[str]


def finish_interrupted(env: Mapping[str, str]) -> list[str]:
    """Finish the scrubs that were killed; returns their recordings. Raises AgentrecError."""
    with _lock(env):
        return [name for path in scrub_journal.unfinished(env) for name in _resumed(path, env)]


def survey(
    path: str, env: Mapping[str, str], advance: Callable[[int], object] = int
) -> ScrubResult:
    """What a scrub of the recording would mask; nothing is written. Raises AgentrecError."""
    findings = Findings()
    work = _Work(MaskedFile(path, findings, advance), env, dry_run=True)
    with work:
        work.prepare()
    return ScrubResult(findings, [], work.missing)


def scrub(path: str, env: Mapping[str, str], advance: Callable[[int], object] = int) -> ScrubResult:
    """Mask the recording in place, and what belongs to it. Raises AgentrecError."""
    findings = Findings()
    with _lock(env):
        path = os.path.realpath(path)
        before = _status(path)
        work = _Work(MaskedFile(path, findings, advance), env, dry_run=False)
        with work:
            work.prepare()
            if not findings:
                return ScrubResult(findings, [], work.missing)
            others = work.share()
            part = work.saved()
            work.parts.append(part)
            os.chmod(part, before.st_mode & 0o7777)
            os.utime(part, ns=(before.st_atime_ns, before.st_mtime_ns))
            journal = ScrubJournal(
                [(part, path), *others.items(), *work.conversations],
                work.changes,
                [path, *others.values()],
            )
            if not _is_same(os.stat(path), before):
                raise InputError(f"{path} was changed meanwhile", "try again")
            written = journal.write(env)
            work.parts.clear()  # they are needed from now on, whatever happens
            scrub_journal.replace_files(journal)
            work.set_heads()
        scrub_journal.finish(journal, written, env)
    return ScrubResult(findings, list(others.values()), work.missing)


class _Work:
    """What one scrub reads and prepares, under the locks of the stores that hold its snapshots."""

    def __init__(self, file: MaskedFile, env: Mapping[str, str], *, dry_run: bool) -> None:
        self._file, self._env, self._dry_run = file, env, dry_run
        self._stack = ExitStack()
        self._stores: list[SnapshotStore] = []
        self.missing: list[str] = []
        self.changes: list[StoreChange] = []
        self.conversations: list[tuple[str, str]] = []
        self.parts: list[str] = []  # files to be removed if nothing comes of them

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for part in self.parts:
            with suppress(OSError):
                os.unlink(part)
        self._stack.close()

    def prepare(self) -> None:
        """Look through the stores; new objects are written, but nothing refers to them."""
        for name in filter(None, self._file.stores):
            try:
                store = SnapshotStore.named(name, self._env)
            except SnapshotError:
                self.missing.append(name)
                continue
            self._stack.callback(store.close)
            if not self._dry_run:
                self._stack.enter_context(store.lock())
                store.sweep()
                scrub_journal.drop_refs(store)
            self._prepare(store)

    def _prepare(self, store: SnapshotStore) -> None:
        findings = self._file.findings
        sink = sink_for(store, dry_run=self._dry_run)
        snapshots = MaskedSnapshots(store, findings, sink)
        change = StoreChange(store.name, {}, snapshots.commits)
        for name in self._file.ids:
            if (head := snapshots.rewrite(name)) != store.head(name):
                change.heads[ref_name(name)] = head
        if change.heads:
            for other in store.chains():
                new = snapshots.rewrite_shared(other)
                if new != store.head(other):
                    change.heads[other] = new
        if isinstance(sink, PackWriter):
            sink.finish()
            scrub_journal.keep_objects(store, list(change.heads.values()))
        self.changes.append(change)
        self._stores.append(store)
        shelf = Shelf(store)
        needed = [names for one in self._file.ids for names in shelf.needed(one).values()]
        for path in sorted({shelf.file(name) for names in needed for name in names}):
            if part := masked_conversation(path, findings, dry_run=self._dry_run):
                self.parts.append(part)
                self.conversations.append((part, path))

    @property
    def commits(self) -> dict[str, str]:
        """New names of commits and trees, of all stores."""
        return {old: new for change in self.changes for old, new in change.commits.items()}

    def saved(self) -> str:
        """The masked recording in a file beside it."""
        part = new_part(self._file.path)
        self._file.save(part, self._file.header, self.commits)
        return part

    def share(self) -> dict[str, str]:
        """Other recordings whose snapshots have new names: files to be renamed, and to what."""
        names = {name for change in self.changes for name in change.heads}
        found = {}
        for path in self._files_of(names):
            try:
                part = rename_commits(path, self.commits)
            except InputError as error:
                raise InputError(f"it shares snapshots with another: {error}", error.hint) from None
            if part:
                self.parts.append(part)
                found[part] = path
        return found

    def _files_of(self, names: set[str]) -> Iterator[str]:
        """Recordings with snapshots in these chains: of their own, or of what they were cut from."""
        known = known_recordings(self._env) if names else {}
        own = os.path.realpath(self._file.path)
        files = {os.path.realpath(path): name for path, name in known.items()}
        for path, name in files.items():
            if path != own and not names.isdisjoint(map(ref_name, [name, *_origins(path)])):
                yield path

    def set_heads(self) -> None:
        """Let the stores have the new snapshots."""
        for store, change in zip(self._stores, self.changes, strict=True):
            scrub_journal.set_heads(store, change)


def _origins(path: str) -> list[str]:
    try:
        with Recording.open(path) as recording:
            return origin_ids(recording.header)
    except AgentrecError:
        return []


def _status(path: str) -> os.stat_result:
    try:
        return os.stat(path)
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}") from None


def _is_same(now: os.stat_result, before: os.stat_result) -> bool:
    return os.path.samestat(now, before) and (now.st_size, now.st_mtime_ns) == (
        before.st_size,
        before.st_mtime_ns,
    )


def _resumed(path: str, env: Mapping[str, str]) -> list[str]:
    return scrub_journal.resume(path, env).recordings


def _lock(env: Mapping[str, str]) -> FileLock:
    folder = data_home(env)
    try:
        os.makedirs(folder, mode=0o700, exist_ok=True)
    except OSError as error:
        raise OutputError(f"cannot write {folder}: {error.strerror}") from None
    return FileLock(os.path.join(folder, _LOCK))
