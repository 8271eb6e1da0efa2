"""A bundle as recordings that can be run again here: one for each worker, with its files as first snapshot.

Nothing in a bundle is run: the agent is known by its name, and its recorded options are only shown.
"""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, NamedTuple

from agentrec.agents import AGENTS, program_of
from agentrec.branches.from_commit.commit_snapshot import snapshot_of_commit
from agentrec.branches.worktree_location import commit_point
from agentrec.companions.snapshots import event_data
from agentrec.config import make_folders
from agentrec.errors import UsageError
from agentrec.json_values import JsonObject, amount, table, text
from agentrec.recording.events.agent import USER
from agentrec.recording.writer import Writer
from agentrec.recording_registry import default_path, new_id
from agentrec.rerun.bundles.bundle_files import write_files
from agentrec.rerun.bundles.scrub import masked_files
from agentrec.snapshots.gitstore.snapshot_store import SnapshotStore
from agentrec.snapshots.scan.workspace import workspace_of
from agentrec.times import NS_PER_SECOND, format_rfc3339

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agentrec.rerun.bundles.bundle import Bundle, Worker
    from agentrec.snapshots.model import Snapshot

_ID_RANDOM_BYTES = 4
_AGENT = "agent"  # the actor of an agent that is not known by name
_SIZE = (120, 40)


class Unpacked(NamedTuple):
    """The recording of a worker, and lines about what is different from the original."""

    path: str
    slug: str
    notes: list[str]


def unpack(
    bundle: Bundle, cwd: str, env: Mapping[str, str], *, base_ref: str = ""
) -> list[Unpacked]:
    """Write a recording for each worker. ``base_ref`` names a commit to use instead of the recorded one.

    Raises AgentrecError; a commit that the repository around ``cwd`` does not have is a UsageError.
    """
    workspace = workspace_of(cwd, env)
    return [_unpack(worker, bundle, workspace, base_ref, env) for worker in bundle.workers]


def _unpack(
    worker: Worker, bundle: Bundle, workspace: str, base_ref: str, env: Mapping[str, str]
) -> Unpacked:
    ref = base_ref or worker.base_commit or text(bundle.base_ref)
    commit = commit_point(workspace, ref).commit if ref else ""
    name = new_id("bundle", random_bytes=_ID_RANDOM_BYTES)
    snapshot, store = _snapshot(worker, workspace, commit, name, env)
    path = default_path(name, env)
    make_folders(os.path.dirname(path))
    agent = _agent(worker, bundle)
    writer = Writer(path, _header(worker, bundle, agent, workspace, name))
    writer.start()
    try:
        _write_events(writer, worker, agent, event_data(snapshot._asdict()) | {"store": store})
    finally:
        writer.close()
    return Unpacked(path, worker.slug, list(_notes(worker, agent, ref)))


def _notes(worker: Worker, agent: str, ref: str) -> list[str]:
    notes = []
    if worker.options:
        notes.append(
            f"options of {agent or 'the program'} in the bundle are not used: "
            f"{' '.join(worker.options)}"
        )
    if hidden := masked_files(worker):
        notes.append(f"secrets are masked in {', '.join(hidden)}")
    if worker.files is None:
        notes.append(f"the bundle has no files: it starts with those of {ref or 'no commit'}")
    return notes


def _agent(worker: Worker, bundle: Bundle) -> str:
    """The program of a worker's agent; empty if the agent is unknown."""
    names = (worker.agent, text(bundle.harness), text(bundle.agents))
    programs = [program_of(name) for name in names]
    return next((name for name in programs if name in AGENTS), "")


def _snapshot(
    worker: Worker, workspace: str, commit: str, name: str, env: Mapping[str, str]
) -> tuple[Snapshot, str]:
    """A snapshot of the worker's files, as if the workspace had them; and the name of the store."""
    store = SnapshotStore.of(workspace, env)
    try:

        def fill(folder: str) -> None:
            write_files(folder, worker.files or {})

        return snapshot_of_commit(store, commit, name, "bundle", env, fill), store.name
    finally:
        store.close()


def _header(worker: Worker, bundle: Bundle, agent: str, workspace: str, name: str) -> JsonObject:
    model = ["--model", worker.model] if worker.model and agent else []
    return {
        "id": name,
        "created": format_rfc3339(time.time_ns()),
        "cols": _SIZE[0],
        "rows": _SIZE[1],
        "command": [agent or "bundle", *model],
        "title": worker.slug,
        "cwd": workspace,
        "env": {},
        "producer": f"bundle by {bundle.exported_by}"[:200],
        "headless": True,
    }


def _write_events(writer: Writer, worker: Worker, agent: str, snapshot: JsonObject) -> None:
    """What a comparison needs: task, handoff, tests, cost, exit."""
    actor = AGENTS[agent].name if agent else _AGENT
    expected = worker.expected
    end = int((amount(expected.get("duration")) or 0) * NS_PER_SECOND)
    writer.event(0, "fs", "snapshot", snapshot)
    session: JsonObject = {
        "agent": actor,
        "session_id": worker.slug,
        "cwd": str(snapshot["workspace"]),
    }
    writer.event(0, "agent", "session", session)
    if worker.task:
        writer.event(0, "agent", "message", {"role": "user", "text": worker.task}, actor=USER)
    for model, totals in table(expected.get("models")).items():
        writer.event(end, "llm", "call", _call(model, table(totals)), actor=actor)
    tests = expected.get("tests")
    for label in tests if isinstance(tests, list) else ():
        status = text(expected.get("tests_status"))
        mark: JsonObject = {
            "label": text(label),
            "source": "import",
            "kind": "tests",
            "rule": "bundle",
            "status": status,
        }
        writer.event(end, "mark", "moment", mark)
    if worker.handoff:
        said: JsonObject = {"role": "assistant", "text": worker.handoff}
        writer.event(end, "agent", "message", said, actor=actor)
    code = expected.get("exit")
    if isinstance(code, int):
        writer.event(end, "term", "exit", {"code": code, "signal": None})


def _call(model: str, totals: JsonObject) -> JsonObject:
    kinds = ("input", "output", "cache_read", "cache_write")
    usage = {kind: int(amount(totals.get(kind)) or 0) for kind in kinds}
    return {"model": model, "usage": usage, "cost_usd": amount(totals.get("cost_usd"))}


def need_agent(bundle: Bundle, given: bool) -> None:
    """Raises UsageError if no agent is known for a worker, and none was ``given``."""
    without = next((worker for worker in bundle.workers if not _agent(worker, bundle)), None)
    if without and not given:
        raise UsageError(
            f"the bundle does not name a known agent for {without.slug}",
            "choose one with --agent: " + ", ".join(AGENTS),
        )
