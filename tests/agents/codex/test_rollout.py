"""Codex's rollout file, where it differs from other transcripts."""

import pytest

from agentrec.agents.codex.rollout import Rollout
from agentrec.agents.follow.event_builder import EventBuilder
from tests.agents.parsers import changed_events


def test_an_exit_code_of_any_length():
    events = changed_events(
        "codex", lambda line: line.replace("exited with code 2", f"exited with code {'9' * 5000}")
    )
    assert [(e.track, e.kind) for e in events] == [
        (e.track, e.kind) for e in changed_events("codex", str)
    ]


def rollout_events(*records):
    """Events of (second, type, payload)."""
    builder = EventBuilder("codex")
    rollout = Rollout(builder, "/r.jsonl")
    for offset, (second, kind, payload) in enumerate(records):
        at = f"2026-11-28T11:00:{second:06.3f}Z"
        rollout.feed({"timestamp": at, "type": kind, "payload": payload}, offset)
    return builder.drain()


def turn(second, prompt, total, *, started_at=None):
    usage = {"input_tokens": total, "output_tokens": total // 10}
    info = {"total_token_usage": usage}
    start = {"type": "task_started", "turn_id": prompt} | (
        {"started_at": started_at} if started_at else {}
    )
    return [
        (second, "event_msg", start),
        (second, "turn_context", {"model": "gpt-5", "cwd": "/w"}),
        (second, "event_msg", {"type": "user_message", "message": prompt}),
        (second + 0.01, "event_msg", {"type": "token_count", "info": info}),
    ]


FORK = [
    (1.0, "session_meta", {"id": "new", "forked_from_id": "old"}),
    (1.0, "session_meta", {"id": "old"}),
]
FORKED_AT = 1795863601  # 2026-11-28T11:00:01Z


@pytest.mark.parametrize("started", [None, FORKED_AT - 900])
def test_a_fork_that_repeats_its_parent_counts_what_is_new(started):
    old = turn(1.0, "old 1", 1000, started_at=started)
    old += turn(1.02, "old 2", 5000, started_at=started)
    new = turn(1.5, "new", 6200, started_at=started and FORKED_AT)
    events = rollout_events(*FORK, *old, *new)
    calls = [event.data["usage"] for event in events if event.track == "llm"]
    assert [(call["input"], call["output"]) for call in calls] == [(1200, 120)]
    messages = [event.data["text"] for event in events if event.kind == "message"]
    assert messages == ["new"]


def test_a_start_in_the_past_is_history_however_slowly_it_is_copied():
    old = turn(3.0, "old", 1000, started_at=FORKED_AT - 900)
    assert not [event for event in rollout_events(*FORK, *old) if event.track == "llm"]


@pytest.mark.parametrize(
    ("output", "failed"),
    [
        ("apply_patch verification failed: no such file", True),
        ("unsupported call: exec", True),
        ("unsupported custom tool call: patch", True),
        ("patch rejected: writing outside of the project", True),
        ("Exit code: 0\nunsupported call: is what the file says", False),
    ],
)
def test_failures_that_are_told_in_words_only(output, failed):
    call = {"type": "custom_tool_call", "call_id": "c", "name": "apply_patch", "input": "*** Begin"}
    result = {"type": "custom_tool_call_output", "call_id": "c", "output": output}
    events = rollout_events((1, "response_item", call), (2, "response_item", result))
    assert [e.data["is_error"] for e in events if e.kind == "result"] == [failed]
