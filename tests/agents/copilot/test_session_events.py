"""Copilot CLI's events: what the example transcript does not show."""

from agentrec.agents.copilot.session_events import SessionEvents, usage_of
from agentrec.agents.follow.event_builder import EventBuilder
from agentrec.agents.follow.owners import Owners


def answer(number, **data):
    return {"type": "assistant.message", "id": f"a{number}", "data": {"apiCallId": "c1"} | data}


def test_an_answer_in_pieces_ends_with_its_last():
    builder = EventBuilder("copilot")
    parser = SessionEvents(builder, "/s/events.jsonl")
    for number in range(3):
        parser.feed(answer(number, content=f"piece {number}", chunkIndex=number, chunkCount=3), 1)
    states = [e.data["state"] for e in builder.drain() if e.kind == "lifecycle"]
    assert states == ["started", "idle"]


def test_what_a_fork_copies_from_another_session_counts_once():
    owners, builder = Owners(), EventBuilder("copilot")
    for path in ("/one", "/two"):
        parser = SessionEvents(builder, path, owners=owners)
        parser.feed(answer(1, content="Done."), 1)
    assert [e.data["text"] for e in builder.drain() if e.kind == "message"] == ["Done."]


def test_input_includes_what_a_cache_held():
    usage = usage_of({"inputTokens": 100, "cacheReadTokens": 60, "cacheWriteTokens": 30})
    assert (usage.input, usage.cache_read, usage.cache_write) == (10, 60, 30)


def test_words_of_others_are_not_the_users():
    builder = EventBuilder("copilot")
    parser = SessionEvents(builder, "/s/events.jsonl")
    data = {"content": "x", "source": "skill-pdf"}
    parser.feed({"type": "user.message", "id": "1", "data": data}, 1)
    (message,) = [event for event in builder.drain() if event.kind == "message"]
    assert message.data["role"] == "system"
