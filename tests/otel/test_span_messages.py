"""Messages in spans, as each of the conventions writes them."""

import json

import pytest

from agentrec.otel.span_messages import answered_messages, message_text, sent_messages
from tests.intake.made_spans import span

USER = {"role": "user", "content": "hi"}
HELLO = {"role": "assistant", "content": "hello"}
CALL = {"type": "tool_call", "id": "t1", "name": "look", "arguments": {"q": 1}}
PARTS = [{"type": "text", "content": "hi"}]

SENT = {
    "gen_ai": {"gen_ai.input.messages": json.dumps([{"role": "user", "parts": PARTS}])},
    "gen_ai, structured": {"gen_ai.input.messages": [{"role": "user", "parts": PARTS}]},
    "gen_ai, before": {"gen_ai.prompt": json.dumps([{"role": "user", "content": "hi"}])},
    "OpenLLMetry": {"gen_ai.prompt.0.role": "user", "gen_ai.prompt.0.content": "hi"},
    "OpenInference": {
        "llm.input_messages.0.message.role": "user",
        "llm.input_messages.0.message.content": "hi",
    },
    "OpenInference, blocks": {
        "llm.input_messages.0.message.role": "user",
        "llm.input_messages.0.message.contents.0.message_content.type": "text",
        "llm.input_messages.0.message.contents.0.message_content.text": "hi",
    },
    "a text": {"gen_ai.prompt": "hi"},
}


@pytest.mark.parametrize("attributes", SENT.values(), ids=SENT)
def test_what_was_sent(attributes):
    assert sent_messages(span("chat", 0, 1, **attributes)) == [USER]


ANSWERED = {
    "gen_ai": {
        "gen_ai.output.messages": [
            {
                "role": "assistant",
                "parts": [
                    {"type": "text", "content": "hello"},
                    {"type": "tool_call", "id": "t1", "name": "look", "arguments": {"q": 1}},
                ],
                "finish_reason": "tool_call",
            }
        ]
    },
    "OpenLLMetry": {
        "gen_ai.completion.0.role": "assistant",
        "gen_ai.completion.0.content": "hello",
        "gen_ai.completion.0.tool_calls.0.id": "t1",
        "gen_ai.completion.0.tool_calls.0.name": "look",
        "gen_ai.completion.0.tool_calls.0.arguments": '{"q": 1}',
    },
    "OpenInference": {
        "llm.output_messages.0.message.role": "assistant",
        "llm.output_messages.0.message.content": "hello",
        "llm.output_messages.0.message.tool_calls.0.tool_call.id": "t1",
        "llm.output_messages.0.message.tool_calls.0.tool_call.function.name": "look",
        "llm.output_messages.0.message.tool_calls.0.tool_call.function.arguments": '{"q": 1}',
    },
}


@pytest.mark.parametrize("attributes", ANSWERED.values(), ids=ANSWERED)
def test_what_was_answered(attributes):
    (message,) = answered_messages(span("chat", 0, 1, **attributes))
    assert message == {"role": "assistant", "content": [{"type": "text", "text": "hello"}, CALL]}
    assert message_text(message) == "hello"


def test_messages_in_events():
    events = [
        ("gen_ai.system.message", 0, {"content": "be brief"}),
        ("gen_ai.user.message", 0, {"content": "hi"}),
        ("gen_ai.choice", 1, {"message": json.dumps({"content": "hello"}), "index": 0}),
        ("unheard", 1, {"content": "x"}),
    ]
    found = span("chat", 0, 1, events=events)
    assert sent_messages(found) == [{"role": "system", "content": "be brief"}, USER]
    assert answered_messages(found) == [HELLO]
    details = ("gen_ai.client.inference.operation.details", 1, SENT["gen_ai, structured"])
    assert sent_messages(span("chat", 0, 1, events=[details])) == [USER]
    others = [(details[0], 2, {"gen_ai.input.messages": [{"role": "user", "content": "later"}]})]
    assert sent_messages(span("chat", 0, 1, events=[details, *others])) == [USER]


def test_blocks_of_bedrock_in_events():
    """As Strands has them."""
    use = {"toolUse": {"toolUseId": "t1", "name": "look", "input": {"q": 1}}}
    result = {"toolResult": {"toolUseId": "t1", "status": "success", "content": [{"text": "a"}]}}
    thought = {"reasoningContent": {"reasoningText": {"text": "hm"}}}
    events = [
        ("gen_ai.user.message", 0, {"content": [{"text": "hi"}]}),
        ("gen_ai.tool.message", 0, {"content": [result]}),
        ("gen_ai.choice", 1, {"message": json.dumps([thought, {"text": "hello"}, use])}),
    ]
    found = span("chat", 0, 1, events=events)
    assert sent_messages(found)[0] == USER
    (block,) = sent_messages(found)[1]["content"]
    assert block == {"type": "tool_result", "id": "t1", "content": [{"text": "a"}]}
    (message,) = answered_messages(found)
    assert message["content"] == [
        {"type": "reasoning", "text": "hm"},
        {"type": "text", "text": "hello"},
        CALL,
    ]


def test_instructions_and_thoughts_and_results():
    given = {
        "gen_ai.system_instructions": [{"type": "text", "content": "be brief"}],
        "gen_ai.input.messages": [
            {"role": "tool", "parts": [{"type": "tool_call_response", "id": "t1", "response": 5}]}
        ],
        "gen_ai.output.messages": [
            {"role": "assistant", "parts": [{"type": "reasoning", "content": "hm"}]}
        ],
    }
    found = span("chat", 0, 1, **given)
    assert sent_messages(found) == [
        {"role": "system", "content": "be brief"},
        {"role": "tool", "content": [{"type": "tool_result", "id": "t1", "content": 5}]},
    ]
    (thought,) = answered_messages(found)
    assert (message_text(thought), message_text(thought, "reasoning")) == ("", "hm")


@pytest.mark.parametrize(
    "value",
    [
        "",
        [],
        {},
        [None],
        [[]],
        [{}],
        5,
        True,
        [{"role": 5}],
        [{"parts": "x"}],
        [{"parts": [5, {}]}],
    ],
)
def test_what_is_no_message(value):
    found = span("chat", 0, 1, **{"gen_ai.input.messages": value, "llm.input_messages": 3})
    for message in sent_messages(found):
        assert message_text(message) in ("", "x")


def test_names_of_lists_that_are_odd():
    names = [
        "gen_ai.prompt.",
        "gen_ai.prompt.x.content",
        "gen_ai.prompt.0",
        "gen_ai.prompt.0.a" * 30,
    ]
    assert sent_messages(span("chat", 0, 1, **dict.fromkeys(names, "v"))) == [
        {"role": "user", "content": "v"}
    ]
