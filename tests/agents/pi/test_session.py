"""pi's session file, where it differs from others."""

from agentrec.agents.follow.event_builder import EventBuilder
from agentrec.agents.pi.session import SessionFile

AT = "2026-01-31T10:00:00Z"


def events(*records):
    builder = EventBuilder("pi")
    session = SessionFile(builder, "/nowhere")
    for offset, record in enumerate(records):
        session.feed({"timestamp": AT, **record}, offset)
    return builder.drain()


def prompt(number, parent):
    message = {"role": "user", "content": f"prompt {number}"}
    return {"type": "message", "id": f"u{number}", "parentId": parent, "message": message}


def result(output, *, is_error):
    block = {"type": "text", "text": output}
    message = {"role": "toolResult", "toolCallId": "c", "content": [block], "isError": is_error}
    return {"type": "message", "id": "r", "parentId": "u1", "message": message}


def states(*records):
    found = [event.data for event in events(*records) if event.kind == "lifecycle"]
    return [(data["state"], data.get("text")) for data in found if data["state"] != "started"]


def test_a_prompt_that_continues_an_earlier_one_is_a_rewind():
    one, two = prompt(1, None), prompt(2, "u1")
    assert states(one, two, prompt(3, "u2")) == []
    assert states(one, two, prompt(3, "u1")) == [("rewound", "prompt 2")]


def test_a_compaction():
    compaction = {"type": "compaction", "id": "c", "parentId": "u1", "summary": "so far"}
    assert states(prompt(1, None), compaction) == [("compacted", None)]


def test_the_exit_code_of_a_command_that_failed():
    said = "no such file\n\nCommand exited with code 2"
    (failed,) = [e.data for e in events(result(said, is_error=True)) if e.track == "tool"]
    assert (failed["exit_code"], failed["is_error"]) == (2, True)
    (fine,) = [e.data for e in events(result(said, is_error=False)) if e.track == "tool"]
    assert "exit_code" not in fine
