"""The story of an agent without a transcript, from its calls, in every API."""

import json

import pytest

from agentrec.gateway.call_events import CallEvents
from agentrec.gateway.call_mask import CallMask
from agentrec.gateway.call_story import CallStory
from agentrec.gateway.transport.exchange import Exchange

PATHS = {
    "anthropic": "/v1/messages",
    "chat": "/v1/chat/completions",
    "responses": "/v1/responses",
    "gemini": "/v1beta/models/m:generateContent",
}


class Agent:
    """A conversation in one API, as a client keeps it: what it sends is its whole history."""

    def __init__(self, api, told):
        self.api, self.told, self.history = api, told, []

    def user(self, text):
        self.history += {
            "anthropic": [{"role": "user", "content": text}],
            "chat": [{"role": "user", "content": text}],
            "responses": [{"role": "user", "content": [{"type": "input_text", "text": text}]}],
            "gemini": [{"role": "user", "parts": [{"text": text}]}],
        }[self.api]

    def result(self, id_, text):
        block = {"type": "tool_result", "tool_use_id": id_, "content": text}
        response = {"id": id_, "name": "run", "response": {"output": text}}
        self.history += {
            "anthropic": [{"role": "user", "content": [block]}],
            "chat": [{"role": "tool", "tool_call_id": id_, "content": text}],
            "responses": [{"type": "function_call_output", "call_id": id_, "output": text}],
            "gemini": [{"role": "user", "parts": [{"functionResponse": response}]}],
        }[self.api]

    def ask(self, text="", call=None, *, status=200):
        """Send the history; the model says ``text``, or calls a tool: id and command."""
        key = {"responses": "input", "gemini": "contents"}.get(self.api, "messages")
        body = {"model": "m", key: list(self.history), "tools": [{"name": "run"}]}
        if self.api == "gemini":
            del body["model"]
        answer = self._answer(text, call) if status == 200 else {"error": {"message": text}}
        self.told.call(PATHS[self.api], body, answer, status)

    def _answer(self, text, call):
        id_, command = call or ("", "")
        given = json.dumps({"command": command})
        if self.api == "anthropic":
            block = {"type": "text", "text": text}
            if call:
                block = {
                    "type": "tool_use",
                    "id": id_,
                    "name": "run",
                    "input": {"command": command},
                }
            message = {"role": "assistant", "content": [block]}
            self.history.append(message)
            return {"id": f"a{len(self.history)}", **message, "usage": {"output_tokens": 1}}
        if self.api == "chat":
            message = {"role": "assistant", "content": text or None}
            if call:
                function = {"name": "run", "arguments": given}
                message["tool_calls"] = [{"id": id_, "type": "function", "function": function}]
            self.history.append(message)
            usage = {"completion_tokens": 1}
            return {"id": "c", "choices": [{"index": 0, "message": message}], "usage": usage}
        if self.api == "responses":
            item = {
                "type": "message",
                "role": "assistant",
                "content": [{"type": "output_text", "text": text}],
            }
            if call:
                item = {"type": "function_call", "call_id": id_, "name": "run", "arguments": given}
            self.history.append(item)
            return {"id": "r", "output": [item], "usage": {"output_tokens": 1}}
        part = {"text": text}
        if call:
            part = {"functionCall": {"id": id_, "name": "run", "args": {"command": command}}}
        content = {"role": "model", "parts": [part]}
        self.history.append(content)
        usage = {"candidatesTokenCount": 1}
        return {"responseId": "g", "candidates": [{"content": content}], "usageMetadata": usage}


