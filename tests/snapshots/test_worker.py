"""The process that takes snapshots."""

import os
import shutil
import subprocess
import sys
import time

import pytest

from agentrec.snapshots.gitstore.repack import UNCOMPRESSED_MARKER
from agentrec.snapshots.scan.scan_cache import load_scan
from agentrec.snapshots.worker import SnapshotWorker
from tests.snapshots.helpers import environment, fill, git, taker, workspace


def test_a_worker_with_nothing_to_do_saves_and_tidies_up(tmp_path, monkeypatch):
    folder = workspace(tmp_path)
    fill(folder, {"large": os.urandom(2_000_000), "a": "1"})
    for name, value in environment(tmp_path).items():
        monkeypatch.setenv(name, value)
    worker = SnapshotWorker(str(folder), "run")
    worker.idle()
    first = worker.perform({"label": "one", "reason": "tool", "more": {"at_seq": 3}})
    assert (first["ok"], first["new"], first["snapshot"]["more"]) == (True, True, {"at_seq": 3})
    store = taker(folder, tmp_path).store
    assert load_scan(store) is None
    worker.idle()
    assert load_scan(store) is not None
    worker.idle()
    (folder / "a").write_text("2")
    assert worker.perform({"label": "two"})["snapshot"]["changed"] == 1  # while git works
    while os.path.exists(f"{store.folder}/{UNCOMPRESSED_MARKER}"):
        worker.idle()
    worker.close()
    store.git("fsck", "--full", "--strict")
    assert [one.label for one in store.chain("run")] == ["one", "two"]
    refused = SnapshotWorker(str(tmp_path / "home"), "run").perform({})
    assert (refused["ok"], refused["final"]) == (False, True)
    assert "home directory" in refused["error"]


@pytest.mark.skipif(shutil.which("pgrep") is None, reason="needs pgrep")
def test_a_git_that_waits_for_ever_ends_with_the_recording(tmp_path):
    folder = workspace(tmp_path)
    git(folder, "init", "-q")
    (folder / ".git/HEAD").unlink()
    os.mkfifo(folder / ".git/HEAD")
    command = f"until [ -n \"$(pgrep -f '^git -C {folder} ')\" ]; do :; done"
    record = ["record", "-q", "--headless", "-o", str(tmp_path / "run.ahr"), "--", "sh", "-c"]
    done = subprocess.run(
        [sys.executable, "-P", "-m", "agentrec", *record, command],
        env=environment(tmp_path),
        cwd=folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=100,
    )
    assert done.returncode == 0, done.stderr
    until = time.monotonic() + 60
    while subprocess.run(["pgrep", "-f", f"^git -C {folder} "], capture_output=True).stdout:
        assert time.monotonic() < until, "it still waits"
        time.sleep(0.05)
