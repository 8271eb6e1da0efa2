"""The snapshot and the time that a name means."""

import pytest

from agentrec.errors import InputError
from tests.branches.helpers import MS


def test_points_by_name_and_time(bench):
    bench.step(1000, {"a": "1"})
    bench.event(1500, "mark", "moment", {"label": "between", "source": "cli"})
    bench.step(2000, {"b": "2"})
    bench.event(3000, "mark", "note", {"text": "later"})
    for at, name, t in (
        (None, "s2", 3000),
        ("s1", "s1", 1000),
        ("m1", "s1", 1500),
        ("0:01.7", "s1", 1700),
        (2_500 * MS, "s2", 2500),
        (0, "s1", 1000),
    ):
        found = bench.plan(at)
        assert (found.point.recorded.id, found.point.t // MS) == (name, t)
        assert found.parent["at_ns"] == t * MS
    assert bench.plan("m1").warnings == ["taking s1, 0.5 s before m1"]
    assert bench.plan(0).warnings == ["there is no snapshot before 0.0 s; taking the first, s1"]
    with pytest.raises(InputError, match="no snapshot s9"):
        bench.plan("s9")
