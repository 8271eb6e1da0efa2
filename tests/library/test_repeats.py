"""What several recordings have counts once in sums over them."""

import os

import pytest

from agentrec.library.listing import list_recordings
from agentrec.library.repeats import call_key
from agentrec.library.totals import cost, tools, totals, unpriced
from tests.library.helpers import call, ended

USED = 335  # tokens of one call


@pytest.fixture
def nested(library):
    """`outer` is a shell in which `inner` was recorded, and has its calls, too; `other` has its own."""
    session = (0, "agent", "session", {"agent": "claude-code"})
    shared = [call(2, "big", 0.5, id="m1"), call(3, "new", None, id="m2")]
    library.make(
        "outer", session, *shared, call(4, "big", 0.25), ended(9), created="2026-01-01T10:00:00Z"
    )
    library.make("inner", session, *shared, ended(5), created="2026-01-01T10:00:01Z")
    library.make("other", session, call(1, "big", 1.0, id="m3"), ended(2))
    library.update()
    return library


def rows(library, by="model", **changed):
    filters = library.filters._replace(**changed)
    return {it.name: (it.calls, it.cost) for it in cost(library.index, filters, by)}


def test_a_recording_within_another_counts_once(nested):
    assert rows(nested) == {"big": (3, 1.75), "new": (1, None)}
    assert rows(nested, by="agent") == {"claude-code": (4, 1.75)}
    facts = totals(nested.index, nested.filters)
    assert (facts["tokens"], facts["cost_usd"], facts["without_price"]) == (4 * USED, 1.75, 1)


def test_alone_each_has_all_of_its_calls(nested):
    inner = nested.filters._replace(roots=[nested.path("inner")])
    facts = totals(nested.index, inner)
    assert (facts["tokens"], facts["cost_usd"], facts["without_price"]) == (2 * USED, 0.5, 1)
    listed = {
        row["session"]: row["tokens"] for row in list_recordings(nested.index, nested.filters)
    }
    assert listed == {"outer": 3 * USED, "inner": 2 * USED, "other": USED}


def test_when_one_is_deleted_the_other_counts(nested):
    os.unlink(nested.path("outer"))
    nested.update()
    assert rows(nested) == {"big": (2, 1.5), "new": (1, None)}


def test_a_recording_that_is_read_again_counts_once(nested):
    nested.make("inner", call(2, "big", 0.5, id="m1"), ended(6), created="2026-01-01T10:00:01Z")
    nested.update()
    assert rows(nested) == {"big": (3, 1.75), "new": (1, None)}


def test_models_without_a_price_are_named_with_their_tokens(nested):
    assert unpriced(nested.index, nested.filters) == [("new", 1, USED)]


def test_an_answer_that_came_twice_counts_as_it_was_last(library):
    first = call(1, "big", 0.5, id="m1")
    library.make("a", first, call(2, "big", 0.75, id="m1"), ended(3))
    library.make("b", first, call(2, "big", 0.75, id="m1"), ended(3))
    library.update()
    assert rows(library) == {"big": (1, 0.75)}


def test_keys_fit_the_database():
    assert -(1 << 63) <= call_key("m1") < 1 << 63
    assert call_key("m1") != call_key("m2")
    assert call_key("\ud800")


def work(at, span, failed):
    """A turn with a tool call, as the agent itself times it."""
    time = f"2026-01-01T10:00:{at:02}Z"
    return [
        (at, "agent", "turn", {"n": 1, "at": time}, {"parent": f"m{at}"}),
        (at, "tool", "call", {"name": "Bash", "input": {}, "at": time}, {"span": span}),
        (at + 1, "tool", "result", {"is_error": failed, "duration_ms": 500}, {"span": span}),
    ]


def sums(library, *paths):
    filters = library.filters._replace(roots=list(paths)) if paths else library.filters
    facts = totals(library.index, filters)
    rows = [
        (row["name"], row["calls"], row["failed"], row["ms"])
        for row in tools(library.index, filters)
    ]
    return facts["turns"], facts["errors"], rows


def test_turns_tools_and_errors_of_a_recording_within_another_count_once(library):
    error = (
        7,
        "agent",
        "lifecycle",
        {"state": "error", "text": "no", "at": "2026-01-01T10:00:07Z"},
    )
    shared = [*work(1, "a", failed=True), *work(3, "b", failed=False), error]
    untimed = (8, "tool", "call", {"name": "Bash"}, {"span": "a"})
    library.make("outer", *shared, *work(5, "c", failed=False), ended(9))
    library.make("inner", *shared, ended(9), created="2026-03-04T05:06:08Z")
    # The same ids at other times are other calls; those without a time are never the same.
    library.make("other", *work(30, "a", failed=True), untimed, ended(40))
    library.update()
    assert sums(library, library.path("inner")) == (2, 2, [("Bash", 2, 1, 1000)])
    assert sums(library) == (4, 3, [("Bash", 5, 2, 2000)])
    os.unlink(library.path("outer"))
    library.update()
    assert sums(library) == (3, 3, [("Bash", 4, 2, 1500)])
