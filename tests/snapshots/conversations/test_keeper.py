"""Transcripts that grow, are rewritten and shared, and what is kept of them."""

import json
import os
import random
import zlib

import pytest

from agentrec.snapshots.conversations.keeper import ConversationKeeper
from agentrec.snapshots.conversations.kept_file import open_kept
from agentrec.snapshots.conversations.shelf import Shelf
from tests.snapshots.helpers import fill, taker, workspace

WORDS = [f"word{number}" for number in range(2000)]


def record(number, chance, size=40):
    text = " ".join(chance.choices(WORDS, k=size))
    return json.dumps({"type": "user", "uuid": f"u{number}", "text": text}).encode() + b"\n"


class Keeping:
    """A store with a snapshot of a recording, and a transcript beside it."""

    def __init__(self, tmp_path):
        self.place, self.work = tmp_path, workspace(tmp_path)
        self.path = str(tmp_path / "session.jsonl")
        self.store = self.snapshot("run")
        self.shelf = Shelf(self.store)

    def snapshot(self, recording):
        takes = taker(self.work, self.place, recording)
        fill(self.work, {"file": recording})
        takes.take("x")
        return takes.store

    def append(self, data):
        with open(self.path, "ab") as file:
            file.write(data)

    def keep(self, recording="run"):
        """Copy what is there by now, as a worker that ends then."""
        keeper = ConversationKeeper(self.store, recording)
        keeper.keep([self.path])
        keeper.close()

    def kept(self, recording="run"):
        contents = []
        for file in self.shelf.kept(recording, self.path):
            with open_kept(file) as reader:
                contents.append(reader.read())
        return contents


def has_begun(keeping):
    """The worker notes a file before it makes it."""
    try:
        return any(keeping.kept())
    except FileNotFoundError:
        return False


@pytest.fixture
def keeping(tmp_path):
    return Keeping(tmp_path)


def test_whole_lines_are_kept_as_they_come(keeping):
    chance = random.Random(1)
    whole = b""
    for number in range(5):
        line = record(number, chance)
        keeping.append(line + b'{"half')
        whole += line
        keeping.keep()
        assert keeping.kept() == [whole]
        os.truncate(keeping.path, len(whole))
    (file,) = keeping.shelf.kept("run", keeping.path)
    assert os.stat(file).st_mode & 0o077 == 0
    assert os.stat(keeping.shelf.folder).st_mode & 0o077 == 0


def test_a_rewritten_transcript_is_kept_beside_the_old_one(keeping):
    keeping.append(b'{"a": 1}\n{"b": 2}\n')
    keeping.keep()
    before = keeping.kept()
    with open(keeping.path, "wb") as file:
        file.write(b'{"a": 3}\n{"b": 2}\n{"c": 3}\n')
    keeping.keep()
    assert keeping.kept() == [b'{"a": 3}\n{"b": 2}\n{"c": 3}\n', *before]


def test_a_rewrite_between_two_looks_of_one_keeper_is_noticed(keeping):
    keeper = ConversationKeeper(keeping.store, "run")
    keeping.append(b'{"a": 1}\n')
    keeper.keep([keeping.path])
    while not has_begun(keeping):
        pass
    with open(keeping.path, "wb") as file:
        file.write(b'{"b": 1}\n{"c": 2}\n')
    keeper.keep([keeping.path])
    keeper.close()
    assert keeping.kept() == [b'{"b": 1}\n{"c": 2}\n', b'{"a": 1}\n']


def test_a_hundred_points_of_a_large_transcript_cost_little_more_than_it(keeping):
    chance = random.Random(2)
    whole = 0
    packer = zlib.compressobj(9)
    packed = 0
    for _ in range(100):
        data = b"".join(record(number, chance, 60) for number in range(125))
        whole += len(data)
        packed += len(packer.compress(data))
        keeping.append(data)
        keeping.keep()
    packed += len(packer.flush())
    (file,) = keeping.shelf.kept("run", keeping.path)
    assert whole > 5_000_000
    assert os.path.getsize(file) <= 1.2 * packed
    assert keeping.shelf.bytes_of("run") == whole
    with open(keeping.path, "rb") as file_of_agent:
        assert keeping.kept() == [file_of_agent.read()]


def test_a_recording_that_continues_a_conversation_shares_it(keeping):
    chance = random.Random(3)
    keeping.append(b"".join(record(number, chance) for number in range(500)))
    keeping.keep()
    keeping.snapshot("next")
    keeping.append(record(501, chance))
    keeping.keep("next")
    assert keeping.shelf.kept("next", keeping.path) == keeping.shelf.kept("run", keeping.path)
    assert len(os.listdir(keeping.shelf.folder)) == 2
    assert keeping.shelf.own_bytes("run", {"next"}) == 0
    assert keeping.shelf.own_bytes("run", set()) > 0


def test_what_a_kill_left_of_a_block_is_written_again(keeping):
    keeping.append(b'{"a": 1}\n')
    keeping.keep()
    keeping.append(b'{"b": 2}\n')
    keeping.keep()
    (file,) = keeping.shelf.kept("run", keeping.path)
    for cut in (1, 20, 40):
        os.truncate(file, os.path.getsize(file) - cut)
        assert keeping.kept() == [b'{"a": 1}\n']
        keeping.keep()
        assert keeping.kept() == [b'{"a": 1}\n{"b": 2}\n']


def test_damage_is_noticed(keeping):
    keeping.append(record(1, random.Random(4), 400))
    keeping.keep()
    (file,) = keeping.shelf.kept("run", keeping.path)
    with open(file, "r+b") as opened:
        opened.seek(-9, os.SEEK_END)
        opened.write(b"\xff" * 4)
    with pytest.raises(OSError, match="damaged"):
        keeping.kept()


def test_what_is_no_growing_file_of_lines_is_not_kept(keeping):
    os.mkfifo(keeping.place / "pipe.jsonl")
    (keeping.place / "data.db").write_bytes(b"x\n")
    keeper = ConversationKeeper(keeping.store, "run")
    keeper.keep([str(keeping.place / name) for name in ("pipe.jsonl", "data.db", "none.jsonl")])
    keeper.close()
    assert keeping.shelf.needed("run") == {}


def test_two_recorders_of_one_conversation_do_not_mix(keeping):
    keeping.append(b'{"a": 1}\n')
    keeping.snapshot("other")
    keepers = [ConversationKeeper(keeping.store, name) for name in ("run", "other")]
    for keeper in keepers:
        keeper.keep([keeping.path])
    for keeper in keepers:
        keeper.close()
    assert keeping.kept("run")[0] == keeping.kept("other")[0] == b'{"a": 1}\n'
