"""Directories for snapshot tests: made, described, and compared byte for byte."""

import hashlib
import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from agentrec.snapshots.restore.restore import Restorer
from agentrec.snapshots.snapshotter import Snapshotter

# In user and mount namespaces of its own, where everybody may mount and set limits.
ALONE = ("unshare", "--user", "--map-root-user", "--mount", "--propagation", "private")


def run_alone(script, *args):
    """What a Python ``script`` said in namespaces of its own; skips the test where there are none."""
    if (
        shutil.which("unshare") is None
        or subprocess.run([*ALONE, "true"], capture_output=True).returncode
    ):
        pytest.skip("no namespaces here")
    line = [*ALONE, sys.executable, "-c", script, *map(str, args)]
    return subprocess.run(line, capture_output=True, text=True)


def environment(tmp_path):
    """An environment with a data directory and a home of its own."""
    home = tmp_path / "home"
    home.mkdir(exist_ok=True)
    return {"HOME": str(home), "XDG_DATA_HOME": str(tmp_path / "data"), "PATH": os.environ["PATH"]}


def workspace(tmp_path, name="work"):
    folder = tmp_path / name
    folder.mkdir()
    return folder


def taker(folder, tmp_path, recording="run"):
    return Snapshotter.open(str(folder), environment(tmp_path), recording)


def restorer(the_taker):
    return Restorer(the_taker.store, the_taker.rules)


def fill(folder, files):
    """Make files of ``{path: content}``; None makes a directory, a tuple a symlink."""
    for path, content in files.items():
        place = os.path.join(os.fsencode(folder), os.fsencode(path))
        os.makedirs(place if content is None else os.path.dirname(place), exist_ok=True)
        if isinstance(content, tuple):
            os.symlink(content[0], place)
        elif content is not None:
            with open(place, "wb") as file:
                file.write(content.encode() if isinstance(content, str) else content)


def picture(folder, skip=(".git",)):
    """Everything in ``folder`` that a snapshot promises: kind, permissions and content by path."""
    found = {}
    root = os.fsencode(folder)
    for place, folders, files in os.walk(root):
        folders[:] = [name for name in folders if os.fsdecode(name) not in skip]
        for name in [*folders, *files]:
            path = os.path.join(place, name)
            status = os.lstat(path)
            key = os.path.relpath(path, root)
            if stat.S_ISLNK(status.st_mode):
                found[key] = ("link", os.readlink(path))
            elif stat.S_ISDIR(status.st_mode):
                found[key] = ("folder", oct(status.st_mode & 0o7777))
            elif stat.S_ISREG(status.st_mode):
                found[key] = (
                    "file",
                    oct(status.st_mode & 0o7777),
                    Path(os.fsdecode(path)).read_bytes(),
                )
            else:
                found[key] = ("special",)
    return found


def git(folder, *args, **options):
    """Run the user's git there."""
    env = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}
    who = ("-c", "user.name=me", "-c", "user.email=me@example.org", "-c", "init.defaultBranch=main")
    done = subprocess.run(
        ["git", "-C", str(folder), *who, *args], env=env, capture_output=True, check=True, **options
    )
    return done.stdout.decode()


def fingerprint(folder):
    """A hash of every file below ``folder``, with its name, mode and times of change."""
    digest = hashlib.sha256()
    for place, folders, files in os.walk(folder):
        folders.sort()
        for name in sorted([*folders, *files]):
            path = os.path.join(place, name)
            status = os.lstat(path)
            digest.update(
                f"{path} {status.st_mode:o} {status.st_mtime_ns} {status.st_ctime_ns}\n".encode()
            )
            if stat.S_ISREG(status.st_mode):
                digest.update(Path(path).read_bytes())
    return digest.hexdigest()


START = """
import os, sys
from agentrec.snapshots.snapshotter import Snapshotter
from agentrec.snapshots.restore.restore import Restorer
folder, data, name = sys.argv[1:4]
takes = Snapshotter.open(folder, {"HOME": "/nonexistent", "XDG_DATA_HOME": data}, name)
print("ready", flush=True)
"""


def start(script, folder, tmp_path, *args, **options):
    """A process that has a snapshotter (``takes``) and runs ``script``; it has printed that it is ready."""
    line = [sys.executable, "-c", START + script, str(folder), str(tmp_path / "data"), *args]
    child = subprocess.Popen(line, stdout=subprocess.PIPE, text=True, **options)
    assert child.stdout.readline() == "ready\n"
    return child
