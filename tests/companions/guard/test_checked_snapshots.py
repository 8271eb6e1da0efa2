"""Which snapshot is checked against which, and when."""

from agentrec.companions.guard.checked_snapshots import SETTLE_SECONDS, CheckedSnapshots


def snapshot(name, reason="turn", store="here"):
    return {"id": name, "commit": f"commit of {name}", "store": store, "reason": reason}


def made(*events, every_step=False):
    """After the first one was looked at."""
    snapshots = CheckedSnapshots(every_step=every_step)
    for event in events:
        snapshots.feed("fs/snapshot", event, 0.0)
    if events and (first := snapshots.due(0.0)):
        assert (first.before_id, first.after_id, first.is_step) == ("s1", "s1", True)
        snapshots.checked(first)
    return snapshots


def due(snapshots, now=0.0):
    pair = snapshots.due(now)
    return pair and (pair.before_id, pair.after_id)


def test_a_turn_is_checked_against_the_one_before():
    snapshots = made(snapshot("s1", "start"), snapshot("s2"))
    pair = snapshots.due(0.0)
    assert (pair.store, pair.before, pair.after) == ("here", "commit of s1", "commit of s2")
    snapshots.checked(pair)
    assert due(snapshots) is None
    snapshots.feed("fs/snapshot", snapshot("s3"), 0.0)
    assert due(snapshots) == ("s2", "s3")


def test_steps_of_a_turn_are_checked_with_it():
    steps = [snapshot(f"s{n}", reason) for n, reason in enumerate(("tool", "files", "command"), 2)]
    snapshots = made(snapshot("s1", "start"), *steps)
    assert due(snapshots) is None
    snapshots.feed("fs/snapshot", snapshot("s5"), 0.0)
    assert due(snapshots) == ("s1", "s5")


def test_a_turn_without_a_snapshot_of_its_own_is_checked_after_a_moment():
    snapshots = made(snapshot("s1", "start"), snapshot("s2", "tool"))
    snapshots.feed("agent/lifecycle", {"state": "started"}, 5.0)
    assert due(snapshots, 50.0) is None
    snapshots.feed("agent/lifecycle", {"state": "idle"}, 60.0)
    assert due(snapshots, 60.0) is None
    assert due(snapshots, 60.0 + SETTLE_SECONDS) == ("s1", "s2")


def test_a_step_that_is_asked_for_is_checked_against_the_last_turn():
    snapshots = made(snapshot("s1", "start"), snapshot("s2", "tool"), snapshot("s3", "tool"))
    assert snapshots.is_checked("s1", is_step=True)
    for name in ("s2", "s3"):
        assert not snapshots.is_checked(name, is_step=True)
        pair = snapshots.due(0.0)
        assert (pair.before_id, pair.after_id, pair.is_step) == ("s1", name, True)
        snapshots.checked(pair)
        assert snapshots.is_checked(name, is_step=True)
    assert not snapshots.is_checked("s3", is_step=False)
    pair = snapshots.due(0.0)
    assert (pair.before_id, pair.after_id, pair.is_step) == ("s1", "s3", False)
    snapshots.checked(pair)
    assert snapshots.is_checked("s3", is_step=False)
    assert due(snapshots) is None
    assert not snapshots.is_checked("s9", is_step=True)


def test_every_step_can_be_checked():
    snapshots = made(snapshot("s1", "start"), every_step=True)
    snapshots.feed("fs/snapshot", snapshot("s2", "files"), 0.0)
    assert snapshots.due(0.0).is_step
    snapshots.checked(snapshots.due(0.0))
    snapshots.feed("fs/snapshot", snapshot("s3"), 0.0)
    assert due(snapshots) == ("s1", "s3")


def test_the_end_checks_what_is_left():
    snapshots = made(snapshot("s1", "start"), snapshot("s2", "tool"))
    assert snapshots.last().after_id == "s2"
    assert made(snapshot("s1", "start")).last() is None
    assert made().last() is None


def test_without_snapshots_nobody_waits():
    assert made().is_checked("s1", is_step=False)
    assert due(made({"id": "s1"}, {"commit": "c"})) is None


def test_another_store_begins_anew():
    snapshots = made(snapshot("s1", "start"), snapshot("s2"))
    snapshots.feed("fs/snapshot", snapshot("s3", store="there"), 0.0)
    assert due(snapshots) == ("s3", "s3")
    assert due(snapshots) is None
    snapshots.feed("fs/snapshot", snapshot("s4", store="there"), 0.0)
    assert due(snapshots) == ("s3", "s4")
