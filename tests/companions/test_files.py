"""Changes of real files, seen by inotify and by scans."""

import os
import subprocess
import time

from agentrec.capture.companion_host import CompanionHost
from agentrec.companions.files import FilesCompanion
from agentrec.companions.files.inotify_tree import InotifyTree
from tests.capture.terminal import RECORD, environment, events, of_kind


class Watching:
    """The companion, watching ``root``, ticked by the test."""

    def __init__(self, root, **options):
        self.told = []
        self.companion = FilesCompanion(wait_seconds=0.25, **options)
        self.companion.prepare(
            [], {"HOME": "/nowhere", "AGENTREC_FILE": f"{root}/own.ahr"}, str(root)
        )
        self.companion.start(lambda track, kind, data, **_: self.told.append((kind, data)), 0)

    def tick(self, times=1):
        for _ in range(times):
            time.sleep(min(self.companion.tick() or 0, 0.3))

    def stop(self):
        self.companion.stop()
        return {(d["what"], d["path"]): d.get("size") for kind, d in self.told if kind == "file"}


def test_real_changes(tmp_path):
    (tmp_path / "old").write_text("x")
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub/gone").write_text("x")
    (tmp_path / "saved").write_text("x")
    (tmp_path / ".gitignore").write_text("*.log\n")
    time.sleep(0.05)
    watching = Watching(tmp_path)
    watching.tick(6)
    (tmp_path / "new").write_text("hello")
    (tmp_path / "x.log").write_text("hello")
    (tmp_path / "own.ahr").write_text("hello")
    (tmp_path / "old").write_text("xy")
    (tmp_path / "sub/gone").unlink()
    (tmp_path / "tmp1").write_text("new text")
    os.replace(tmp_path / "tmp1", tmp_path / "saved")
    (tmp_path / "made/deep").mkdir(parents=True)
    (tmp_path / "made/deep/file").write_text("abc")
    (tmp_path / "node_modules").mkdir()
    (tmp_path / "node_modules/m").write_text("abc")
    watching.tick(6)
    (tmp_path / "made/deep/later").write_text("")
    assert watching.stop() == {
        ("created", "new"): 5,
        ("changed", "old"): 2,
        ("deleted", "sub/gone"): None,
        ("changed", "saved"): 8,
        ("created", "made/deep/file"): 3,
        ("created", "made/deep/later"): 0,
    }


def test_a_directory_that_moves(tmp_path):
    (tmp_path / "a/b").mkdir(parents=True)
    (tmp_path / "a/b/f").write_text("1")
    time.sleep(0.05)
    watching = Watching(tmp_path)
    watching.tick(6)
    os.rename(tmp_path / "a", tmp_path / "z")
    watching.tick(6)
    (tmp_path / "z/b/g").write_text("22")
    assert watching.stop() == {
        ("deleted", "a/b/f"): None,
        ("created", "z/b/f"): 1,
        ("created", "z/b/g"): 2,
    }


def test_scans_where_there_is_no_inotify(tmp_path):
    (tmp_path / "old").write_text("x")
    (tmp_path / "gone").write_text("x")
    time.sleep(0.05)
    watching = Watching(tmp_path, use_inotify=False)
    watching.tick(3)
    (tmp_path / "new").write_text("hello")
    (tmp_path / "old").write_text("xy")
    (tmp_path / "gone").unlink()
    assert watching.stop() == {
        ("created", "new"): 5,
        ("changed", "old"): 2,
        ("deleted", "gone"): None,
    }


def test_a_short_run_in_a_recording(tmp_path):
    work = tmp_path / "work"
    work.mkdir()
    (work / "before").write_text("")
    time.sleep(0.05)
    path = work / "a.ahr"
    done = subprocess.run(
        [*RECORD, "-q", "--headless", "-o", str(path), "--", "sh", "-c", "echo x > made"],
        env=environment(tmp_path),
        cwd=work,
        timeout=60,
    )
    assert done.returncode == 0
    assert of_kind(path, "sys", "file") == [{"path": "made", "what": "changed", "size": 2}]


def test_the_home_directory_is_too_large(tmp_path):
    path = tmp_path / "a.ahr"
    subprocess.run(
        [*RECORD, "-q", "--headless", "-o", str(path), "--", "sh", "-c", "echo x > made"],
        env=environment(tmp_path),
        cwd=tmp_path,
        timeout=60,
    )
    assert not of_kind(path, "sys", "file")
    assert "home directory" in of_kind(path, "sys", "dropped")[0]["reason"]
    assert events(path)[-1].kind == "exit"


def test_nothing_is_looked_at_while_nothing_changes(tmp_path, monkeypatch):
    looks = []
    usual = InotifyTree.look
    monkeypatch.setattr(InotifyTree, "look", lambda tree: (looks.append(tree), usual(tree)))
    companion = FilesCompanion()
    companion.prepare([], {"HOME": "/nowhere"}, str(tmp_path))
    told, host = [], CompanionHost([companion])
    host.start(lambda _track, kind, data, **_: told.append((kind, data)), 0)
    time.sleep(1.5)
    assert len(looks) <= 4
    (tmp_path / "new").write_text("x")
    deadline = time.monotonic() + 20
    while not told and time.monotonic() < deadline:
        time.sleep(0.05)
    began = time.monotonic()
    host.stop()
    assert told == [("file", {"path": "new", "what": "created", "size": 1})]
    assert time.monotonic() - began < 5  # it waits for a minute, but for the end
