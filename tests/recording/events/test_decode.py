"""The typed record of any event: tolerant, and complete for what is really written."""

import json
import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentrec.recording.events import UNKNOWN, Event
from agentrec.recording.events.decode import Raw, decode, is_failure
from agentrec.recording.events.llm import LlmCall, Usage
from agentrec.recording.events.registry import BYTES, KINDS, RECORDS, RESERVED
from agentrec.recording.events.term import TermResize
from agentrec.recording.events.tool import ToolCall, ToolResult
from agentrec.recording.reader import Recording
from agentrec.report.event_text import line

FIXTURES = Path(__file__).resolve().parents[3] / "fixtures"
NAMES = sorted({name for record in KINDS for name in record.fields()})

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
data = st.dictionaries(st.sampled_from(NAMES) | st.text(), json_values, max_size=12)
names = st.sampled_from(sorted(RECORDS)) | st.tuples(st.text(), st.text())


@given(names, data | st.binary())
def test_any_event_has_a_record_whose_fields_can_be_read(name, data):
    event = Event(0, 0, *name, data)
    record = decode(event)
    is_failure(event)
    str(line(event))
    assert record.data is data
    if isinstance(record, Raw):
        assert name not in RECORDS or isinstance(data, bytes)
        return
    for key, field in record.fields().items():
        value = getattr(record, key)
        assert value == field.type.absent or field.type.read(data[key]) == value
        assert type(value) is not float or math.isfinite(value)


def test_a_value_of_another_type_is_absent():
    odd = {"name": 3, "id": ["x"], "input_length": True, "at_ns": 1.5}
    call = ToolCall(odd)
    assert (call.name, call.id, call.input_length, call.at_ns) == ("", "", None, None)
    assert call.data == odd


@pytest.mark.parametrize("value", [10**400, -1, 1e308, math.nan, math.inf, True, "1", None, [], {}])
def test_a_number_that_nothing_can_have_measured_is_absent(value):
    call = LlmCall({"cost_usd": value, "duration_ms": value, "usage": {"input": value}})
    assert (call.cost_usd, call.duration_ms, call.usage) == (None, None, Usage())
    assert TermResize({"cols": value, "rows": 24}).size is None


def test_a_whole_number_may_be_written_as_a_float():
    assert LlmCall({"usage": {"input": 3.0, "output": 2.5}}).usage == Usage(input=3)


def test_records_are_read_only_and_equal_by_their_data():
    size = TermResize({"cols": 80, "rows": 24})
    assert size == TermResize({"cols": 80, "rows": 24}) != ToolCall({"cols": 80, "rows": 24})
    assert repr(size) == "TermResize(cols=80, rows=24)"
    with pytest.raises(AttributeError, match="cols cannot be changed"):
        size.cols = 3


@pytest.mark.parametrize(
    ("told", "failed"),
    [
        ({}, None),
        ({"is_error": False}, False),
        ({"is_error": True}, True),
        ({"exit_code": 0}, False),
        ({"is_error": False, "exit_code": 2}, True),
        ({"status": "failed"}, True),
        ({"ok": False}, True),
        ({"ok": True}, False),
        ({"error": "no such file"}, True),
    ],
)
def test_whether_a_tool_has_failed(told, failed):
    assert ToolResult(told).failed is failed


@pytest.mark.parametrize(
    ("track", "kind", "data", "failed"),
    [
        ("term", "exit", {"code": 0, "signal": None}, False),
        ("term", "exit", {"code": None, "signal": 9}, True),
        ("sys", "command", {"text": "make", "exit": 2}, True),
        ("sys", "command", {"text": "make"}, False),
        ("sys", "process", {"argv": ["grep"], "exit": 1}, False),
        ("sys", "trouble", {"text": "inotify"}, True),
        ("agent", "lifecycle", {"state": "error"}, True),
        ("agent", "lifecycle", {"state": "idle"}, False),
        ("ci", "deploy", {"ok": False}, True),
        ("ci", "deploy", {"status": "error"}, True),
        ("ci", "deploy", {"ok": True}, False),
        ("term", "output", b"error", False),
        (UNKNOWN, "200", b"x", False),
    ],
)
def test_which_events_are_failures(track, kind, data, failed):
    assert is_failure(Event(0, 0, track, kind, data)) is failed


def test_no_name_stands_for_two_things():
    known = {"/".join(name) for name in RECORDS}
    assert len(known) == len(KINDS)
    assert not known & BYTES.keys()
    assert not known & RESERVED.keys()


def check(track, kind, data):
    """Every value of a real event can be read from its record."""
    record = RECORDS[track, kind](data)
    fields = record.fields()
    assert data.keys() <= fields.keys(), (track, kind)
    for name, value in data.items():
        field = fields[name]
        assert value is None or field.type.read(value) is not None, (track, kind, name, value)


def told():
    """Events that adapters make of real transcripts."""
    for path in sorted((FIXTURES / "transcripts").glob("*.events")):
        for text in path.read_text(encoding="utf-8").splitlines():
            name, _, data = text.partition(" {")
            track, _, kind = name.split()[0].partition("/")
            yield track, kind, json.loads("{" + data)


def recorded():
    for path in sorted((FIXTURES / "recordings").glob("*.ahr")):
        if path.with_suffix(".ahr.json").exists() and "header" not in path.name:
            with Recording.open(str(path)) as recording:
                yield from recording.events()


def test_fields_of_what_agents_tell():
    found = list(told())
    for track, kind, data in found:
        check(track, kind, data)
    kinds = {f"{track}/{kind}" for track, kind, _ in found}
    assert kinds >= {"agent/session", "agent/message", "llm/call", "tool/call", "tool/result"}


def test_fields_of_golden_recordings():
    found = {event.name for event in recorded() if isinstance(event.data, dict)}
    for event in recorded():
        if isinstance(event.data, dict):
            check(event.track, event.kind, event.data)
    assert found >= {("term", "resize"), ("term", "exit"), ("mark", "moment"), ("tool", "call")}
