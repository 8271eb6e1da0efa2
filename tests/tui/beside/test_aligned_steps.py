"""Which step and time of one run is which of the other."""

import pytest

from agentrec.compare.compared_run import read_run
from agentrec.compare.comparison import compare_runs
from agentrec.recording.reader import Recording
from agentrec.tui.beside.aligned_steps import AlignedSteps
from tests.cli.library.test_compare import told
from tests.library.helpers import make

S = 1_000_000_000


def steps(tmp_path, left, right):
    runs = []
    for name, events in (("a", left), ("b", right)):
        path = make(str(tmp_path / f"{name}.ahr"), *events)
        with Recording.open(path) as recording:
            runs.append(read_run(recording))
    return AlignedSteps(compare_runs(*runs, {}))


def slower(events, factor):
    return [(event[0] * factor, *event[1:]) for event in events]


def test_equal_steps_at_other_times(tmp_path):
    aligned = steps(tmp_path, told(), slower(told(), 3))
    assert aligned.first_difference is None
    assert [row.is_equal for row in aligned.rows] == [True] * 5
    assert aligned.row_times(0) == (1 * S, 3 * S)
    assert [aligned.right_time(t * S) for t in (0, 1, 2, 4, 8)] == [0, 3 * S, 6 * S, 12 * S, 24 * S]
    assert aligned.right_time(S // 2) == 3 * S // 2  # between two steps
    assert aligned.right_time(100 * S) == 24 * S
    assert aligned.row_at((0, 0)) is None
    assert aligned.row_at((2 * S, 6 * S)) == 1
    assert aligned.row_at((2 * S, 5 * S)) == 0  # the right one is not there yet


def test_the_first_difference(tmp_path):
    aligned = steps(tmp_path, told(), told("I try it."))
    assert aligned.first_difference == 1
    assert "I try it." in aligned.words
    assert [(bool(row.left), bool(row.right)) for row in aligned.rows[:3]] == [
        (True, True),
        (True, False),
        (False, True),
    ]
    assert aligned.row_times(1) == (2 * S, 1 * S)
    assert aligned.row_times(2) == (2 * S, 2 * S)


@pytest.mark.parametrize("empty", ["left", "right", "both"])
def test_runs_without_steps(tmp_path, empty):
    none = [told()[-1]]
    left = none if empty != "right" else told()
    right = none if empty != "left" else told()
    aligned = steps(tmp_path, left, right)
    assert aligned.right_time(4 * S) == 4 * S
    assert aligned.row_at((0, 0)) is None
    assert (aligned.first_difference is None) is (empty == "both")
