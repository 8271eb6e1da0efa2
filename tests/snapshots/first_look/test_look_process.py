"""The look before the command starts: by a real fork, and the snapshot that comes of it."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from agentrec.snapshots.first_look import early_reads, stat_walk
from agentrec.snapshots.first_look.look_process import begin_look
from tests.snapshots.first_look.helpers import commit_all, first_snapshot, looked, on_disk
from tests.snapshots.helpers import environment, fill, git, workspace

FILES = {
    "clean.py": "clean\n",
    "dirty.py": "committed\n",
    "private": "mode\n",
    "src/a.py": "a\n",
    "src/b.py": "b\n",
    "src/deep/c.py": "c\n",
    "link": ("clean.py",),
    ".gitignore": "*.log\nbuild/\n.env\n",
    "caf\xe9 \udcff": "bytes\n",
}
UNTRACKED = {
    "new.py": "new\n",
    ".env": "KEY=1\n",
    "src/new link": ("a.py",),
    "large": b"x" * 400_000,
}
IGNORED = {"debug.log": "noise\n", "build/out": "made\n"}


def put(path, text):
    Path(path).write_text(text)


def replace(path):
    put(f"{path}.tmp", "replaced\n")
    os.replace(f"{path}.tmp", path)


def relink(path):
    os.unlink(path)
    os.symlink("elsewhere", path)


def read_nothing_early(monkeypatch):
    """In looks that begin from now on, also while nobody waits for them."""
    monkeypatch.setattr(early_reads, "MIN_FILES", 0)
    monkeypatch.setattr(early_reads, "MAX_FILES", 0)


CHANGES = {
    "nothing": lambda: None,
    "written": lambda: [put(name, "x\n") for name in ("clean.py", "dirty.py", "new.py", ".env")],
    "replaced": lambda: [replace(name) for name in ("clean.py", "dirty.py", "new.py", "large")],
    "removed": lambda: [os.unlink(name) for name in ("clean.py", "dirty.py", "new.py", "large")],
    "added": lambda: [put("added", "x\n"), put("src/added", "x\n"), os.mkdir("folder")],
    "renamed": lambda: [
        os.rename("clean.py", "c"),
        os.rename("new.py", "n"),
        os.rename("large", "l"),
    ],
    "permissions": lambda: [os.chmod("clean.py", 0o600), os.chmod("large", 0o755)],
    "folder removed": lambda: shutil.rmtree("src"),
    "folder renamed": lambda: os.rename("src", "lib"),
    "folder to file": lambda: [shutil.rmtree("src"), put("src", "x\n")],
    "file to folder": lambda: [os.unlink("clean.py"), os.mkdir("clean.py"), put("clean.py/x", "x")],
    "links": lambda: [relink(name) for name in ("link", "src/new link", "new.py")],
    "rules": lambda: put(".gitignore", "*.py\nlarge\nsrc/\n"),
    "same time": lambda: [put("dirty.py", "Committed\n"), os.utime("dirty.py", ns=(0, 10**18))],
    "git rm": lambda: git(".", "rm", "-rqf", "clean.py", "src"),
    "git commit": lambda: [git(".", "add", "-A"), git(".", "commit", "-qm", "more")],
    "git stash": lambda: git(".", "stash", "-qu"),
}


@pytest.mark.parametrize("in_git", [True, False])
@pytest.mark.parametrize("change", CHANGES)
def test_the_first_snapshot_is_the_state_before(tmp_path, monkeypatch, change, in_git):
    if not in_git and change.startswith("git"):
        pytest.skip("needs a repository")
    folder = workspace(tmp_path)
    fill(folder, FILES)
    os.chmod(folder / "private", 0o600)
    if in_git:
        commit_all(folder)
        head = git(folder, "rev-parse", "HEAD").strip()
    (folder / "dirty.py").write_text("modified\n")
    fill(folder, UNTRACKED)
    before = on_disk(folder)
    fill(folder, IGNORED)  # outside a repository, .gitignore counts all the same
    look = looked(folder, tmp_path)
    monkeypatch.chdir(folder)
    CHANGES[change]()
    more, files, _ = first_snapshot(look, folder, tmp_path)
    assert files == before
    assert "missed" not in more
    assert "late" not in more
    assert more.get("head") == (head if in_git else None)


def test_what_was_not_read_and_has_no_other_copy_is_named(tmp_path, monkeypatch):
    read_nothing_early(monkeypatch)
    folder = workspace(tmp_path)
    fill(folder, {f"file{n}": f"{n}\n" for n in range(8)})
    look = looked(folder, tmp_path)
    assert look.unread
    put(folder / "file1", "x\n")
    os.unlink(folder / "file2")
    os.rename(folder / "file3", folder / "moved")
    os.chmod(folder / "file4", 0o600)
    put(folder / "added", "x\n")
    more, files, contents = first_snapshot(look, folder, tmp_path)
    assert (more["missed"], more["missed_paths"]) == (2, ["file1", "file2"])
    assert contents.left == dict.fromkeys(["file1", "file2"], "changed before it was read")
    assert files == {f"file{n}": ("0o644", b"%d\n" % n) for n in (0, 3, 4, 5, 6, 7)}


def test_an_earlier_snapshot_is_another_copy(tmp_path, monkeypatch):
    folder = workspace(tmp_path)
    fill(folder, {f"file{n}": f"{n}\n" for n in range(8)})
    time.sleep(0.1)  # else their times prove nothing yet
    _, before, _ = first_snapshot(looked(folder, tmp_path), folder, tmp_path)
    read_nothing_early(monkeypatch)
    look = looked(folder, tmp_path)
    put(folder / "file1", "x\n")
    for file in folder.iterdir():  # a new directory of the same name would have a store of its own
        file.unlink()
    more, files, _ = first_snapshot(look, folder, tmp_path)
    assert files == before
    assert "missed" not in more


def test_a_large_file_that_is_written_to_is_named(tmp_path):
    folder = workspace(tmp_path)
    fill(folder, {"large": b"x" * 400_000})
    look = looked(folder, tmp_path)
    with open(folder / "large", "r+b") as file:
        file.write(b"y")
    more, files, _ = first_snapshot(look, folder, tmp_path)
    assert more["missed_paths"] == ["large"]
    assert files == {}


def test_a_huge_directory_is_late_and_names_what_changed(tmp_path, monkeypatch):
    monkeypatch.setattr(stat_walk, "MAX_FILES", 10)
    folder = workspace(tmp_path)
    fill(folder, {f"d{n // 10}/file{n}": f"{n}\n" for n in range(60)})
    commit_all(folder)
    for n in range(1, 5):
        os.unlink(folder / f"d{n}/file{n}9")  # before the start: not named
    time.sleep(0.1)
    look = looked(folder, tmp_path)
    for name in ("d0/file0", "d5/file50"):  # one of a directory that was looked at, one of another
        (folder / name).write_text("changed\n")
        (folder / name.replace("file", "added")).write_text("x\n")
        os.unlink(folder / f"{name[:-1]}1")
    more, files, contents = first_snapshot(look, folder, tmp_path)
    assert more["late"] is True
    seen, unseen = ("d0", "d5") if "d0/file0" not in more["missed_paths"] else ("d5", "d0")
    assert files[f"{seen}/file{seen[1]}0".replace("file00", "file0")][1] != b"changed\n"
    number = unseen[1].replace("0", "")
    assert more["missed_paths"] == [f"{unseen}/{name}{number}0" for name in ("added", "file")] + [
        f"{unseen}/file{number}1"
    ]
    assert list(contents.late) == more["missed_paths"]


def test_without_a_look_everything_that_changed_is_named(tmp_path):
    folder = workspace(tmp_path)
    fill(folder, {"old": "1", "changed": "1"})
    time.sleep(0.1)
    look = looked(folder, tmp_path)
    look.began = time.time_ns()
    time.sleep(0.1)
    put(folder / "changed", "2")
    put(folder / "added", "2")
    look.in_time = False  # it was not done when the command started
    more, files, contents = first_snapshot(look, folder, tmp_path)
    assert more == {"late": True, "missed": 2, "missed_paths": ["added", "changed"]}
    assert files["changed"] == ("0o644", b"2")
    assert list(contents.late) == ["added", "changed"]


def test_line_endings_that_git_converts_are_restored(tmp_path):
    folder = workspace(tmp_path)
    git(folder, "init", "-q")
    git(folder, "config", "core.autocrlf", "true")
    fill(folder, {"crlf": "one\r\ntwo\r\n", "lf": "one\ntwo\n", "mixed": "one\r\ntwo\n"})
    time.sleep(0.1)
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "all")
    before = on_disk(folder)
    time.sleep(0.1)
    git(folder, "status")  # the index is younger than the files: nothing is read early
    look = looked(folder, tmp_path)
    for name in before:
        os.unlink(folder / name)
    more, files, _ = first_snapshot(look, folder, tmp_path)
    assert {name: files[name] for name in files} == {
        name: content for name, content in before.items() if name in files
    }
    assert files.keys() | set(more.get("missed_paths", [])) == before.keys()
    assert "crlf" in files


def test_what_a_filter_makes_is_not_guessed(tmp_path):
    folder = workspace(tmp_path)
    git(folder, "init", "-q")
    git(folder, "config", "filter.swap.clean", "tr ab ba")
    git(folder, "config", "filter.swap.smudge", "tr ab ba")
    fill(folder, {"x.swap": "aabb\n", ".gitattributes": "*.swap filter=swap\n"})
    time.sleep(0.1)
    git(folder, "add", "-A")
    time.sleep(0.1)
    git(folder, "update-index", "--refresh")
    look = looked(folder, tmp_path)
    os.unlink(folder / "x.swap")
    more, files, _ = first_snapshot(look, folder, tmp_path)
    assert files.get("x.swap", ("0o644", b"aabb\n")) == ("0o644", b"aabb\n")
    assert ("x.swap" in files) != (more.get("missed_paths") == ["x.swap"])


@pytest.mark.parametrize("flag", ["--assume-unchanged", "--skip-worktree"])
def test_entries_that_git_does_not_check_are_not_trusted(tmp_path, flag):
    folder = workspace(tmp_path)
    fill(folder, {"a": "committed\n"})
    commit_all(folder)
    git(folder, "update-index", flag, "a")
    (folder / "a").write_text("modified!\n")
    look = looked(folder, tmp_path)
    os.unlink(folder / "a")
    _, files, _ = first_snapshot(look, folder, tmp_path)
    assert files["a"] == ("0o644", b"modified!\n")


def test_whether_anything_has_changed(tmp_path):
    folder = workspace(tmp_path)
    fill(folder, {"a": "1", ".gitignore": "*.log\n"})
    look = looked(folder, tmp_path)
    put(folder / "run.ahr", "a recording")
    put(folder / "x.log", "noise")
    assert not look.has_changed()
    put(folder / "b", "1")
    assert look.has_changed()
    look.close()


def test_no_look_where_there_are_no_snapshots(tmp_path, monkeypatch):
    env = environment(tmp_path)
    folder = workspace(tmp_path)
    for place in ("/", env["HOME"], str(tmp_path), "/tmp"):
        monkeypatch.chdir(place)
        assert begin_look(env) is None
    monkeypatch.chdir(folder)
    config = tmp_path / "home/.config/agentrec/config.toml"
    config.parent.mkdir(parents=True)
    config.write_text("[snapshots]\nenabled = false\n")
    assert begin_look(env) is None
    config.write_text("[snapshots]\nenabled = true\n")
    look = begin_look(env)
    look.wait()
    look.close()


def test_a_killed_look_keeps_nobody_waiting(tmp_path):
    folder = workspace(tmp_path)
    look = looked(folder, tmp_path)
    os.kill(look.pid, signal.SIGKILL)
    look.wait()
    assert not look.in_time
    assert not look.has_changed()
    look.close()


def test_a_fifo_in_place_of_git_files_keeps_nobody_waiting(tmp_path):
    folder = workspace(tmp_path)
    fill(folder, {"a": "1"})
    commit_all(folder)
    for name in ("HEAD", "index", "packed-refs", "config"):
        (folder / ".git" / name).unlink(missing_ok=True)
        os.mkfifo(folder / ".git" / name)
    os.mkfifo(folder / ".gitignore")
    looked(folder, tmp_path).close()


def test_the_recorder_loads_little_for_a_look():
    code = (
        "import sys; before = set(sys.modules)\n"
        "from agentrec.snapshots.first_look import look_process\n"
        "print(*set(sys.modules) - before)"
    )
    root = Path(__file__).parents[3]
    line = [
        sys.executable,
        "-S",
        "-I",
        "-c",
        f"import sys; sys.path.insert(0, {str(root)!r})\n{code}",
    ]
    done = subprocess.run(line, capture_output=True, text=True, check=True)
    heavy = {
        "typing",
        "re",
        "enum",
        "dataclasses",
        "pathlib",
        "tomllib",
        "subprocess",
        "json",
        "signal",
    }
    assert not heavy & set(done.stdout.split())
