"""The files of snapshots: objects that hold secrets are written again, for all recordings that share them.

New objects are written beside the old ones; nothing refers to them until the heads of the chains are set.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from agentrec.redact import mask_text
from agentrec.redact.json_redaction import redact_json
from agentrec.redact.own.active import own_rules
from agentrec.scrub.masked_bytes import MaskedContent
from agentrec.snapshots.gitstore.pack import NameOnlySink, PackWriter
from agentrec.snapshots.gitstore.snapshot_store import MAX_MANIFEST_BYTES
from agentrec.snapshots.model import MAX_DEPTH, SnapshotError, SnapshotReadError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agentrec.json_values import JsonObject
    from agentrec.scrub.findings import Findings
    from agentrec.snapshots.gitstore.pack import ObjectSink
    from agentrec.snapshots.gitstore.snapshot_store import SnapshotStore
    from agentrec.snapshots.model import Snapshot

_FOLDER_MODE = b"40000"
_GITLINK_MODE = b"160000"
_LARGE_BYTES = 1 << 20  # of files that are not held in memory


class MaskedSnapshots:
    """Rewrites chains of one store into ``sink``. The caller holds the store's lock.

    ``commits`` has the new name of every commit and tree of snapshots that changed.
    """

    def __init__(
        self, store: SnapshotStore, findings: Findings, sink: ObjectSink, *, copy_id: str = ""
    ) -> None:
        """``copy_id``: the chains are for a copy of the recording, which has that id."""
        self._store, self._findings, self._sink = store, findings, sink
        self._by_path = bool((own := own_rules()) and own.needs_path())
        self._blobs: dict[tuple[str, str], str] = {}
        self._trees: dict[tuple[str, str], str] = {}
        self._only_known = False
        self._copy_id = copy_id
        self._names: dict[str, dict[bytes, bytes]] = {}  # of trees with names that are others now
        self.commits: dict[str, str] = {}

    def rewrite(self, recording: str) -> str:
        """The new head of a recording's chain; the old one if it has no secrets. Raises SnapshotError."""
        return self._chain(recording)

    def rewrite_shared(self, recording: str) -> str:
        """The same for another recording, of which only what is masked already is replaced."""
        self._only_known = True
        try:
            return self._chain(recording)
        finally:
            self._only_known = False

    def _chain(self, recording: str) -> str:
        head = self._store.head(recording)
        for snapshot in self._store.chain(recording):
            head = self.commits.get(snapshot.commit) or self._rewritten(snapshot)
        return head

    def _rewritten(self, old: Snapshot) -> str:
        tree = self._tree(old.tree, "")
        raw = manifest = self._store.objects.read(old.manifest, "blob", MAX_MANIFEST_BYTES)
        label = old.label
        if tree != old.tree or not self._only_known:
            manifest, label = self._manifest(raw, old.tree), mask_text(old.label)
        parent, recording = self.commits.get(old.parent, old.parent), self._copy_id or old.recording
        new = old._replace(tree=tree, parent=parent, label=label, recording=recording)
        if new == old and manifest == raw:
            return old.commit
        commit = self._store.commit(self._sink, new, manifest).commit
        self.commits[old.commit] = commit
        if tree != old.tree:
            self.commits[old.tree] = tree
        return commit

    def _tree(self, name: str, path: str) -> str:
        key = name, path if self._by_path else ""
        if key not in self._trees:
            self._trees[key] = self._masked_tree(name, path)
        return self._trees[key]

    def _masked_tree(self, name: str, path: str) -> str:
        if path.count("/") > MAX_DEPTH:
            raise SnapshotReadError(f"a snapshot has folders more than {MAX_DEPTH} deep")
        raw = self._store.objects.read(name, "tree")
        taken: set[bytes] = set()
        entries = []
        for mode, entry, inner in _entries(raw):
            below = f"{path}/{entry.decode(errors='surrogateescape')}".lstrip("/")
            new = self._name(entry, taken)
            if new != entry:
                self._names.setdefault(name, {})[entry] = new
            entries.append((mode, new, self._inner(mode, inner, below)))
        entries.sort(key=lambda item: item[1] + (b"/" if item[0] == _FOLDER_MODE else b""))
        tree = b"".join(
            mode + b" " + entry + b"\0" + bytes.fromhex(inner) for mode, entry, inner in entries
        )
        return name if tree == raw else self._sink.add("tree", tree).hex()

    def _name(self, entry: bytes, taken: set[bytes]) -> bytes:
        new = entry if self._only_known else _masked_name(entry, taken)
        if new != entry:
            self._findings.add("snapshots", {"file-name": 1})
        taken.add(new)
        return new

    def _manifest(self, raw: bytes, tree: str) -> bytes:
        """The same names as in the trees; equal if there is nothing to mask."""
        manifest: JsonObject = json.loads(raw)
        new = dict(manifest)
        for name in ("modes", "left"):
            if isinstance(table := manifest.get(name), dict):
                new[name] = {self._path(tree, path): value for path, value in table.items()}
        for name in ("empty", "late"):
            if isinstance(paths := manifest.get(name), list):
                new[name] = [self._path(tree, str(path)) for path in paths]
        new["rules"], _ = redact_json(manifest.get("rules"))
        if new == manifest:
            return raw
        return json.dumps(new, sort_keys=True, separators=(",", ":")).encode()

    def _path(self, tree: str, path: str) -> str:
        """A path as it is in the new trees; what is not in them is masked by itself."""
        parts = []
        for part in path.split("/"):
            entry = part.encode(errors="surrogateescape")
            inner = {name: one for _, name, one in self._entries(tree)} if self._names else {}
            if entry in inner:
                new = self._names.get(tree, {}).get(entry, entry)
                parts.append(new.decode(errors="surrogateescape"))
            else:
                parts.append(part if self._only_known else mask_text(part))
            tree = inner.get(entry, "")
        return "/".join(parts)

    def _entries(self, tree: str) -> Iterator[tuple[bytes, bytes, str]]:
        """Those of a tree; anything else has none."""
        try:
            yield from _entries(self._store.objects.read(tree, "tree")) if tree else ()
        except SnapshotError:
            return

    def _inner(self, mode: bytes, name: str, path: str) -> str:
        if mode == _FOLDER_MODE:
            return self._tree(name, path)
        return name if mode == _GITLINK_MODE else self._blob(name, path)

    def _blob(self, name: str, path: str) -> str:
        key = name, path if self._by_path else ""
        if self._only_known:
            return self._blobs.get(key, name)
        if key not in self._blobs:
            content = MaskedContent(lambda: self._store.objects.pieces(name), path)
            self._findings.add("snapshots", content.counts)
            self._blobs[key] = self._added(content) if content.counts else name
        return self._blobs[key]

    def _added(self, content: MaskedContent) -> str:
        if content.size > _LARGE_BYTES:
            return self._sink.add_pieces(content.pieces(), content.size).hex()
        return self._sink.add("blob", b"".join(content.pieces())).hex()


def sink_for(store: SnapshotStore, *, dry_run: bool) -> PackWriter | NameOnlySink:
    """Where new objects go."""
    return NameOnlySink() if dry_run else PackWriter(store.objects_folder)


def _entries(tree: bytes) -> Iterator[tuple[bytes, bytes, str]]:
    """Mode, name and object of each entry. Raises SnapshotError."""
    at = 0
    while at < len(tree):
        end = tree.find(b"\0", at)
        if not at < end <= len(tree) - 21:
            raise SnapshotReadError("a folder of the snapshot is damaged")
        mode, _, name = tree[at:end].partition(b" ")
        yield mode, name, tree[end + 1 : end + 21].hex()
        at = end + 21


def _masked_name(name: bytes, taken: set[bytes]) -> bytes:
    """A file's name without secrets, unlike the others in its directory."""
    text = name.decode(errors="surrogateescape")
    masked = new = mask_text(text)
    number = 2
    while masked != text and new.encode(errors="surrogateescape") in taken:
        new = f"{masked}-{number}"
        number += 1
    return new.encode(errors="surrogateescape")
