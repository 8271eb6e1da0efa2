"""When a recording is over, as a table of times."""

from __future__ import annotations

from agentrec.capture.shutdown import (
    DRAIN_LIMIT_BYTES,
    DRAIN_LIMIT_NS,
    GRACE_NS,
    QUIET_NS,
    Shutdown,
)


def ended_at(now: int) -> Shutdown:
    shutdown = Shutdown()
    shutdown.child_exited(now)
    return shutdown


def test_silence_means_drained() -> None:
    shutdown = ended_at(100)
    assert not shutdown.drained(100 + QUIET_NS - 1)
    assert shutdown.drained(100 + QUIET_NS)


def test_output_prolongs_but_not_for_ever() -> None:
    shutdown = ended_at(0)
    now = 0
    while not shutdown.drained(now):
        shutdown.output(now, 10)
        now += QUIET_NS // 2
    assert now == DRAIN_LIMIT_NS
    shutdown.output(now, 10)
    assert not shutdown.output_since(now)


def test_a_flood_ends_the_draining() -> None:
    shutdown = ended_at(0)
    shutdown.output(1, DRAIN_LIMIT_BYTES - 1)
    assert not shutdown.drained(2)
    shutdown.output(2, 1)
    assert shutdown.drained(3)


def test_a_slow_terminal_is_no_silence() -> None:
    shutdown = ended_at(0)
    shutdown.held_up(DRAIN_LIMIT_NS * 5)
    assert not shutdown.drained(DRAIN_LIMIT_NS * 5 + QUIET_NS - 1)


def test_output_before_the_end_counts_nothing() -> None:
    shutdown = Shutdown()
    shutdown.output(1, DRAIN_LIMIT_BYTES * 2)
    shutdown.child_exited(2)
    assert not shutdown.drained(2)


def test_a_child_that_does_not_listen_is_killed_once_and_then_left() -> None:
    shutdown = Shutdown()
    assert shutdown.deadline(0) is None
    assert shutdown.stop(15, 0)
    assert not shutdown.stop(1, 1)  # told again: nothing new
    assert shutdown.stopped_by == 15
    assert not shutdown.kill_is_due(GRACE_NS - 1)
    assert shutdown.deadline(0) == GRACE_NS
    assert shutdown.kill_is_due(GRACE_NS)
    assert not shutdown.abandoned
    shutdown.kill_is_due(2 * GRACE_NS)
    assert shutdown.abandoned


def test_after_the_child_only_the_waiting_is_given_up() -> None:
    shutdown = Shutdown()
    shutdown.stop(15, 0)
    shutdown.child_exited(5)
    assert not shutdown.kill_is_due(GRACE_NS)
    assert shutdown.abandoned
