"""Snapshot stores that do harm: small ones of each kind; one clear line, bounded memory, nothing active."""

import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from agentrec.cli.main import main
from agentrec.snapshots.gitstore import git
from agentrec.snapshots.gitstore.chain_pack import take_chain_pack
from agentrec.snapshots.gitstore.snapshot_store import SnapshotStore
from agentrec.snapshots.model import SnapshotError
from scripts.hostile_parts.commands import ON_STORES
from scripts.hostile_parts.stores import STORES, write_store
from tests.test_hostile import act_on_a_terminal

SMALL_BYTES = 60_000
# The others take seconds together: `scripts/hostile` runs them.
COMMANDS = ("snapshots files", "snapshots show of a file", "snapshots open", "scrub")
READABLE = {
    *("index that lies", "bomb of a file", "bomb of folders", "bomb of a manifest"),
    *("deep folders", "wide folder", "manifest of wrong types"),
}


@pytest.fixture
def made(tmp_path, monkeypatch):
    """Makes a store and the recording that names it; returns the recording."""
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("DATA", "STATE", "CACHE", "CONFIG"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / name))

    def make(name, size=SMALL_BYTES):
        path = tmp_path / "a.ahr"
        write_store(path, name, size, os.environ)
        return path

    return make


@pytest.mark.parametrize("name", STORES)
def test_commands_on_a_store_that_does_harm(name, made, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(git, "MEMORY_BYTES", 16 << 20)  # git is at its limit sooner
    monkeypatch.setattr(git, "MAX_OUTPUT_BYTES", 1 << 20)
    path = made(name)
    out = str(tmp_path / "out")
    for command in ON_STORES:
        if command.name not in COMMANDS:
            continue
        argv = [word.replace("FILE", str(path)).replace("OUT", out) for word in command.argv]
        assert main(argv) in command.codes, argv
        said = capsys.readouterr()
        assert not act_on_a_terminal(said.out + said.err), argv


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("bomb of folders", "git ls-tree prints more than 4 MiB"),
        ("bomb of a manifest", "is too large"),
        ("manifest of wrong types", "manifest is damaged"),
        ("snapshot of wrong types", "is not a snapshot"),
        ("cut pack", "the snapshot store is damaged"),
        ("index that lies", "git stopped reading the store"),
    ],
)
def test_what_is_wrong_is_said(name, words, made, capsys, monkeypatch):
    monkeypatch.setattr(git, "MAX_OUTPUT_BYTES", 4 << 20)
    path = made(name, 6 << 20 if name == "bomb of a manifest" else SMALL_BYTES)
    assert main(["snapshots", "files", f"{path}@s1"]) == 3
    assert words in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "argv", "words"),
    [
        ("deltas in a ring", "snapshots show FILE@s1:x.py", "git stopped reading the store"),
        ("deltas in a ring", "push FILE --remote file://OUT", "cannot pack snapshots"),
        ("bomb of a file", "bundle FILE -o OUT", "x.py is left out: too large"),
        ("bomb of a file", "snapshots show FILE@s1:x.py", ""),
        ("bomb of a file", "snapshots open FILE@s1 OUT", ""),
    ],
)
def test_memory_is_bounded(name, argv, words, made, tmp_path):
    """Git would follow deltas of each other until there is no memory; a pack of a megabyte is a gigabyte."""
    path = made(name, 16 << 20)
    argv = argv.replace("FILE", str(path)).replace("OUT", str(tmp_path / "out.json"))
    code = (
        "import resource as r, sys; from agentrec.cli.main import main; main(sys.argv[1:]);"
        "print(max(r.getrusage(who).ru_maxrss for who in (r.RUSAGE_SELF, r.RUSAGE_CHILDREN)),"
        "file=sys.stderr)"
    )
    command = [sys.executable, "-c", code, *argv.split()]
    done = subprocess.run(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=True
    )
    assert words in done.stderr
    # The process that it is forked from counts, too.
    ours = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert int(done.stderr.split()[-1]) <= max(ours, 300_000)


def test_a_file_that_is_shorter_than_it_says_is_not_written(made, tmp_path, capfd):
    path = made("file shorter than it says")
    assert main(["snapshots", "show", f"{path}@s1:x.py"]) == 3
    assert main(["snapshots", "open", f"{path}@s1", str(tmp_path / "one")]) == 1
    assert capfd.readouterr().err.count("git stopped reading the store") == 2
    assert not list((tmp_path / "one").iterdir())


@pytest.mark.parametrize("name", sorted(set(STORES) - {"pack without index"}))
def test_packs_from_elsewhere(name, made):
    """What `pull` does with a pack: it is refused, or can only be read."""
    made(name)
    here = SnapshotStore.named("hostile-1", os.environ)
    (pack,) = Path(here.objects_folder, "pack").glob("*.pack")
    heads = {"hostile": here.head("hostile")}
    there = SnapshotStore.adopted("other-1", "/other", os.environ)
    try:
        take_chain_pack(there, heads, str(pack))
    except SnapshotError:
        assert there.head("hostile") == ""
    else:
        assert name in READABLE
    there.close()


def test_no_file_is_written_elsewhere(made, tmp_path, capsys):
    path = made("names of files")
    assert main(["snapshots", "open", f"{path}@s1", str(tmp_path / "one" / "two")]) == 3
    assert "invalid file name" in capsys.readouterr().err
    assert not (tmp_path / "x").exists()
