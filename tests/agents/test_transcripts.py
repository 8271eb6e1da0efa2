"""Transcripts, written by hand after real ones, and the stories they tell.

``fixtures/transcripts/NAME.jsonl`` is what an agent writes, ``NAME.told`` what is told of it: a line
per event, ``track/kind actor span<parent {data}``. With AGENTREC_REWRITE set they are written again:
read the difference.
"""

import json
import os
import re
from pathlib import Path

import pytest

from agentrec.agents.claude.transcript import Transcript
from agentrec.agents.codex.rollout import Rollout
from agentrec.agents.follow.event_builder import EventBuilder
from agentrec.agents.follow.tail import Tail
from agentrec.agents.gemini.chat import Chat as GeminiChat
from agentrec.agents.pi.session import SessionFile as PiSession
from agentrec.agents.qwen.chat import Chat as QwenChat

FOLDER = Path(__file__).parents[2] / "fixtures" / "transcripts"
PARSERS = {
    "claude": lambda builder, path, since: Transcript(builder, "S", path, since=since),
    "codex": lambda builder, path, since: Rollout(builder, path, since=since),
    "codex-totals": lambda builder, path, since: Rollout(builder, path, since=since),
    "gemini": lambda builder, path, since: GeminiChat(builder, path, cwd="/work/shop", since=since),
    "pi": lambda builder, path, since: PiSession(builder, path, since=since),
    "qwen": lambda builder, path, since: QwenChat(builder, path, since=since),
}
AGENT = {"claude": "claude-code", "codex-totals": "codex"}


def tell(name, since=0.0, twice=False):
    path = FOLDER / f"{name}.jsonl"
    builder = EventBuilder(AGENT.get(name, name))
    parser = PARSERS[name](builder, str(path), since)
    if name == "claude":
        parser.sub_agent("a7b8c9d0e1f2", "Explore", "t3")
    for record, offset in Tail(str(path)).records() * (2 if twice else 1):
        parser.feed(record, offset)
    if name == "claude":
        parser.settle()
    return builder.drain()


def as_line(event):
    data = {key: value for key, value in event.data.items() if key != "transcript"}
    links = f"{event.span or '-'}<{event.parent or '-'}"
    text = json.dumps(data, ensure_ascii=False).replace(str(FOLDER), "FOLDER")
    return f"{event.track}/{event.kind} {event.actor or '-'} {links} {text}"


@pytest.mark.parametrize("name", PARSERS)
def test_the_story_of(name):
    told = "".join(as_line(event) + "\n" for event in tell(name))
    path = FOLDER / f"{name}.told"
    if os.environ.get("AGENTREC_REWRITE"):
        path.write_text(told)
    assert told == path.read_text()


@pytest.mark.parametrize("name", PARSERS)
def test_every_call_has_its_result_and_every_span_its_call(name):
    told = tell(name)
    calls = [event.span for event in told if (event.track, event.kind) == ("tool", "call")]
    results = [event.span for event in told if (event.track, event.kind) == ("tool", "result")]
    assert sorted(calls) == sorted(results)
    answers = {event.span for event in told if event.track == "llm"}
    assert {
        event.parent for event in told if event.kind == "call" and event.track == "tool"
    } <= answers


@pytest.mark.parametrize("name", PARSERS)
def test_history_is_not_told_again(name):
    told = tell(name, since=4e9)
    assert told == []


@pytest.mark.parametrize("name", ["claude", "gemini", "qwen"])
def test_records_that_come_twice_are_told_once(name):
    """A resumed conversation may copy its hibuilder."""
    assert [as_line(event) for event in tell(name, twice=True)] == [
        as_line(event) for event in tell(name)
    ]


@pytest.mark.parametrize("name", PARSERS)
def test_what_was_told_before_the_middle_is_left_out(name):
    whole = [event for event in tell(name) if event.track in ("tool", "llm")]
    half = [event for event in tell(name, since=1769853602.5) if event.track in ("tool", "llm")]
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


def told_of(name, change):
    """What is told of a transcript whose records were changed, when none of them may be too much."""
    builder = EventBuilder(AGENT.get(name, name))
    parser = PARSERS[name](builder, str(FOLDER / f"{name}.jsonl"), 0.0)
    for number, line in enumerate((FOLDER / f"{name}.jsonl").read_text().splitlines()):
        parser.feed(json.loads(change(line)), number)
    if name == "claude":
        parser.settle()
    return builder.drain()


def said(told):
    return [event.data for event in told if event.kind in ("message", "result")]


@pytest.mark.parametrize("name", PARSERS)
def test_counts_that_no_model_can_have_read(name):
    told = told_of(
        name,
        lambda line: re.sub(r"(?i)(tokens?\w*|input|output)\": ?\d+", rf'\1": {10**400}', line),
    )
    for event in told:
        if event.track == "llm":
            assert max(event.data["usage"].values()) < 1 << 50
    assert said(told) == said(told_of(name, str))


@pytest.mark.parametrize("name", ["claude", "pi", "gemini", "qwen"])
def test_tool_inputs_as_deep_as_one_likes(name):
    deep = "[" * 900 + "]" * 900
    told = told_of(
        name,
        lambda line: re.sub(
            r"(\"(?:input|arguments|args)\": ?\{)\"", rf'\1"deep": {deep}, "', line
        ),
    )
    calls = [event for event in told if (event.track, event.kind) == ("tool", "call")]
    assert any("deep" in str(event.data["input"]) for event in calls)
    assert all(json.dumps(event.data).count("[") < 200 for event in calls)


def test_an_exit_code_of_any_length():
    told = told_of(
        "codex", lambda line: line.replace("exited with code 2", f"exited with code {'9' * 5000}")
    )
    assert [(e.track, e.kind) for e in told] == [(e.track, e.kind) for e in told_of("codex", str)]


def test_blocks_without_a_kind():
    told = told_of("claude", lambda line: line.replace('"tool_result"', "[[]]"))
    assert [event for event in told if event.kind == "conversation"]
