"""What may go, and that stores stay small."""

import os
import random

import pytest

from agentrec.errors import UsageError
from agentrec.snapshots.gitstore.repack import UNCOMPRESSED_MARKER, Repack
from agentrec.snapshots.pruning import (
    DAY_NS,
    PruneCandidate,
    RetentionPolicy,
    collect_garbage,
    disk_usage,
    snapshot_chains,
    to_prune,
)
from agentrec.snapshots.scan.scan_cache import load_scan
from agentrec.snapshots.scan.snapshot_rules import load_rules, parse_size
from agentrec.snapshots.worker import SnapshotWorker
from tests.snapshots.helpers import environment, fill, restorer, taker, workspace

NOW = 1_000 * DAY_NS


def item(name, days, *, size=10, fixed="", parent=""):
    return PruneCandidate(name, NOW - days * DAY_NS, f"/r/{name}.ahr", size, [], fixed, parent)


EVERY = [
    item("a", 1),
    item("b", 2),
    item("c", 3, parent="e"),
    item("d", 40),
    item("e", 50),
    item("f", 60),
]


@pytest.mark.parametrize(
    ("every", "policy", "gone"),
    [
        (EVERY, RetentionPolicy(2, None, None), "fedc"),
        (EVERY, RetentionPolicy(3, None, None), "fd"),  # c branched from e
        (EVERY, RetentionPolicy(0, None, None), "fedcba"),
        (EVERY, RetentionPolicy(99, None, None), ""),
        (EVERY, RetentionPolicy(None, 2, None), "fedc"),
        (EVERY, RetentionPolicy(1, 30, None), "fd"),
        (EVERY, RetentionPolicy(None, None, 25), "fedc"),
        (EVERY, RetentionPolicy(None, None, 35), "fd"),
        (EVERY, RetentionPolicy(2, None, 10), "fedcb"),
        (
            [*EVERY[:5], item("f", 60, fixed="being recorded")],
            RetentionPolicy(1, None, None),
            "edcb",
        ),
        (
            [item("a", 1, parent="b"), item("b", 2, parent="c"), item("c", 3)],
            RetentionPolicy(1, None, None),
            "",
        ),
    ],
)
def test_what_goes_by_number_age_and_size(every, policy, gone):
    assert "".join(one.id for one in to_prune(every, policy, NOW)) == gone


def test_what_no_recording_needs_is_freed_and_the_rest_is_whole(tmp_path):
    folder = workspace(tmp_path)
    one, two = (taker(folder, tmp_path, name) for name in ("one", "two"))
    for number in range(3):
        fill(folder, {"own": os.urandom(100_000), "same": "s" * 100})
        one.take(str(number))
    one.save_scan()
    fill(folder, {"own": os.urandom(100_000)})
    last, _ = two.take()
    assert [(chain.name, chain.number) for chain in snapshot_chains(two.store)] == [
        ("one", 3),
        ("two", 1),
    ]
    before = disk_usage(two.store.folder)
    two.store.remove_head("one")
    collect_garbage(two.store)
    assert disk_usage(two.store.folder) < before - 280_000
    assert load_scan(two.store) is None  # what was seen may be gone
    two.store.git("fsck", "--full", "--strict")
    assert len(two.store.read(last, "own")) == 100_000
    fill(folder, {"more": "x"})
    again, new = one.take()  # a taker that lives on notices
    assert new
    assert restorer(one).plan(again).empty
    assert len(one.store.read(again, "own")) == 100_000


def test_a_store_with_nothing_left_is_empty(tmp_path):
    folder = workspace(tmp_path)
    fill(folder, {"a": os.urandom(500_000)})
    takes = taker(folder, tmp_path)
    takes.take()
    takes.store.remove_head("run")
    collect_garbage(takes.store)
    assert disk_usage(takes.store.folder) < 100_000
    assert takes.store.read(takes.take()[0], "a") == (folder / "a").read_bytes()


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


def test_broken_settings_are_one_clear_line(tmp_path):
    env = environment(tmp_path)
    config = tmp_path / "home" / ".config" / "agentrec" / "config.toml"
    config.parent.mkdir(parents=True)
    for text, why in (
        ("[snapshots\n", "not valid TOML"),
        ("snapshots = 3\n", "must be a table"),
        ("[snapshots]\nout = 'x'\n", "must be a list of patterns"),
        ("[snapshots]\nlargest = 'many'\n", "must be a size"),
        ("[snapshots]\nmost-files = -1\n", "must be a number"),
        ("[snapshots]\nfiles = 1\n", "snapshots.files is not a valid setting"),
    ):
        config.write_text(text)
        with pytest.raises(UsageError, match=why):
            load_rules(env, str(tmp_path))
    config.write_text("[snapshots]\nlargest = '1.5 kb'\nsmall = 10\n")
    assert load_rules(env, str(tmp_path))[3:5] == (10, 1500)
    assert [parse_size(text, "x") for text in ("3", "2 MB", "1g", 7)] == [3, 2_000_000, 10**9, 7]
