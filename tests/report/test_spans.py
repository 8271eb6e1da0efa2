"""What took how long, in lanes, with the critical path."""

from agentrec.report.spans import SpanList, critical_path, lanes_of, sum_of
from tests.library.helpers import call, ended, events

S = 1_000_000_000
MAIN, SUB = {"actor": "agent"}, {"actor": "agent/explorer"}
TOLD = (
    (1, "agent", "message", {"role": "user", "text": "look around"}, {"actor": "user"}),
    (*call(3, "big", duration_ms=2000), {"span": "c1", **MAIN}),
    (3, "tool", "call", {"name": "Read"}, {"span": "t1", "parent": "c1", **MAIN}),
    (3, "tool", "call", {"name": "Task"}, {"span": "t2", "parent": "c1", **MAIN}),
    (4, "tool", "result", {"output": "x", "duration_ms": 1000}, {"span": "t1", **MAIN}),
    (*call(5, "small", duration_ms=1500), {"span": "c2", "parent": "t2", **SUB}),
    (5, "tool", "call", {"name": "Grep"}, {"span": "t3", "parent": "c2", **SUB}),
    (7, "tool", "result", {"output": "x", "is_error": True}, {"span": "t3", **SUB}),
    (7.5, "tool", "result", {"output": "x"}, {"span": "t2", **MAIN}),
    (*call(9, "big", duration_ms=1500), {"span": "c3", **MAIN}),
    ended(11),
)


def spans(*told):
    collected = SpanList()
    collected.feed(events(*told))
    return collected.spans


def test_parallel_spans_are_in_lanes_and_subagents_below():
    found = spans(*TOLD)
    lanes = lanes_of(found, 11 * S)
    assert [(lane.actor, lane.depth, [span.name for span in lane.spans]) for lane in lanes] == [
        ("", 0, ["turn"]),
        ("agent", 0, ["big", "Read", "big"]),
        ("agent", 0, ["Task"]),
        ("agent/explorer", 1, ["small", "Grep"]),
    ]
    assert [span.name for span in found if span.failed] == ["Grep"]
    assert (found[0].start, found[0].end) == (S, 9 * S)
    assert sum_of(found, "model", S, 9 * S) == 5 * S
    assert sum_of(found, "tool", S, 2 * S) == 0


def test_the_critical_path_leads_through_subagents():
    found = spans(*TOLD)
    path = critical_path(found, 11 * S)
    names = [span.name for span in found if span in path]
    assert names == ["big", "Task", "small", "Grep", "big"]


def test_of_several_calls_with_one_id_the_last_counts():
    found = spans(
        call(2, duration_ms=500, id="a"),
        call(3, duration_ms=1500, id="a"),
        call(4, duration_ms=100),
    )
    assert [(span.start, span.end) for span in found] == [
        (round(1.5 * S), 3 * S),
        (round(3.9 * S), 4 * S),
    ]


def test_what_has_not_ended_lasts_until_now_or_the_exit():
    running = (1, "tool", "call", {"name": "Bash"}, {"span": "a"})
    (span,) = spans(running)
    assert (span.end, span.end_by(7 * S), span.end_by(0)) == (None, 7 * S, S)
    (span,) = spans(running, ended(5))
    assert span.end == 5 * S


def test_a_long_chain_of_subagents():
    """As deep as somebody hostile can write it."""
    deep = [
        (n / 1000, "tool", "call", {"name": "Task"}, {"span": f"t{n}", "parent": f"t{n - 1}"})
        for n in range(5000)
    ]
    turn = (0, "agent", "message", {"role": "user", "text": "go"}, {"actor": "user"})
    found = spans(turn, *deep, ended(6), call(6))
    assert len(critical_path(found, 6 * S)) == 5000


def test_spans_that_are_their_own_parents():
    looped = [
        (1, "tool", "call", {"name": "A"}, {"span": "a", "parent": "b"}),
        (1, "tool", "call", {"name": "B"}, {"span": "b", "parent": "a"}),
        (1, "tool", "call", {"name": "C"}, {"span": "c", "parent": "c"}),
    ]
    turn = (0, "agent", "message", {"role": "user", "text": "go"}, {"actor": "user"})
    found = spans(turn, *looped, call(2, duration_ms=100))
    assert [span.name for span in critical_path(found, 2 * S)] == ["m"]
