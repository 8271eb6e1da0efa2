"""Two real recordings of one directory, with secrets wherever a recording keeps something."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

from agentrec.library.index.library_db import LibraryDb
from agentrec.recording import packing_queue
from agentrec.recording.reader import Recording
from agentrec.snapshots.conversations.kept_file import KeptWriter, open_kept
from agentrec.snapshots.conversations.shelf import Shelf
from agentrec.snapshots.gitstore.snapshot_store import SnapshotStore
from fixtures.secrets import Secret

AGENTREC = [sys.executable, "-m", "agentrec"]
TRANSCRIPT = "/agent/session.jsonl"


class Planted(NamedTuple):
    """``root`` has everything: a home, a workspace with ``a.ahr`` and ``b.ahr``. ``by_place``: secrets."""

    root: Path
    by_place: dict[str, list[Secret]]

    @property
    def env(self) -> dict[str, str]:
        dropped = ("XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME")
        kept = {name: value for name, value in os.environ.items() if name not in dropped}
        return {**kept, "HOME": str(self.root / "home")}

    @property
    def workspace(self) -> Path:
        return self.root / "ws"

    def agentrec(self, *args: object, check: bool = True) -> subprocess.CompletedProcess[str]:
        command = [*AGENTREC, *map(str, args)]
        ran = subprocess.run(
            command, cwd=self.workspace, env=self.env, capture_output=True, text=True, timeout=120
        )
        assert not check or ran.returncode == 0, ran.stderr
        return ran

    def store(self) -> SnapshotStore:
        folder = self.root / "home/.local/share/agentrec/snapshots"
        return SnapshotStore.named(next(path.name for path in folder.iterdir()), self.env)

    def recording_id(self, name: str) -> str:
        with Recording.open(str(self.workspace / name)) as recording:
            return str(recording.header["id"])

    def backup(self) -> Path:
        copy = self.root.with_name("backup")
        shutil.copytree(self.root, copy, symlinks=True)
        return copy

    def reset(self, copy: Path) -> None:
        """Let everything be as it was; what packs recordings in the background is waited for."""
        deadline = time.monotonic() + 60
        while packing_queue.is_running(self.env) and time.monotonic() < deadline:
            time.sleep(0.05)
        shutil.rmtree(self.root)
        shutil.copytree(copy, self.root, symlinks=True)


def planted(root: Path, secrets: list[Secret]) -> Planted:
    """Record with a share of ``secrets`` in each place."""
    places = ("terminal", "event", "file", "shared file", "conversation")
    by_place = {place: secrets[number :: len(places)] for number, place in enumerate(places)}
    made = Planted(root, by_place)
    made.workspace.mkdir(parents=True)
    (root / "home").mkdir()
    subprocess.run(["git", "init", "-q"], cwd=made.workspace, check=True)
    (root / "shown").write_text("\n".join(secret.text for secret in by_place["terminal"]) + "\n")
    for place in ("file", "shared file"):
        for number, secret in enumerate(by_place[place]):
            path = made.workspace / place / f"f{number}.txt"
            path.parent.mkdir(exist_ok=True)
            path.write_text(f"before\n{secret.text}\nafter\n")
    notes = root / "notes"
    events = [
        {"track": "note", "kind": "text", "data": {"text": s.text}} for s in by_place["event"]
    ]
    notes.write_text("".join(json.dumps(event) + "\n" for event in events))
    script = f'cat {root}/shown; cat {notes} > "$AGENTREC_EVENTS"; echo more > new.txt; sleep 0.3'
    record = ("record", "--no-redact", "--headless", "--cols", 400, "-o")
    made.agentrec(*record, "a.ahr", "--", "sh", "-c", script)
    shutil.rmtree(made.workspace / "file")
    made.agentrec(*record, "b.ahr", "--", "sh", "-c", "echo b > b.txt; sleep 0.2")
    _keep_conversation(made)
    made.agentrec("ls")  # the index has them
    return made


def _keep_conversation(made: Planted) -> None:
    store = made.store()
    recording = made.recording_id("a.ahr")
    lines = [
        json.dumps({"message": s.text, "n": n}) for n, s in enumerate(made.by_place["conversation"])
    ]
    data = "\n".join([*lines, '{"end": true}\n']).encode()
    with store.lock():
        shelf = Shelf(store)
        name = shelf.new_name(TRANSCRIPT)
        shelf.need(recording, TRANSCRIPT, name)
        writer = KeptWriter(shelf.file(name))
        writer.append(data, hashlib.sha256(data).digest())
        writer.close()
    store.close()


def conversation(made: Planted) -> bytes:
    """What is kept of the transcript."""
    shelf = Shelf(made.store())
    with open_kept(shelf.file(shelf.names(TRANSCRIPT)[0])) as file:
        return file.read()


def snapshot_files(made: Planted, name: str) -> dict[str, bytes]:
    """The files of every snapshot of a recording."""
    store = made.store()
    recording = made.recording_id(name)
    files = {}
    for snapshot in store.chain(recording):
        for path in store.contents(snapshot).files:
            files[f"{snapshot.id}:{path}"] = store.read(snapshot, path)
    store.close()
    return files


def all_objects(made: Planted) -> bytes:
    """Everything in the store, whether something refers to it or not."""
    store = made.store()
    names = store.git("cat-file", "--batch-all-objects", "--batch-check=%(objectname)")
    data = store.git("cat-file", "--batch", data=names)
    store.close()
    return data


def indexed(made: Planted) -> str:
    """Every text in the library's index."""
    library = LibraryDb(str(made.root / "home/.local/share/agentrec"))
    with library.reading() as db:
        rows = [row[0] for row in db.execute("SELECT text FROM texts")]
        rows += [str(tuple(row)) for row in db.execute("SELECT * FROM recordings")]
    library.close()
    return "\n".join(rows)


def readable(made: Planted, *names: str) -> str:
    """All that the recordings, the store, the conversation and the index have."""
    texts = [made.agentrec("convert", name, "-", "--to", "jsonl").stdout for name in names]
    binary = all_objects(made) + conversation(made)
    return "\n".join([*texts, indexed(made), binary.decode("latin-1")])
