"""Laws of all parsers of JSON lines, on transcripts written by hand after real ones.

``fixtures/transcripts/NAME.jsonl`` is what an agent writes, ``NAME.events`` what is made of it: a line
per event, ``track/kind actor span<parent {data}``. With AGENTREC_REWRITE set they are written again:
read the difference.
"""

import json
import os
import re

import pytest

from agentrec.agents.follow.event_builder import EventBuilder
from agentrec.agents.follow.tail import Tail
from tests.agents.parsers import FOLDER, PARSERS, as_line, changed_events, parsed_events


@pytest.mark.parametrize("name", PARSERS)
def test_the_events_of(name):
    text = "".join(as_line(event) + "\n" for event in parsed_events(name))
    path = FOLDER / f"{name}.events"
    if os.environ.get("AGENTREC_REWRITE"):
        path.write_text(text)
    assert text == path.read_text()


@pytest.mark.parametrize("name", PARSERS)
def test_every_call_has_its_result_and_every_span_its_call(name):
    events = parsed_events(name)
    calls = [event.span for event in events if (event.track, event.kind) == ("tool", "call")]
    results = [event.span for event in events if (event.track, event.kind) == ("tool", "result")]
    assert sorted(calls) == sorted(results)
    answers = {event.span for event in events if event.track == "llm"}
    assert {
        event.parent for event in events if event.kind == "call" and event.track == "tool"
    } <= answers


@pytest.mark.parametrize("name", PARSERS)
def test_history_gives_no_events(name):
    events = parsed_events(name, since=4e9)
    assert events == []


@pytest.mark.parametrize("name", ["claude", "gemini", "qwen"])
def test_records_that_come_twice_count_once(name):
    """A resumed conversation may copy its hibuilder."""
    assert [as_line(event) for event in parsed_events(name, twice=True)] == [
        as_line(event) for event in parsed_events(name)
    ]


@pytest.mark.parametrize("name", PARSERS)
def test_what_happened_before_the_start_is_left_out(name):
    whole = [event for event in parsed_events(name) if event.track in ("tool", "llm")]
    half = [
        event for event in parsed_events(name, since=1769853602.5) if event.track in ("tool", "llm")
    ]
    assert 0 < len(half) < len(whole)


@pytest.mark.parametrize("name", PARSERS)
def test_records_of_any_shape_raise_nothing(name):
    path = FOLDER / f"{name}.jsonl"
    odd = [None, 1, "x", [], [1], {}, {"type": "text"}, [{"type": "tool_use"}], -5, 1.5, True]

    def spoil(value, replacement, where):
        if isinstance(value, dict):
            return {
                k: replacement if k == where else spoil(v, replacement, where)
                for k, v in value.items()
            }
        if isinstance(value, list):
            return [spoil(inner, replacement, where) for inner in value]
        return value

    records = Tail(str(path)).records()
    keys = set(re.findall(r'"([\w.$]+)":', path.read_text()))
    for where in sorted(keys):
        for replacement in odd:
            parser = PARSERS[name](builder := EventBuilder("x"), str(path), 0.0)
            for record, offset in records:
                parser.feed(spoil(record, replacement, where), offset)
            for event in builder.drain():
                json.dumps(event.data, allow_nan=False)


def texts(events):
    return [event.data for event in events if event.kind in ("message", "result")]


@pytest.mark.parametrize("name", PARSERS)
def test_counts_that_no_model_can_have_read(name):
    events = changed_events(
        name,
        lambda line: re.sub(r"(?i)(tokens?\w*|input|output)\": ?\d+", rf'\1": {10**400}', line),
    )
    for event in events:
        if event.track == "llm":
            assert max(event.data["usage"].values()) < 1 << 50
    assert texts(events) == texts(changed_events(name, str))


@pytest.mark.parametrize("name", ["claude", "pi", "gemini", "qwen"])
def test_tool_inputs_as_deep_as_one_likes(name):
    deep = "[" * 900 + "]" * 900
    events = changed_events(
        name,
        lambda line: re.sub(
            r"(\"(?:input|arguments|args)\": ?\{)\"", rf'\1"deep": {deep}, "', line
        ),
    )
    calls = [event for event in events if (event.track, event.kind) == ("tool", "call")]
    assert any("deep" in str(event.data["input"]) for event in calls)
    assert all(json.dumps(event.data).count("[") < 200 for event in calls)


def troubles(events):
    return {
        event.data["text"]: event.data["count"]
        for event in events
        if (event.track, event.kind) == ("sys", "trouble")
    }


@pytest.mark.parametrize("name", PARSERS)
def test_known_records_give_no_trouble(name):
    builder = EventBuilder("x")
    parser = PARSERS[name](builder, str(FOLDER / f"{name}.jsonl"), 0.0)
    for record, offset in Tail(str(FOLDER / f"{name}.jsonl")).records():
        builder.feed_safely(parser.feed, record, offset)
    builder.finished()
    assert troubles(builder.drain()) == {}


UNKNOWN = {
    "codex": {"type": "hologram", "payload": {"type": "x"}},
    "gemini": {"id": "h1", "type": "hologram"},
}


@pytest.mark.parametrize("name", [name for name in PARSERS if name != "codex-totals"])
def test_unknown_records_are_named_and_counted(name):
    builder = EventBuilder("x")
    parser = PARSERS[name](builder, str(FOLDER / f"{name}.jsonl"), 0.0)
    unknown = {"timestamp": "2026-01-31T10:00:00.000Z"} | UNKNOWN.get(name, {"type": "hologram"})
    for number in range(3):
        builder.feed_safely(parser.feed, unknown | {"uuid": f"h-{number}"}, number)
    builder.finished()
    assert troubles(builder.drain()) == {"x: unknown record kind 'hologram'": 3}


def test_unknown_items_of_codex_are_named():
    builder = EventBuilder("x")
    parser = PARSERS["codex"](builder, "/nowhere", 0.0)
    parser.feed({"type": "response_item", "payload": {"type": "hologram"}}, 1)
    builder.finished()
    assert troubles(builder.drain()) == {"x: unknown record kind 'hologram'": 1}
