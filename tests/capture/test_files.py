"""Changes of files: put together, ignored, watched and looked for, with real files and real git."""

import os
import shutil
import subprocess
import time

import pytest

from agentrec.companions.files.debounce import AT_ONCE, CHANGED, CREATED, DELETED, WAITING, Changes
from agentrec.companions.files.ignored import Ignored
from agentrec.companions.files.watcher import FileWatcher
from tests.capture.terminal import RECORD, environment, events, of_kind


@pytest.mark.parametrize(
    ("happened", "told"),
    [
        ([CREATED], CREATED),
        ([CREATED, CHANGED, CHANGED], CREATED),
        ([CHANGED, CHANGED], CHANGED),
        ([CREATED, CHANGED, DELETED], None),
        ([CHANGED, DELETED], DELETED),
        ([DELETED, CREATED], CHANGED),
        ([DELETED, CREATED, CHANGED, DELETED], DELETED),
    ],
)
def test_changes_of_one_path_are_one(happened, told):
    changes = Changes()
    for n, what in enumerate(happened):
        changes.add("a", what, n * 0.01)
    assert changes.take(0.05) == []
    assert changes.take(1.0) == ([("a", told)] if told else [])
    assert changes.take(9.0, all_of_them=True) == []


def test_a_file_that_never_rests_is_told_now_and_then():
    changes = Changes()
    told = []
    for n in range(100):
        changes.add("log", CHANGED, n * 0.1)
        told += changes.take(n * 0.1)
    assert 3 <= len(told) <= 6


def test_a_flood_is_bounded_and_counted():
    changes = Changes()
    for n in range(WAITING + 100):
        changes.add(f"f{n}", CREATED, 1.0)
    told = changes.take(9.0)
    assert 0 < len(told) <= AT_ONCE
    assert len(told) + changes.dropped == WAITING + 100


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
def test_it_ignores_what_git_ignores(tmp_path):
    repo = tmp_path / "repo"
    names = (
        "a.py x.log keep.log build/o.txt src/build/p.txt src/a.tmp src/deep/b.tmp src/deep/c.txt "
        "docs/x/y/z.md only-dir sub/only-dir/f brackets/[a].txt brackets/a1.txt brackets/b1.txt excluded.txt"
    )
    ignore = "*.log\n!keep.log\n/build/\nonly-dir/\ndocs/**/z.md\nbrackets/a[0-9].txt\n# no\nsp\\ ace\\ \n"
    files = dict.fromkeys([*names.split(), "sp ace "], "")
    files |= {".gitignore": ignore, "src/.gitignore": "*.tmp\n!deep/*.tmp\n"}
    for name, text in files.items():
        path = repo / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    subprocess.run(["git", "init", "-q", repo], check=True)
    (repo / ".git/info/exclude").write_text("excluded.txt\n")
    for root in (repo, repo / "src"):
        names = [
            os.path.relpath(os.path.join(folder, name), root)
            for folder, _, found in os.walk(root)
            for name in found
            if ".git/" not in folder + "/"
        ]
        done = subprocess.run(
            ["git", "check-ignore", "--no-index", "-z", "--stdin"],
            input="\0".join(names).encode(),
            cwd=root,
            capture_output=True,
        )
        by_git = set(done.stdout.decode().split("\0")) - {""}
        ignored = Ignored(str(root))

        def ours(name, ignored=ignored):
            parts = name.split("/")
            folders = ["/".join(parts[:n]) for n in range(1, len(parts))]
            return any(ignored(f, directory=True) for f in folders) or ignored(name)

        assert {name for name in names if ours(name)} == by_git
        assert by_git


def test_it_never_tells_of_the_insides_of_tools(tmp_path):
    ignored = Ignored(str(tmp_path))
    assert ignored("node_modules", directory=True)
    assert ignored("a/.git", directory=True)
    assert not ignored("a/git", directory=True)


class Watching:
    """A watcher of ``root``, ticked by the test."""

    def __init__(self, root, **options):
        self.told = []
        self.watcher = FileWatcher(**options)
        self.watcher.prepare(
            [], {"HOME": "/nowhere", "AGENTREC_FILE": f"{root}/own.ahr"}, str(root)
        )
        self.watcher.start(lambda track, kind, data, **_: self.told.append((kind, data)), 0)

    def tick(self, times=1):
        for _ in range(times):
            time.sleep(min(self.watcher.tick() or 0, 0.3))

    def stop(self):
        self.watcher.stop()
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


def test_without_the_kernels_word(tmp_path):
    (tmp_path / "old").write_text("x")
    (tmp_path / "gone").write_text("x")
    time.sleep(0.05)
    watching = Watching(tmp_path, listen=False)
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


def test_the_home_directory_is_too_much(tmp_path):
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
