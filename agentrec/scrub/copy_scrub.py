"""A masked copy of a recording, with snapshots and conversations of its own; the recording stays as it is."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from agentrec.errors import OutputError
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
    new_id = f"{file.id}-{os.urandom(3).hex()}" if file.id else ""
    commits: dict[str, str] = {}
    missing = []
    for name in filter(None, file.stores):
        try:
            commits |= _copied(SnapshotStore.named(name, env), file, new_id)
        except SnapshotError:
            missing.append(name)
    file.save(target, {**file.header, "id": new_id}, commits)
    return ScrubResult(findings, [], missing, [])


def _copied(store: SnapshotStore, file: MaskedFile, new_id: str) -> dict[str, str]:
    """A chain for the copy; returns its new names of commits."""
    with store.lock():
        store.sweep()
        sink = sink_for(store, dry_run=False)
        snapshots = MaskedSnapshots(store, file.findings, sink)
        head = snapshots.rewrite(file.id)
        if isinstance(sink, PackWriter):
            sink.finish()
        if head:
            store.set_head(new_id, head)
        _copy_conversations(Shelf(store), file, new_id)
    store.close()
    return snapshots.commits


def _copy_conversations(shelf: Shelf, file: MaskedFile, new_id: str) -> None:
    """Those without secrets are shared."""
    for transcript, names in shelf.needed(file.id).items():
        for name in names:
            part = masked_conversation(shelf.file(name), file.findings, dry_run=False)
            new = shelf.new_name(transcript) if part else name
            try:
                if part:
                    os.replace(part, shelf.file(new))
                shelf.need(new_id, transcript, new)
            except OSError as error:
                raise OutputError(f"cannot write {shelf.file(new)}: {error.strerror}") from None
