"""How much output is taken at once."""

from __future__ import annotations

from agentrec.redact.pace import GROWTH, LAG_SECONDS, MIN_BYTES, Pace


def test_much_work_leaves_room_for_little() -> None:
    pace = Pace()
    pace.took(1000, 1.0)
    assert pace.bytes_in_time == MIN_BYTES


def test_little_work_makes_room_step_by_step() -> None:
    pace = Pace()
    first = pace.bytes_in_time
    rooms = []
    for _ in range(30):
        pace.took(1 << 20, 0.05)
        rooms.append(pace.bytes_in_time)
    assert rooms[0] == int(GROWTH * first)
    assert rooms[-1] == int((1 << 20) / 0.05 * LAG_SECONDS)


def test_nothing_says_nothing() -> None:
    pace = Pace()
    before = pace.bytes_in_time
    pace.took(0, 5.0)
    pace.took(20, 0.001)
    assert pace.bytes_in_time == before
