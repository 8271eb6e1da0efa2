"""What has to be pushed and pulled."""

from agentrec.fleet.bucket.object_names import VersionName
from agentrec.fleet.bucket.remote_listing import RemoteRecording
from agentrec.fleet.on_the_way import CopyState, OnTheWay
from agentrec.fleet.sync import LocalState, plan_sync

SEALING = OnTheWay(recipients=("age1x",))
MASKING = OnTheWay(redact=True)


def local(name, identity="a", events=3, source="", seal="", encrypted=False):
    copy = CopyState(identity, f"{identity}-plain", source, seal)
    return LocalState(f"/{name}", name, 0, events, copy, encrypted)


def remote(name, *versions):
    """Versions, the newest first: identity, events, and of a masked copy its source."""
    names = [VersionName(name, 0, events, identity, *more) for identity, events, *more in versions]
    return {name: RemoteRecording(name, names)}


def decided(here, there, seen=(), way=OnTheWay()):  # noqa: B008
    """The parts of the plan that are not empty, by name."""
    plan = plan_sync(here, there, seen, way)._asdict()
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
    assert decided([local("x", source="source")], there, way=MASKING) == {"same": ["x"]}
    assert decided([local("x")], there) == {"push": ["/x"]}
    # On a machine that has pulled it, it is the recording itself.
    pulled = local("x", "m-plain", source="source")
    assert decided([pulled], remote("x", ("m-plain-plain", 3, "s")), way=MASKING) == {"same": ["x"]}
    # A plain one in the remote does not make it unnecessary, and a masked one never replaces a plain one.
    own = local("x", source="source")
    assert decided([own], remote("x", ("a", 3)), way=MASKING) == {"push": ["/x"]}
    newer = remote("x", ("m", 4, "source"), ("a", 3))
    assert decided([local("x")], newer) == {"same": ["x"]}


def test_encrypted_copies():
    there = remote("x", ("s", 4000, "source", "sealed"))
    own = local("x", source="source", seal="sealed")
    assert decided([own], there, way=SEALING) == {"same": ["x"]}
    # One in the clear, one for others, and a masked one are not what would be pushed.
    for other in (("a", 3), ("s", 4000, "other", "sealed"), ("s", 4000, "source", "sealed-masked")):
        assert decided([own], remote("x", other), way=SEALING) == {"push": ["/x"]}
    # It never takes the place of what everybody here can read, but of an older encrypted one.
    both = remote("x", ("s", 4000, "source", "sealed"), ("a", 3))
    assert decided([local("x")], both) == {"same": ["x"]}
    newer = remote("x", ("t", 4100, "newer", "sealed"), *[("s", 4000, "source", "sealed")])
    pulled = local("x", "s", 4000, encrypted=True)
    assert decided([pulled], newer, way=SEALING) == {"update": ["x"]}
    assert decided([pulled], there, way=SEALING) == {"same": ["x"]}


def test_a_newer_plain_version_is_found_behind_an_encrypted_one():
    there = remote("x", ("s", 4000, "source", "sealed"), ("b", 5), ("a", 3))
    plan = plan_sync([local("x")], there, ())
    assert [one.newest.identity for one in plan.update] == ["b"]
