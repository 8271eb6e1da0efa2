"""Stores stay small."""

import os
import random

from agentrec.snapshots.gitstore.repack import UNCOMPRESSED_MARKER, Repack
from agentrec.snapshots.pruning import (
    disk_usage,
)
from tests.snapshots.helpers import fill, taker, workspace


def test_many_small_edits_take_little_room(tmp_path):
    folder = workspace(tmp_path)
    chance = random.Random(1)
    words = [b"%x" % chance.randrange(1 << 30) for _ in range(500)]
    fill(folder, {f"d{n % 20}/f{n}": b"\n".join(chance.choices(words, k=600)) for n in range(400)})
    takes = taker(folder, tmp_path)
    takes.take()
    store = takes.store
    assert os.path.exists(f"{store.folder}/{UNCOMPRESSED_MARKER}")
    tidying = Repack(store)
    whole = disk_usage(store.folder)
    assert tidying.begin()
    tidying.wait()
    before = disk_usage(store.folder)
    assert before < whole * 0.8
    assert not os.path.exists(f"{store.folder}/{UNCOMPRESSED_MARKER}")
    assert not tidying.begin()
    changed = 0
    for number in range(120):
        path = folder / f"d{number % 20}" / f"f{number * 7 % 400 // 20 * 20 + number % 20}"
        path.write_bytes(path.read_bytes() + b"edit %d\n" % number)
        changed += path.stat().st_size
        takes.take(str(number))
    assert tidying.begin()
    tidying.wait()
    assert disk_usage(store.folder) - before < 2 * changed
    assert len(store.chain("run")) == 121
    store.git("fsck", "--full", "--strict")
