"""What was not understood is counted by kind; a session of which nothing is understood is reported once."""

import pytest

from agentrec.agents.follow.misreads import MAX_KINDS, SILENCE_SECONDS, Misreads


def test_each_kind_is_counted_once():
    misreads = Misreads("pi")
    misreads.unknown("hologram")
    misreads.unknown("hologram")
    misreads.broken(3)
    misreads.broken(0)
    misreads.unreadable()
    assert misreads.drain() == {
        "pi: unknown record kind 'hologram'": 2,
        "pi: lines that are not JSON objects": 3,
        "pi: records that could not be understood": 1,
    }
    assert misreads.drain() == {}


def test_kinds_are_bounded_and_none_is_lost():
    misreads = Misreads("pi")
    for number in range(1000):
        misreads.unknown(f"{number} " + "x" * 1000)
    counts = misreads.drain()
    assert len(counts) == MAX_KINDS + 1
    assert sum(counts.values()) == 1000
    assert max(map(len, counts)) < 100


@pytest.mark.parametrize(
    "read",
    [
        lambda misreads: misreads.expected(),
        lambda misreads: misreads.unknown("x"),
        lambda misreads: misreads.broken(1),
    ],
)
def test_silence_is_reported_once(read):
    misreads = Misreads("pi")
    assert misreads.check(1000.0) == ""
    read(misreads)
    assert misreads.check(2000.0) == ""
    assert misreads.check(2000.0 + SILENCE_SECONDS - 0.1) == ""
    said = misreads.check(2000.0 + SILENCE_SECONDS)
    assert said == "pi: nothing was understood of its session for 10 s"
    assert misreads.check(9000.0) == ""


def test_no_silence_without_records_or_with_events():
    misreads = Misreads("pi")
    misreads.expected(is_history=True)
    assert [misreads.check(at) for at in (0.0, 100.0)] == ["", ""]
    misreads.expected()
    misreads.understood()
    assert [misreads.check(at) for at in (200.0, 300.0)] == ["", ""]
