"""Claude Code's transcript, where it differs from others."""

from agentrec.agents.claude.transcript import ClaudeTranscript
from agentrec.agents.follow.event_builder import EventBuilder
from agentrec.agents.follow.owners import Owners
from tests.agents.claude.records import answer, user
from tests.agents.parsers import changed_events


def events_of(*steps, owners=None):
    """Events of records; None is a while without one."""
    builder = EventBuilder("claude-code")
    transcript = ClaudeTranscript(builder, "S", "/s.jsonl", owners=owners)
    for offset, record in enumerate(steps):
        transcript.feed(record, offset) if record else transcript.settle()
    transcript.finish()
    return builder.drain()


def outputs(events):
    return [event.data["usage"]["output"] for event in events if event.track == "llm"]


def test_blocks_without_a_kind():
    events = changed_events("claude", lambda line: line.replace('"tool_result"', "[[]]"))
    assert [event for event in events if event.kind == "conversation"]


def test_an_answer_that_has_not_stopped_waits_for_its_tokens():
    events = events_of(
        user("1"), answer("2", "m", (3, 2), stop=None), None, answer("3", "m", (3, 345))
    )
    assert outputs(events) == [345]
    assert len([event for event in events if event.kind == "turn"]) == 1


def test_later_tokens_of_an_answer_correct_the_call():
    late = answer("3", "m", (3, 345))
    events = events_of(user("1"), answer("2", "m", (3, 2)), None, late, None, late)
    assert outputs(events) == [2, 345]
    assert len({event.data["id"] for event in events if event.track == "llm"}) == 1
    assert len([event for event in events if event.kind == "turn"]) == 1


def test_a_late_block_without_final_tokens_changes_nothing():
    events = events_of(
        user("1"), answer("2", "m", (3, 9)), None, answer("3", "m", (3, 2), stop=None)
    )
    assert outputs(events) == [9]


def test_a_copy_in_another_transcript_is_history():
    owners = Owners()
    old = (user("1"), answer("2", "m", (1000, 500)))
    events_of(*old, owners=owners)
    copy = answer("other", "m", (1000, 500))  # a fork may give new ids to records
    events = events_of(old[0], copy, user("3"), answer("4", "n", (10, 5)), owners=owners)
    assert outputs(events) == [5]
    roles = [event.data["role"] for event in events if event.kind == "message"]
    assert roles == ["user", "assistant"]


def points(*steps):
    return [e.data["last"] for e in events_of(*steps) if e.kind == "conversation"]


def call(uuid, message_id, tool_id, stop="tool_use"):
    record = answer(uuid, message_id, (3, 9), stop=stop)
    record["message"]["content"] = [
        {"type": "tool_use", "id": tool_id, "name": "Bash", "input": {"command": "ls"}}
    ]
    return record


def result(uuid, tool_id):
    record = user(uuid)
    block = {"type": "tool_result", "tool_use_id": tool_id, "content": "ok"}
    record["message"]["content"] = [block]
    return record


def test_between_calls_of_one_answer_there_is_no_point():
    one, two = (call("2", "m", "a"), result("3", "a")), (call("4", "m", "b"), result("5", "b"))
    end = answer("6", "n", (3, 4), stop="end_turn")
    assert points(user("1"), *one, *two, end) == ["1", "5", "6"]
    # Whoever writes answers as they come pauses in between.
    assert points(user("1"), *one, None, *two, end) == ["1", "3", "5", "6"]
    assert points(user("1"), *one, end) == ["1", "3", "6"]
    assert points(user("1"), *one) == ["1", "3"]
