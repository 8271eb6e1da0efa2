"""Makes a bundle of recordings: their tasks, the files they started with, and what came of them."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, NamedTuple

from agentrec import __version__
from agentrec.agents import AGENTS
from agentrec.agents.resume.cli_options import carried_options
from agentrec.agents.resume.launch import launch_of
from agentrec.compare.compared_run import ComparedRun, read_run
from agentrec.compare.file_trees import changed_paths
from agentrec.json_values import JsonObject, table
from agentrec.recording.reader import Recording
from agentrec.rerun.bundles.bundle import Bundle, Worker
from agentrec.rerun.bundles.bundle_files import MAX_ALL_BYTES, MAX_FILE_BYTES, MAX_FILES, file_data
from agentrec.rerun.recorded_task import RecordedTask, read_task
from agentrec.signatures.origin import signed_origin
from agentrec.snapshots.gitstore.git import query_repository
from agentrec.snapshots.model import SnapshotError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from agentrec.snapshots.gitstore.snapshot_store import SnapshotStore
    from agentrec.snapshots.manifest import Contents

_MODEL_FIELDS = ("calls", "input", "output", "cache_read", "cache_write", "cost_usd")


class Collected(NamedTuple):
    """A bundle, and lines about what is not in it."""

    bundle: Bundle
    notes: list[str]


def collect(paths: Sequence[str], env: Mapping[str, str], *, files: bool = True) -> Collected:
    """A bundle of these recordings, not yet scrubbed; without ``files`` only their tasks.

    Raises AgentrecError.
    """
    workers: list[Worker] = []
    notes: list[str] = []
    for path in paths:
        with Recording.open(path) as recording:
            task, run = read_task(recording), read_run(recording)
            signed = signed_origin(recording)
        worker = _worker(task, run, env)
        worker.signed = signed or {}
        worker.slug = _unused(worker.slug, workers)
        if files:
            notes += [f"{worker.slug}: {note}" for note in _add_files(worker, run, env)]
        workers.append(worker)
    agents = list(dict.fromkeys(worker.agent for worker in workers if worker.agent))
    first = workers[0]
    return Collected(
        Bundle(
            session=first.slug,
            exported_at=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            exported_by=f"agentrec {__version__}",
            workers=workers,
            task=first.task,
            agents=agents,
            harness=agents[0] if agents else "",
            base_ref=first.base_commit or None,
        ),
        notes,
    )


def _unused(slug: str, workers: Sequence[Worker]) -> str:
    taken, number = {worker.slug for worker in workers}, 2
    if slug not in taken:
        return slug
    while f"{slug}-{number}" in taken:
        number += 1
    return f"{slug}-{number}"


def _worker(task: RecordedTask, run: ComparedRun, env: Mapping[str, str]) -> Worker:
    return Worker(
        task.slug,
        task.prompt,
        handoff=run.handoff,
        status="completed" if run.succeeded else "failed",
        agent=task.program,
        model=next(iter(task.models), ""),
        options=_options(task),
        base_commit=_head(run),
        expected=_expected(run, env),
    )


def _options(task: RecordedTask) -> list[str]:
    if task.program not in AGENTS:
        return list(task.argv[1:])
    return carried_options(task.argv[1:], launch_of(task.program).grammar, os.curdir).words()


def _head(run: ComparedRun) -> str:
    """The commit that was checked out when the run started."""
    return str(run.first.record.data.get("head") or "") if run.first else ""


def _expected(run: ComparedRun, env: Mapping[str, str]) -> JsonObject:
    models = {
        name: {key: table(totals).get(key) for key in _MODEL_FIELDS}
        for name, totals in table(run.facts["models"]).items()
    }
    return {
        "exit": table(run.facts["exit"]).get("code"),
        "tests": [it.label for it in run.tests.values()],
        "tests_status": run.tests_status,
        "changed": changed_paths(run, env),
        **run.figures(),
        "models": models,
    }


def _add_files(worker: Worker, run: ComparedRun, env: Mapping[str, str]) -> Iterator[str]:
    """The files at the start; yields why some or all are not there."""
    if run.first is None:
        yield "the recording has no snapshots: without files"
        return
    try:
        store, snapshot = run.first.open(env)
    except SnapshotError as error:
        yield f"without files: {error}"
        return
    try:
        contents = store.contents(snapshot)
        base = _tree(snapshot.workspace, worker.base_commit)
        if base is None:
            worker.base_commit, base = "", {}
        worker.files = {}
        yield from _differing(worker.files, store, contents, base)
    finally:
        store.close()


def _differing(
    files: dict[str, JsonObject],
    store: SnapshotStore,
    contents: Contents,
    base: Mapping[str, tuple[int, str]],
) -> Iterator[str]:
    total = 0
    for path, entry in sorted(contents.files.items()):
        if base.get(path) == _git_entry(entry.mode, entry.sha):
            continue
        if len(files) >= MAX_FILES:
            yield f"{path} and what follows it is left out: more than {MAX_FILES:,} files"
            break
        data, size = store.objects.begin(entry.sha, "blob", MAX_FILE_BYTES)
        if size > len(data):
            yield f"{path} is left out: too large"
            continue
        if total + size > MAX_ALL_BYTES:
            yield f"{path} and what follows it is left out: more than {MAX_ALL_BYTES >> 20} MiB"
            break
        total += size
        files[path] = file_data(data, entry.mode)
    for path in sorted(base.keys() - contents.files.keys() - contents.left.keys()):
        files[path] = {"deleted": True}


def _git_entry(mode: int, sha: str) -> tuple[int, str]:
    """Mode and name as in a git tree, which knows two kinds of files."""
    if mode & 0o170000 == 0o120000:
        return 0o120000, sha
    return 0o100755 if mode & 0o100 else 0o100644, sha


def _tree(repository: str, commit: str) -> dict[str, tuple[int, str]] | None:
    """The files of a commit: mode and blob by path; None if the repository does not have it."""
    listing = query_repository(repository, "ls-tree", "-r", "-z", commit) if commit else None
    if listing is None:
        return None
    found = {}
    for line in listing.split(b"\0")[:-1]:
        about, _, path = line.partition(b"\t")
        mode, kind, sha = about.decode().split(" ")
        if kind == "blob":
            found[os.fsdecode(path)] = int(mode, 8), sha
    return found
