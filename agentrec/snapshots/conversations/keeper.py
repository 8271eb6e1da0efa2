"""Copies transcripts into a store while they grow, in a thread of its own: no snapshot waits for it."""

from __future__ import annotations

import hashlib
import os
import threading
from typing import TYPE_CHECKING

from agentrec.config import open_plain
from agentrec.errors import AgentrecError
from agentrec.snapshots.conversations.kept_file import BLOCK_BYTES, KeptWriter
from agentrec.snapshots.conversations.shelf import Shelf

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import BinaryIO

    from agentrec.snapshots.gitstore.snapshot_store import SnapshotStore

# Only these are files that grow by whole lines.
SUFFIX = ".jsonl"
MAX_TRANSCRIPTS = 1000
MAX_TRANSCRIPT_BYTES = 2 << 30
# Between two looks at the transcripts: small blocks compress less well.
INTERVAL_SECONDS = 1.0
# Of the end of what is kept, which tells cheaply whether a file still begins with it.
_TAIL_BYTES = 4096


class ConversationKeeper:
    """Copies the transcripts of one ``recording`` into ``store``."""

    def __init__(self, store: SnapshotStore, recording: str) -> None:
        self._shelf = Shelf(store)
        self._store, self._recording = store, recording
        self._copies: dict[str, TranscriptCopy] = {}
        self._due: set[str] = set()
        self._lock = threading.Lock()
        self._wake, self._closing = threading.Event(), threading.Event()
        self._thread: threading.Thread | None = None

    def keep(self, paths: Iterable[str]) -> None:
        """Copy what the transcripts at ``paths`` have by now. Returns at once."""
        with self._lock:
            self._due |= {path for path in paths if path.endswith(SUFFIX)}
        if self._due and self._thread is None:
            self._thread = threading.Thread(target=self._run, daemon=True)
            self._thread.start()
        self._wake.set()

    def close(self) -> None:
        """Return when everything is copied."""
        self._closing.set()
        self._wake.set()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        while True:
            self._wake.wait()
            self._wake.clear()
            is_last = self._closing.is_set()
            with self._lock:
                due, self._due = self._due, set()
            for path in due:
                self._update(path)
            if is_last:
                break
            self._closing.wait(INTERVAL_SECONDS)
        for copy in self._copies.values():
            copy.close()

    def _update(self, path: str) -> None:
        """Best effort: a transcript that cannot be copied now may be later, and is there meanwhile."""
        if path not in self._copies:
            if len(self._copies) >= MAX_TRANSCRIPTS:
                return
            self._copies[path] = TranscriptCopy(self._store, self._shelf, self._recording, path)
        try:
            self._copies[path].update()
        except (OSError, AgentrecError):
            self._copies.pop(path).close()


class TranscriptCopy:
    """The copy of the transcript at ``path``."""

    def __init__(self, store: SnapshotStore, shelf: Shelf, recording: str, path: str) -> None:
        self._store, self._shelf = store, shelf
        self._recording, self._path = recording, path
        self._writer: KeptWriter | None = None
        self._digest = hashlib.sha256()
        self._tail = b""

    def update(self) -> None:
        """Copy the whole lines that are new. Raises OSError, SnapshotError."""
        with open_plain(self._path) as file:
            status = os.fstat(file.fileno())
            if status.st_uid != os.geteuid() or status.st_size > MAX_TRANSCRIPT_BYTES:
                return
            if self._writer is None or not self._continues(file, self._writer):
                self.close()
                self._writer = self._opened(file)
            self._copy(file, self._writer)

    def close(self) -> None:
        if self._writer is not None:
            self._writer.close()
            self._writer = None

    def _copy(self, file: BinaryIO, writer: KeptWriter) -> None:
        file.seek(writer.end)
        rest = b""
        while piece := file.read(BLOCK_BYTES - len(rest)):
            data = rest + piece
            end = data.rfind(b"\n") + 1
            if not end and len(data) >= BLOCK_BYTES:
                end = len(data)  # a very long line
            rest = data[end:]
            if end:
                self._append(writer, data[:end])

    def _append(self, writer: KeptWriter, data: bytes) -> None:
        digest = self._digest.copy()
        digest.update(data)
        writer.append(data, digest.digest())
        self._digest = digest
        self._tail = (self._tail + data)[-_TAIL_BYTES:]

    def _continues(self, file: BinaryIO, writer: KeptWriter) -> bool:
        """Whether the file still ends as it did where the copy ends."""
        file.seek(writer.end - len(self._tail))
        return file.read(len(self._tail)) == self._tail

    def _opened(self, file: BinaryIO) -> KeptWriter:
        """A writer for a copy that the file begins with, or for a new one."""
        with self._store.lock():
            for name in self._shelf.names(self._path):
                try:
                    writer = KeptWriter(self._shelf.file(name))
                except BlockingIOError:
                    continue  # another recording writes it
                if self._begins_with(file, writer):
                    self._shelf.need(self._recording, self._path, name)
                    return writer
                writer.close()
            name = self._shelf.new_name(self._path)
            self._shelf.need(self._recording, self._path, name)
            self._digest, self._tail = hashlib.sha256(), b""
            return KeptWriter(self._shelf.file(name))

    def _begins_with(self, file: BinaryIO, writer: KeptWriter) -> bool:
        """Whether the file begins with the copy; then its digest is known."""
        file.seek(0)
        digest, left, tail = hashlib.sha256(), writer.end, b""
        while left and (piece := file.read(min(left, BLOCK_BYTES))):
            digest.update(piece)
            left -= len(piece)
            tail = (tail + piece)[-_TAIL_BYTES:]
        self._digest, self._tail = digest, tail
        return not left and digest.digest() == writer.digest
