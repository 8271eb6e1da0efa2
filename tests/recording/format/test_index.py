"""The index: taken when it is honest, rebuilt when it is not."""

import pytest

from agentrec.recording.format.index import MAX_MARKS
from agentrec.recording.markers import list_markers
from agentrec.recording.reader import Recording
from tests.recording.crafted import RECORDS, chunk, honest, segment, whole


def test_the_honest_index_is_taken(tmp_path):
    path = tmp_path / "a.ahr"
    path.write_bytes(whole(segment() + chunk(RECORDS), honest))
    with Recording.open(str(path)) as recording:
        assert recording.indexed
        assert [point.label for point in list_markers(recording)] == ["here"]


@pytest.mark.parametrize(
    "lie",
    [
        {"segments": [1]},
        {"segments": [[]]},
        {"segments": [["a", 0, 0]]},
        {"segments": [[-5, 0, 0]]},
        {"segments": [[1.5, 0, 0]]},
        {"segments": [[10**30, 0, 0]]},
        {"segments": [{"1": 1}]},
        {"segments": [[40, 0, 0], [40, 0, 0]]},
        {"segments": [[41, 0, 0], [40, 0, 0]]},
        {"segments": [[40, 9, 0], [41, 3, 0]]},
        {"keyframes": [[None, 0, 0]]},
        {"marks": [1]},
        {"marks": [["a", 0]]},
        {"marks": [[[1], 0]]},
        {"marks": [[1, 5]] * (MAX_MARKS + 1)},
        {"counts": {"term/output": "many"}},
        {"counts": {"term/output": 10**400}},
        {"bytes": {"term/output": []}},
        {"raw": -1},
        {"stored": True},
    ],
)
def test_an_index_that_makes_no_sense_is_built_anew(tmp_path, lie):
    path = tmp_path / "a.ahr"
    path.write_bytes(whole(segment() + chunk(RECORDS), lambda first: honest(first) | lie))
    with Recording.open(str(path)) as recording:
        assert not recording.indexed
        assert recording.index.as_json() == honest(recording.first)
        assert [point.label for point in list_markers(recording)] == ["here"]
