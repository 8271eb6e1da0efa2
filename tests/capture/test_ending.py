"""When a recording is over, as a table of times."""

from __future__ import annotations

from agentrec.capture.shutdown import GRACE, LONGEST, MOST, QUIET, Ending


def ended_at(now: int) -> Ending:
    ending = Ending()
    ending.ended(now)
    return ending


def test_silence_means_drained() -> None:
    ending = ended_at(100)
    assert not ending.drained(100 + QUIET - 1)
    assert ending.drained(100 + QUIET)


def test_output_prolongs_but_not_for_ever() -> None:
    ending = ended_at(0)
    now = 0
    while not ending.drained(now):
        ending.output(now, 10)
        now += QUIET // 2
    assert now == LONGEST
    ending.output(now, 10)
    assert not ending.fresh(now)


def test_a_flood_ends_the_draining() -> None:
    ending = ended_at(0)
    ending.output(1, MOST - 1)
    assert not ending.drained(2)
    ending.output(2, 1)
    assert ending.drained(3)


def test_a_slow_terminal_is_no_silence() -> None:
    ending = ended_at(0)
    ending.held_up(LONGEST * 5)
    assert not ending.drained(LONGEST * 5 + QUIET - 1)


def test_output_before_the_end_counts_nothing() -> None:
    ending = Ending()
    ending.output(1, MOST * 2)
    ending.ended(2)
    assert not ending.drained(2)


def test_a_child_that_does_not_listen_is_killed_once_and_then_left() -> None:
    ending = Ending()
    assert ending.deadline(0) is None
    assert ending.stop(15, 0)
    assert not ending.stop(1, 1)  # told again: nothing new
    assert ending.stopped_by == 15
    assert not ending.kill(GRACE - 1)
    assert ending.deadline(0) == GRACE
    assert ending.kill(GRACE)
    assert not ending.abandoned
    ending.kill(2 * GRACE)
    assert ending.abandoned


def test_after_the_child_only_the_waiting_is_given_up() -> None:
    ending = Ending()
    ending.stop(15, 0)
    ending.ended(5)
    assert not ending.kill(GRACE)
    assert ending.abandoned
