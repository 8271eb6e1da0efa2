"""What has to be pushed and pulled."""

from agentrec.fleet.bucket.object_names import VersionName
from agentrec.fleet.bucket.remote_listing import RemoteRecording
from agentrec.fleet.sync import LocalState, plan_sync


def local(name, identity="a", events=3, source="source"):
    return LocalState(f"/{name}", name, 0, events, identity, f"{identity}-plain", source)


def remote(name, *versions):
    """Versions, the newest first: identity, events, and of a masked copy its source."""
    names = [VersionName(name, 0, events, identity, *more) for identity, events, *more in versions]
    return {name: RemoteRecording(name, names)}


def decided(here, there, seen=(), **options):
    """The parts of the plan that are not empty, by name."""
    plan = plan_sync(here, there, seen, **options)._asdict()
    found = {name: [getattr(one, "id", one) for one in value] for name, value in plan.items()}
    return {name: value for name, value in found.items() if value}


def test_what_one_side_has_goes_to_the_other():
    assert decided([local("x")], {}) == {"push": ["/x"]}
    assert decided([], remote("x", ("a", 3))) == {"pull": ["x"]}
    assert decided([local("x")], remote("x", ("a", 3))) == {"same": ["x"]}


def test_what_was_removed_does_not_come_back():
    assert decided([], remote("x", ("a", 3)), {"x"}) == {"removed_here": ["x"]}
    assert decided([local("x")], {}, {"x"}) == {"removed_there": ["x"]}


def test_what_was_added_to_goes_to_the_other():
    assert decided([local("x", "b", 4)], remote("x", ("a", 3))) == {"push": ["/x"]}
    assert decided([local("x", "a", 3)], remote("x", ("b", 4), ("a", 3))) == {"update": ["x"]}


def test_nothing_that_only_one_side_has_is_replaced():
    assert decided([local("x", "c", 3)], remote("x", ("b", 4), ("a", 3))) == {"push": ["/x"]}


def test_what_is_packed_otherwise_is_not_pulled_again():
    assert decided([local("x", "a", 3)], remote("x", ("b", 3), ("a", 3))) == {"same": ["x"]}
    assert decided([local("x", "b", 3)], remote("x", ("b", 3), ("a", 3))) == {"same": ["x"]}
    assert decided([local("x", "b", 3)], remote("x", ("b", 9), ("a", 3))) == {"same": ["x"]}


def test_a_recording_in_progress_is_left():
    live = LocalState("/x", "x", 0)
    assert decided([live], {}) == {"live": ["x"]}
    assert decided([live], remote("x", ("a", 3))) == {"live": ["x"]}


def test_masked_copies():
    there = remote("x", ("m", 4, "source"))
    assert decided([local("x")], there, redact=True) == {"same": ["x"]}
    assert decided([local("x")], there) == {"push": ["/x"]}
    # On a machine that has pulled it, it is the recording itself.
    assert decided(
        [local("x", "m-plain")], remote("x", ("m-plain-plain", 3, "s")), redact=True
    ) == {"same": ["x"]}
    # A plain one in the remote does not make it unnecessary, and a masked one never replaces a plain one.
    assert decided([local("x")], remote("x", ("a", 3)), redact=True) == {"push": ["/x"]}
    newer = remote("x", ("m", 4, "source"), ("a", 3))
    assert decided([local("x")], newer) == {"same": ["x"]}
