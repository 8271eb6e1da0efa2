"""Snapshots on their way to another machine, also such as nobody should take."""

import os

import pytest

from agentrec.snapshots.gitstore.chain_pack import has_chains, take_chain_pack, write_chain_pack
from agentrec.snapshots.gitstore.pack import PackWriter
from agentrec.snapshots.gitstore.snapshot_store import SnapshotStore
from agentrec.snapshots.manifest import Contents
from agentrec.snapshots.model import Snapshot, SnapshotError
from tests.snapshots.helpers import environment, fill, taker, workspace


@pytest.fixture
def taken(tmp_path):
    """A store with two snapshots of `run`, and an environment of another machine."""
    takes = taker(workspace(tmp_path), tmp_path)
    fill(takes.store.workspace, {"a": "one\n", "d/b": os.urandom(2000)})
    takes.take("first", "start")
    fill(takes.store.workspace, {"a": "two\n"})
    takes.take("second", "end")
    other = tmp_path / "other"
    other.mkdir()
    yield takes.store, environment(other)
    takes.store.close()


def adopted(store, env):
    return SnapshotStore.adopted(store.name, store.workspace, env)


def test_everything_arrives(taken, tmp_path):
    store, env = taken
    heads = {"run": store.head("run")}
    write_chain_pack(store, heads, str(tmp_path / "pack"))
    other = adopted(store, env)
    assert not has_chains(other, heads)
    take_chain_pack(other, heads, str(tmp_path / "pack"))
    assert has_chains(other, heads)
    assert other.chain("run") == store.chain("run")
    for snapshot in store.chain("run"):
        contents: Contents = other.contents(snapshot)
        assert contents == store.contents(snapshot)
        assert other.read(snapshot, "d/b") == store.read(snapshot, "d/b")
    other.close()


def test_the_pack_is_the_same_however_the_store_is_packed(taken, tmp_path):
    store, _ = taken
    heads = {"run": store.head("run")}
    write_chain_pack(store, heads, str(tmp_path / "before"))
    store.git("repack", "-a", "-d", "-q", "-F", "--window=50")
    write_chain_pack(store, heads, str(tmp_path / "after"))
    assert (tmp_path / "before").read_bytes() == (tmp_path / "after").read_bytes()


def test_a_chain_that_has_gone_on_stays_and_an_older_one_goes_on(taken, tmp_path):
    store, env = taken
    first, second = (snapshot.commit for snapshot in store.chain("run"))
    other = adopted(store, env)
    for head, after in ((first, first), (second, second), (first, second)):
        write_chain_pack(store, {"run": head}, str(tmp_path / "pack"))
        take_chain_pack(other, {"run": head}, str(tmp_path / "pack"))
        assert other.head("run") == after
        assert has_chains(other, {"run": head})
    other.close()


def test_a_damaged_pack_changes_nothing(taken, tmp_path):
    store, env = taken
    heads = {"run": store.head("run")}
    pack = tmp_path / "pack"
    write_chain_pack(store, heads, str(pack))
    data = bytearray(pack.read_bytes())
    data[len(data) // 2] ^= 1
    other = adopted(store, env)
    for broken in (bytes(data), bytes(data[: len(data) // 2]), b""):
        pack.write_bytes(broken)
        with pytest.raises(SnapshotError, match="damaged"):
            take_chain_pack(other, heads, str(pack))
        assert not other.chains()


def made_by_hand(store, name):
    """A commit with one file."""
    sink = PackWriter(store.objects_folder)
    tree = sink.add("tree", b"100644 %s\0" % name + sink.add("blob", b"x"))
    manifest = b'{"usual": {}, "modes": {}, "left": {}, "empty": [], "rules": {}}'
    values = ("s1", "", tree.hex(), "", "", "label", "start", "run", 1, "/work", "/work")
    snapshot = store.commit(sink, Snapshot(*values, 1, 1, 1, 0, {}), manifest)
    sink.finish()
    store.close()
    return snapshot.commit


@pytest.mark.parametrize("name", [b"..", b".", b".git", b".GIT", b"a/b", b"../../x"])
def test_file_names_that_lead_elsewhere_are_refused(taken, tmp_path, name):
    store, env = taken
    heads = {"run": made_by_hand(store, name)}
    write_chain_pack(store, heads, str(tmp_path / "pack"))
    other = adopted(store, env)
    with pytest.raises(SnapshotError, match="invalid file name"):
        take_chain_pack(other, heads, str(tmp_path / "pack"))
    assert not other.chains()
    other.close()


def test_snapshots_of_another_recording_are_refused(taken, tmp_path):
    store, env = taken
    head = store.head("run")
    write_chain_pack(store, {"run": head}, str(tmp_path / "pack"))
    other = adopted(store, env)
    with pytest.raises(SnapshotError, match="another recording"):
        take_chain_pack(other, {"other": head}, str(tmp_path / "pack"))
    with pytest.raises(SnapshotError):
        take_chain_pack(other, {"run": "ab" * 20}, str(tmp_path / "pack"))
    assert not other.chains()
    other.close()


@pytest.mark.parametrize(("name", "folder"), [("../x", "/w"), ("", "/w"), ("x", "w"), ("x", "")])
def test_stores_that_cannot_be_adopted(tmp_path, name, folder):
    with pytest.raises(SnapshotError, match="invalid store"):
        SnapshotStore.adopted(name, folder, environment(tmp_path))
