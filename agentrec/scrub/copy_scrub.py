"""A masked copy of a recording, with snapshots and conversations of its own; the recording stays as it is."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from agentrec.errors import OutputError
from agentrec.json_values import table
from agentrec.recording_registry import remember
from agentrec.scrub.findings import Findings
from agentrec.scrub.masked_conversations import masked_conversation
from agentrec.scrub.masked_file import MaskedFile
from agentrec.scrub.masked_snapshots import MaskedSnapshots, sink_for
from agentrec.scrub.scrub_run import ScrubResult
from agentrec.snapshots.conversations.shelf import Shelf
from agentrec.snapshots.gitstore.pack import PackWriter
from agentrec.snapshots.gitstore.snapshot_store import SnapshotStore
from agentrec.snapshots.model import SnapshotError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from agentrec.json_values import JsonObject


def scrub_to_copy(
    path: str,
    target: str,
    env: Mapping[str, str],
    advance: Callable[[int], object] = int,
    *,
    overwrite: bool = False,
) -> ScrubResult:
    """Write the copy to ``target``, under an id of its own. Raises AgentrecError."""
    if os.path.lexists(target) and not overwrite:
        raise OutputError(f"{target} already exists", "use --overwrite to replace it")
    if os.path.exists(target) and os.path.samefile(path, target):
        raise OutputError(f"{target} is the recording itself", "omit -o to mask it in place")
    findings = Findings()
    file = MaskedFile(path, findings, advance)
    # Of the copy, and of what it has from recordings that the original was cut from.
    suffix = os.urandom(3).hex()
    ids = {name: f"{name}-{suffix}" for name in file.ids}
    commits: dict[str, str] = {}
    missing = []
    for name in filter(None, file.stores):
        try:
            commits |= _copied(SnapshotStore.named(name, env), file, ids)
        except SnapshotError:
            missing.append(name)
    new_id = ids.get(file.id, "")
    file.save(target, _with_ids({**file.header, "id": new_id}, ids), commits)
    if new_id:
        remember(new_id, target, env)
    return ScrubResult(findings, [], missing)


def _with_ids(header: JsonObject, ids: Mapping[str, str]) -> JsonObject:
    parent = table(header.get("parent"))
    if not isinstance(of := parent.get("of"), list):
        return header
    return {**header, "parent": {**parent, "of": [ids.get(str(name), name) for name in of]}}


def _copied(store: SnapshotStore, file: MaskedFile, ids: Mapping[str, str]) -> dict[str, str]:
    """Chains for the copy; returns their new names of commits."""
    commits: dict[str, str] = {}
    with store.lock():
        store.sweep()
        sink = sink_for(store, dry_run=False)
        heads = {}
        for name, new_id in ids.items():
            snapshots = MaskedSnapshots(store, file.findings, sink, copy_id=new_id)
            heads[new_id] = snapshots.rewrite(name)
            commits |= snapshots.commits
        if isinstance(sink, PackWriter):
            sink.finish()
        for new_id, head in heads.items():
            if head:
                store.set_head(new_id, head)
        for name, new_id in ids.items():
            _copy_conversations(Shelf(store), file, name, new_id)
    store.close()
    return commits


def _copy_conversations(shelf: Shelf, file: MaskedFile, name: str, new_id: str) -> None:
    """Those without secrets are shared."""
    for transcript, kept in shelf.needed(name).items():
        for one in kept:
            part = masked_conversation(shelf.file(one), file.findings, dry_run=False)
            new = shelf.new_name(transcript) if part else one
            try:
                if part:
                    os.replace(part, shelf.file(new))
                shelf.need(new_id, transcript, new)
            except OSError as error:
                raise OutputError(f"cannot write {shelf.file(new)}: {error.strerror}") from None
