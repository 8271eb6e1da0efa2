"""Messages as the conventions' JSON."""

import json

import pytest

from agentrec.otel.written_messages import MAX_CONTENT_CHARS, answer_messages


@pytest.mark.parametrize(
    ("told", "failed", "written"),
    [
        ("end_turn", False, "stop"),
        ("tool_use", False, "tool_call"),
        ("max_tokens", False, "length"),
        ("refusal", False, "content_filter"),
        ("pause_turn", False, "pause_turn"),
        ("", True, "error"),
        ("", False, "unknown"),
    ],
)
def test_an_answer_says_why_it_ended_also_if_nobody_told(told, failed, written):
    (message,) = json.loads(answer_messages(["a"], told, failed=failed))
    assert message["finish_reason"] == written


def test_several_texts_of_an_answer_are_parts_of_one_message():
    (message,) = json.loads(answer_messages(["a", "b"], "end_turn", failed=False))
    assert [part["content"] for part in message["parts"]] == ["a", "b"]


def test_what_there_is_no_room_for_is_left_out():
    long = "x" * (MAX_CONTENT_CHARS - 200)
    (message,) = json.loads(answer_messages([long, long, "b"], "end_turn", failed=False))
    assert [part["content"] for part in message["parts"]] == [long]
    assert not answer_messages([], "end_turn", failed=False)
