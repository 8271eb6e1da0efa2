"""Qwen Code's chat records, where they differ from others."""

from agentrec.agents.follow.event_builder import EventBuilder
from agentrec.agents.qwen.chat import Chat

AT = "2026-01-31T10:00:00Z"


def states(*records):
    builder = EventBuilder("qwen-code")
    chat = Chat(builder, "/nowhere")
    for offset, record in enumerate(records):
        chat.feed({"timestamp": AT, **record}, offset)
    found = [event.data for event in builder.drain() if event.kind == "lifecycle"]
    return [(data["state"], data.get("text")) for data in found if data["state"] != "started"]


def prompt(number, parent):
    message = {"role": "user", "parts": [{"text": f"prompt {number}"}]}
    return {"type": "user", "uuid": f"u{number}", "parentUuid": parent, "message": message}


def test_a_prompt_that_continues_an_earlier_one_is_a_rewind():
    one, two = prompt(1, None), prompt(2, "u1")
    assert states(one, two, prompt(3, "u2")) == []
    assert states(one, two, prompt(3, None)) == [("rewound", "prompt 1")]


def test_a_compaction():
    compression = {"type": "system", "uuid": "s", "parentUuid": "u1", "subtype": "chat_compression"}
    assert states(prompt(1, None), compression) == [("compacted", None)]
