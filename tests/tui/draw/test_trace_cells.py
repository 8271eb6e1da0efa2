"""The trace as cells and as a list."""

import pytest

from agentrec.tui.draw.trace_cells import Trace, duration_text, turn_at
from tests.library.helpers import call
from tests.report.test_spans import TOLD, S, spans

MS = 1_000_000


def row(cells):
    return "".join(cell.char for cell in cells).rstrip()


def trace(turn=None):
    return Trace(spans(*TOLD), 11 * S, turn)


def test_lanes_at_their_times():
    drawn = trace()
    assert [row(drawn.lane(n, 44, 6 * S)) for n in range(4)] == [
        "    ▐look around",
        "    ▐big    ▐Rea        │     ▐big",
        "            ▐Task",
        "              ▐small▐Grep",
    ]
    assert row(drawn.scale(44, 6 * S)) == "0:00       0:02       0:▼5       0:08"


def test_the_critical_path_and_failures_are_in_the_style():
    drawn = trace()
    cells = drawn.lane(1, 44, 0)
    assert (cells[5].role, cells[5].filled, cells[5].critical) == ("llm", True, True)
    assert (cells[13].role, cells[13].critical) == ("tool", False)
    assert drawn.lane(3, 44, 0)[22].role == "error"


def test_the_span_in_a_column():
    drawn = trace()
    assert drawn.span_at(1, 44, 13).name == "Read"
    assert drawn.span_at(1, 44, 20) is None


def test_the_same_as_a_list():
    assert [(item.t, item.text) for item in trace().items()] == [
        (1 * S, "  8.0 s look around"),
        (1 * S, "  2.0 s ◂ big"),
        (3 * S, "  1.0 s Read"),
        (3 * S, "  4.5 s ◂ Task"),
        (round(3.5 * S), "    1.5 s ◂ small"),
        (5 * S, "    2.0 s ◂ Grep"),
        (round(7.5 * S), "  1.5 s ◂ big"),
    ]


def test_a_turn():
    turn = (12, "agent", "message", {"role": "user", "text": "more"}, {"actor": "user"})
    found = spans(*TOLD[:-1], turn, call(14, "late", duration_ms=1000))
    assert [turn_at(found, t * S).text for t in (0, 5, 13)] == [
        "look around",
        "look around",
        "more",
    ]
    drawn = Trace(found, 14 * S, turn_at(found, 13 * S))
    assert [span.name for span in drawn.spans] == ["turn", "late"]
    assert "".join(text for text, _ in drawn.parts) == "This turn 2.0 s  ∴ 1.0 s  ▸ 0 ms"
    assert row(drawn.lane(1, 20, 12 * S)) == "│         ▐late"


def test_nothing_at_all():
    drawn = Trace((), 0)
    assert (drawn.lanes, drawn.items(), turn_at((), 0)) == ([], [], None)
    assert len(drawn.scale(10, 0)) == 10


@pytest.mark.parametrize("width", [1, 2, 3, 5, 200])
def test_any_width(width):
    drawn = trace()
    assert len(drawn.scale(width, 6 * S)) == width
    assert all(len(drawn.lane(n, width, 6 * S)) == width for n in range(4))


@pytest.mark.parametrize(("ns", "text"), [(0, "0 ms"), (999 * MS, "999 ms"), (S, "1.0 s")])
def test_short_durations(ns, text):
    assert duration_text(ns) == text
