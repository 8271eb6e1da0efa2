"""What belongs to a recording, put back on another machine."""

import dataclasses
import hashlib

import pytest

from agentrec.fleet.attachments import (
    check_chains,
    copy_conversation,
    has_attachments,
    new_conversations,
    put_conversation,
)
from agentrec.fleet.bucket.stored_version import StoredConversation
from agentrec.snapshots.conversations.kept_file import KeptWriter, open_kept
from agentrec.snapshots.conversations.shelf import Shelf
from agentrec.snapshots.model import SnapshotError
from tests.fleet.bucket.test_stored_version import file, version
from tests.snapshots.helpers import environment, taker, workspace


def kept(path, *lines):
    """A kept transcript."""
    writer = KeptWriter(str(path))
    text = b""
    for line in lines:
        text += line
        writer.append(line, hashlib.sha256(text).digest())
    writer.close()
    return str(path)


@pytest.fixture
def shelf(tmp_path):
    store = taker(workspace(tmp_path), tmp_path).store
    yield Shelf(store), store, environment(tmp_path)
    store.close()


def test_a_transcript_that_is_here_is_shared(shelf, tmp_path):
    shelf, store, env = shelf
    one, two = kept(tmp_path / "one", b"1\n"), kept(tmp_path / "two", b"1\n", b"2\n")
    other = kept(tmp_path / "other", b"x\n")
    for name, path in (("a", two), ("b", one), ("c", other), ("a", two)):
        put_conversation(StoredConversation(store.name, name, "/t.jsonl", file(".akc")), path, env)
    assert [len(shelf.needed(name)["/t.jsonl"]) for name in "abc"] == [1, 1, 1]
    assert shelf.kept("a", "/t.jsonl") == shelf.kept("b", "/t.jsonl")
    assert len(shelf.names("/t.jsonl")) == 2
    with open_kept(shelf.kept("b", "/t.jsonl")[0]) as transcript:
        assert transcript.read() == b"1\n2\n"


def test_a_cut_changes_no_transcript_of_what_it_was_cut_from(shelf, tmp_path):
    _, store, env = shelf
    bad = kept(tmp_path / "bad", b"made up\n")
    mine, own, new = (
        StoredConversation(store.name, *of, file(".akc"))
        for of in (("origin", "/t.jsonl"), ("run", "/t.jsonl"), ("origin", "/new.jsonl"))
    )
    for one in (mine, own):
        put_conversation(one, bad, env)
    cut = dataclasses.replace(version(), conversations=(mine, own, new))
    assert new_conversations(cut, env) == [own, new]


def test_a_block_that_is_being_written_is_left(tmp_path):
    whole = kept(tmp_path / "whole", b"1\n", b"2\n")
    with open(whole, "ab") as growing:
        growing.write(b"akc1 and the beginning of a block")
    copy_conversation(whole, str(tmp_path / "copy"))
    with open_kept(str(tmp_path / "copy")) as transcript:
        assert transcript.read() == b"1\n2\n"
    assert b"beginning" not in (tmp_path / "copy").read_bytes()


def test_what_is_missing_is_noticed(shelf):
    _, _, env = shelf
    assert not has_attachments(version(), env)
    assert has_attachments(dataclasses.replace(version(), snapshots=(), conversations=()), env)


@pytest.mark.parametrize("name", ["other", "manual", "safety", "tx-1"])
def test_chains_of_others_are_refused(name):
    check_chains(version(), {"id": "run"})
    snapshots = dataclasses.replace(version().snapshots[0], heads={name: "ef" * 20})
    bad = dataclasses.replace(version(), snapshots=(snapshots,))
    with pytest.raises(SnapshotError, match="another recording"):
        check_chains(bad, {"id": "run"})
    with pytest.raises(SnapshotError, match="another recording"):
        check_chains(version(), {"id": name})
