"""What may go, and what stays complete."""

import os

import pytest

from agentrec.snapshots.conversations.keeper import ConversationKeeper
from agentrec.snapshots.conversations.shelf import Shelf
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
from tests.snapshots.helpers import fill, restorer, taker, workspace

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


def test_conversations_go_with_the_last_recording_that_needs_them(tmp_path):
    work = workspace(tmp_path)
    shared, own = tmp_path / "shared.jsonl", tmp_path / "own.jsonl"
    for file in (shared, own):
        file.write_bytes(b'{"type": "user"}\n' * 1000)
    takes = {name: taker(work, tmp_path, name) for name in ("one", "two")}
    for name, transcripts in (("one", [shared, own]), ("two", [shared])):
        fill(work, {"file": name})
        takes[name].take("x")
        keeper = ConversationKeeper(takes[name].store, name)
        keeper.keep(map(str, transcripts))
        keeper.close()
    store = takes["one"].store
    shelf = Shelf(store)
    both = shelf.kept("one", str(shared))
    assert both == shelf.kept("two", str(shared))
    (alone,) = shelf.kept("one", str(own))
    assert shelf.own_bytes("one", {"two"}) == os.path.getsize(alone)
    store.remove_head("one")
    collect_garbage(store)
    assert shelf.needed("one") == {}
    assert not os.path.exists(alone)
    assert all(map(os.path.exists, both))
    store.remove_head("two")
    collect_garbage(store)
    assert os.listdir(shelf.folder) == ["needed"]
    for one in takes.values():
        one.store.close()


def test_a_store_with_nothing_left_is_empty(tmp_path):
    folder = workspace(tmp_path)
    fill(folder, {"a": os.urandom(500_000)})
    takes = taker(folder, tmp_path)
    takes.take()
    takes.store.remove_head("run")
    collect_garbage(takes.store)
    assert disk_usage(takes.store.folder) < 100_000
    assert takes.store.read(takes.take()[0], "a") == (folder / "a").read_bytes()
