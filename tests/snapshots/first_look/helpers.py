"""A first look at a directory, and the snapshot that comes of it."""

import os
from contextlib import suppress

from agentrec.companions.snapshots.worker_client import WorkerClient
from agentrec.snapshots.first_look.look_process import LookProcess
from agentrec.snapshots.gitstore.snapshot_store import SnapshotStore
from agentrec.snapshots.model import PERMISSIONS
from tests.snapshots.helpers import environment, git


def looked(folder, tmp_path):
    """A look that is done."""
    look = LookProcess(os.path.realpath(folder), str(folder), environment(tmp_path))
    look.wait()
    assert look.in_time
    return look


def first_snapshot(look, folder, tmp_path, monkeypatch=None):
    """The snapshot of the start, after the command has begun: its ``more``, and its files."""
    client = WorkerClient.from_look(look, "run")
    client.send({"label": "start", "reason": "start", "began": look.began, "looked": look.in_time})
    reply = None
    while reply is None:
        reply = client.receive(60)
    client.close()
    with suppress(ChildProcessError):
        os.waitpid(client._pid, 0)  # it saves what the next one starts from
    look.close()
    assert reply["ok"], reply
    store = SnapshotStore.of(os.path.realpath(folder), environment(tmp_path))
    snapshot = store.snapshot(reply["snapshot"]["commit"])
    files = held(store, snapshot)
    contents = store.contents(snapshot)
    store.close()
    return snapshot.more, files, contents


def held(store, snapshot):
    """What a snapshot holds: permissions and content by path; the target of a symlink."""
    return {
        path: store.read(snapshot, path)
        if entry.is_link
        else (oct(entry.mode & PERMISSIONS), store.read(snapshot, path))
        for path, entry in store.contents(snapshot).files.items()
    }


def on_disk(folder):
    """The same of a directory, without what belongs to git."""
    found = {}
    for place, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if name != ".git"]
        for name in files:
            path = os.path.join(place, name)
            if os.path.islink(path):
                content = os.fsencode(os.readlink(path))
            else:
                with open(path, "rb") as file:
                    content = (oct(os.fstat(file.fileno()).st_mode & PERMISSIONS), file.read())
            found[os.path.relpath(path, folder)] = content
    return found


def commit_all(folder):
    git(folder, "init", "-q")
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "all")
