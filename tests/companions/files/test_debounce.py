"""Changes that follow one another, as a table."""

import pytest

from agentrec.companions.files.debounce import (
    BURST_CHANGES,
    CHANGED,
    CREATED,
    DELETED,
    MAX_PENDING_PATHS,
    ChangeDebouncer,
)


@pytest.mark.parametrize(
    ("happened", "told"),
    [
        ([CREATED], CREATED),
        ([CREATED, CHANGED, CHANGED], CREATED),
        ([CHANGED, CHANGED], CHANGED),
        ([CREATED, CHANGED, DELETED], None),
        ([CHANGED, DELETED], DELETED),
        ([DELETED, CREATED], CHANGED),
        ([DELETED, CREATED, CHANGED, DELETED], DELETED),
    ],
)
def test_changes_of_one_path_are_one(happened, told):
    changes = ChangeDebouncer()
    for n, what in enumerate(happened):
        changes.add("a", what, n * 0.01)
    assert changes.settled(0.05) == []
    assert changes.settled(1.0) == ([("a", told)] if told else [])
    assert changes.settled(9.0, everything=True) == []


def test_a_file_that_never_rests_is_reported_now_and_then():
    changes = ChangeDebouncer()
    told = []
    for n in range(100):
        changes.add("log", CHANGED, n * 0.1)
        told += changes.settled(n * 0.1)
    assert 3 <= len(told) <= 6


def test_a_flood_is_bounded_and_counted():
    changes = ChangeDebouncer()
    for n in range(MAX_PENDING_PATHS + 100):
        changes.add(f"f{n}", CREATED, 1.0)
    told = changes.settled(9.0)
    assert 0 < len(told) <= BURST_CHANGES
    assert len(told) + changes.dropped == MAX_PENDING_PATHS + 100
