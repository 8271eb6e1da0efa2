"""Sums over many recordings."""

import os
import shutil

import pytest

from agentrec.cuts.cut_file import cut
from agentrec.library.totals import cost, slowest, tools, totals
from tests.library.helpers import call, ended, shown

DAY = 86400


@pytest.fixture
def runs(library, monkeypatch):
    monkeypatch.setenv("TZ", "UTC")
    claude = (0, "agent", "session", {"agent": "claude-code"})
    library.make(
        "a",
        claude,
        (1, "agent", "turn", {"n": 1}),
        call(2, "big", 0.5, duration_ms=900),
        call(DAY, "big", 0.25),
        (DAY + 1, "tool", "call", {"name": "Bash", "input": "make"}, {"span": "a"}),
        (DAY + 2, "tool", "result", {"is_error": True, "duration_ms": 5000}, {"span": "a"}),
        ended(DAY + 3, 1),
        created="2026-01-01T12:00:00Z",
        cwd="/p/one",
    )
    library.make(
        "b",
        claude,
        call(2, "big", 1.0),
        call(3, "new", None),
        (4, "tool", "call", {"name": "Bash", "input": "ls"}, {"span": "a"}),
        (5, "tool", "result", {"is_error": False, "duration_ms": 1000}, {"span": "a"}),
        shown(6, "four"),
        ended(7, 0),
        created="2026-01-02T01:00:00Z",
        cwd="/p/two",
    )
    library.make("c", shown(1, "x"), ended(2, 0), created="2026-01-03T00:00:00Z")
    shutil.copy(library.path("b"), library.path("copy-of-b"))
    library.update()
    return library


@pytest.mark.parametrize(
    ("by", "expected"),
    [
        ("model", [("big", 2, 3, 1.75, 0), ("new", 1, 1, None, 1)]),
        ("agent", [("claude-code", 2, 4, 1.75, 1)]),
        ("project", [("/p/two", 1, 2, 1.0, 1), ("/p/one", 1, 2, 0.75, 0)]),
        ("day", [("2026-01-01", 1, 1, 0.5, 0), ("2026-01-02", 2, 3, 1.25, 1)]),
    ],
)
def test_cost(runs, by, expected):
    found = cost(runs.index, runs.filters, by)
    assert [
        (it.name, it.recordings, it.calls, it.cost, it.without_price) for it in found
    ] == expected
    assert sum(it.input for it in found) == 40
    assert sum(it.cache_read for it in found) == 1200


def test_cost_of_a_stretch_of_time(runs):
    midnight = 1_767_312_000 * 10**9  # 2026-01-02
    assert [
        it.calls for it in cost(runs.index, runs.filters._replace(since=midnight), "model")
    ] == [2, 1]
    assert [
        it.cost for it in cost(runs.index, runs.filters._replace(until=midnight - 1), "model")
    ] == [0.5]


def test_days_are_those_of_the_user(runs, monkeypatch):
    import time

    monkeypatch.setenv("TZ", "Asia/Tokyo")  # nine hours ahead
    time.tzset()
    try:
        assert [it.name for it in cost(runs.index, runs.filters, "day")] == [
            "2026-01-01",
            "2026-01-02",
        ]
        monkeypatch.setenv("TZ", "America/Los_Angeles")
        time.tzset()
        assert [(it.name, it.calls) for it in cost(runs.index, runs.filters, "day")] == [
            ("2026-01-01", 3),
            ("2026-01-02", 1),
        ]
    finally:
        monkeypatch.undo()
        time.tzset()


def test_totals(runs):
    found = totals(runs.index, runs.filters)
    assert found["recordings"] == 3
    assert (found["turns"], found["errors"], found["failed"]) == (1, 1, 1)
    assert found["duration"] == DAY + 3 + 7 + 2
    assert (found["cost_usd"], found["without_price"]) == (1.75, 1)
    assert found["output"] == 5


def test_totals_of_nothing(library):
    library.update()
    found = totals(library.index, library.filters)
    assert (found["recordings"], found["duration"], found["cost_usd"]) == (0, 0, None)


def test_tools(runs):
    assert tools(runs.index, runs.filters) == [
        {"name": "Bash", "calls": 2, "failed": 1, "ms": 6000, "recordings": 2}
    ]
    assert tools(runs.index, runs.filters._replace(project="one"))[0]["calls"] == 1


def test_slowest(runs):
    found = slowest(runs.index, runs.filters, 2)
    assert [(it["ms"], it["what"], it["about"]) for it in found] == [
        (5000, "Bash", "make"),
        (1000, "Bash", "ls"),
    ]
    assert found[0]["t"] == DAY + 2
    assert found[0]["path"] == runs.path("a")


def test_a_cut_counts_only_where_its_original_does_not(runs):
    filters, alone = runs.filters, runs.filters._replace(roots=[str(runs.path("part"))])
    whole = totals(runs.index, filters), cost(runs.index, filters, "agent")
    of_tools = tools(runs.index, filters)
    cut(str(runs.path("a")), str(runs.path("part")), os.environ, 1)
    runs.update()
    assert (totals(runs.index, filters), cost(runs.index, filters, "agent")) == whole
    assert tools(runs.index, filters) == of_tools
    assert totals(runs.index, alone)["recordings"] == 1
    assert [row.calls for row in cost(runs.index, alone, "agent")] == [2]
