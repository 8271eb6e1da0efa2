"""Stored states of damaged or foreign recordings."""

import pytest

from agentrec.errors import InputError
from agentrec.sdk.states.state_reader import StoredStates, rebuilt


def test_a_state_after_a_lost_one_cannot_be_read():
    index = StoredStates()
    index.add({"i": 0, "full": {}}, 0, "input")
    index.add({"i": 2, "patch": {"set": {"a": 1}}}, 2, "input")
    index.add({"i": 3, "full": {"b": 1}}, 3, "input")
    assert index.needed(3) == [(3, "input")]
    with pytest.raises(InputError, match="is lost"):
        index.needed(2)
    with pytest.raises(InputError, match="is lost"):
        StoredStates().needed(0)


@pytest.mark.parametrize(
    "patch",
    [
        {"in": {"gone": {}}},
        {"in": {"list": {"keep": 9, "add": []}}},
        {"in": {"list": {"keep": 1, "add": [], "tail": 2}}},
        {"in": {"list": {"keep": "x"}}},
        {"in": {"n": {"set": {}}}},
    ],
)
def test_a_patch_that_does_not_fit_is_an_error(patch):
    with pytest.raises(InputError, match="does not fit"):
        rebuilt([{"i": 0, "full": {"list": [1, 2], "n": 1}}, {"i": 1, "patch": patch}])
