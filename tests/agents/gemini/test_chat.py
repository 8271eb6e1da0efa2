"""Gemini CLI's chat, where it differs from others."""

from agentrec.agents.follow.event_builder import EventBuilder
from agentrec.agents.gemini.chat import Chat


def message(number, at="2026-01-31T10:00:00Z"):
    return {"id": f"g{number}", "timestamp": at, "type": "user", "content": f"prompt {number}"}


def lifecycle(*records, since=0.0):
    builder = EventBuilder("gemini-cli")
    chat = Chat(builder, "/nowhere", cwd="/work", since=since)
    for offset, record in enumerate(records):
        chat.feed(record, offset)
    return [
        (event.data["state"], event.data.get("text"))
        for event in builder.drain()
        if event.kind == "lifecycle" and event.data["state"] != "started"
    ]


def test_a_rewind_names_the_first_prompt_that_was_taken_back():
    rewind = {"$rewindTo": "g2"}
    assert lifecycle(message(1), message(2), message(3), rewind) == [("rewound", "prompt 2")]
    assert lifecycle(message(1), {"$rewindTo": "unknown"}) == [("rewound", None)]


def test_a_rewind_of_history_is_no_event():
    assert lifecycle(message(1), {"$rewindTo": "g1"}, since=4e9) == []