class Told:
    """Calls, one after the other, and the events of their story."""

    def __init__(self):
        self._events, self._story = CallEvents(CallMask()), CallStory("agent")
        self.story = []
        self.alone = []

    def call(self, path, body, answer, status=200):
        exchange = Exchange("h", "POST", path, [], json.dumps(body).encode())
        request, _ = self._events.request(exchange)
        exchange.answered(status, [])
        exchange.received(json.dumps(answer).encode())
        exchange.end("complete")
        response, data = self._events.response(exchange, request)
        alone, story = self._story.add(request, response, data)
        self.alone += alone
        self.story += story

    def lines(self):
        """Actor and what happened, of messages and tools."""
        found = []
        for event in self.story:
            data = event.data
            if event.kind == "message":
                found.append((event.actor, data["role"], data["text"]))
            elif event.track == "tool" and event.kind == "call":
                found.append((event.actor, "call", data["input"]["command"]))
            elif event.kind == "result":
                found.append((event.actor, "result", data["output"]))
            elif event.kind == "lifecycle":
                found.append((event.actor, "state", data["state"]))
        return found


EACH = pytest.mark.parametrize("api", PATHS)


@EACH
def test_a_conversation(api):
    told = Told()
    agent = Agent(api, told)
    agent.user("list the files")
    agent.ask(call=("t1", "ls"))
    agent.result("t1", "a b c")
    agent.ask("There are three.")
    agent.user("thank you")
    agent.ask("You are welcome.")
    assert told.lines() == [
        ("agent", "state", "started"),
        ("user", "user", "list the files"),
        ("agent", "call", "ls"),
        ("agent", "result", "a b c"),
        ("agent", "assistant", "There are three."),
        ("agent", "state", "idle"),
        ("user", "user", "thank you"),
        ("agent", "assistant", "You are welcome."),
        ("agent", "state", "idle"),
    ]
    assert len(told.alone) == 3
    turns = [event.data["n"] for event in told.story if event.kind == "turn"]
    assert turns == [1, 2, 3]


@EACH
def test_a_sub_agent_and_its_parent_at_once(api):
    told = Told()
    main, sub = Agent(api, told), Agent(api, told)
    main.user("do both things")
    main.ask(call=("t1", "please look at the tests"))
    sub.user("please look at the tests")
    sub.ask(call=("t2", "pytest"))
    sub.result("t2", "1 passed")
    sub.ask("All pass.")
    main.result("t1", "All pass.")
    main.ask("Done.")
    assert told.lines() == [
        ("agent", "state", "started"),
        ("user", "user", "do both things"),
        ("agent", "call", "please look at the tests"),
        ("agent", "user", "please look at the tests"),
        ("agent/1", "call", "pytest"),
        ("agent/1", "result", "1 passed"),
        ("agent/1", "assistant", "All pass."),
        ("agent", "result", "All pass."),
        ("agent", "assistant", "Done."),
        ("agent", "state", "idle"),
    ]
    parents = {event.parent for event in told.alone if event.actor == "agent/1"}
    assert parents == {"t1"}


@EACH
def test_errors_and_what_was_resumed(api):
    told = Told()
    agent = Agent(api, told)
    # A history from before this recording is not told again.
    agent.user("long ago")
    agent._answer("an old answer", None)
    agent.user("and now")
    agent.ask("overloaded", status=529)
    agent.ask("overloaded", status=529)
    agent.ask("Now it works.")
    assert told.lines() == [
        ("agent", "state", "started"),
        ("user", "user", "and now"),
        ("agent", "state", "error"),
        ("agent", "state", "error"),
        ("agent", "assistant", "Now it works."),
        ("agent", "state", "idle"),
    ]
    retries = [event.data["retry"] for event in told.story if event.data.get("state") == "error"]
    assert retries == [1, 2]
    assert len(told.alone) == 1


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("Generate a concise title for this conversation.", "title"),
        ("Summarize the conversation so far.", "summary"),
    ],
)
def test_a_request_beside_the_conversation(words, kind):
    told = Told()
    body = {"model": "m", "system": words, "messages": [{"role": "user", "content": "hi"}]}
    answer = {"id": "a", "content": [], "usage": {"input_tokens": 5, "output_tokens": 1}}
    told.call("/v1/messages", body, answer)
    (event,) = told.story
    assert (event.track, event.kind) == ("llm", "call")
    assert event.data["side"] == kind
    assert event.data["usage"]["input"] == 5
