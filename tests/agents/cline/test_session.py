"""Cline's documents, as they are written anew at each step."""

import json

import pytest

from agentrec.agents.cline.session import Session, is_changed, usage_of
from agentrec.agents.follow.event_builder import EventBuilder
from tests.agents.helpers import brief

NOW = 1_769_853_600_000  # ms
TASK = "Look around."


class Documents:
    """What Cline writes of the session ``s1``."""

    def __init__(self, folder):
        self.folder = folder / "s1"
        self.folder.mkdir()
        about = {"session_id": "s1", "pid": 1, "cwd": "/work", "model": "gpt-5.5"}
        (self.folder / "s1.json").write_text(json.dumps(about))
        self.messages, self.t = [], NOW

    def add(self, role, *blocks, name="s1", **more):
        self.t += 100
        number = len(self.messages) + 1
        message = {"id": f"m{number}", "role": role, "content": list(blocks), "ts": self.t} | more
        self.messages.append(message)
        self.write(name, self.messages)

    def write(self, name, messages):
        document = {"origin": {"version": "3.0"}, "messages": messages}
        (self.folder / f"{name}.messages.json").write_text(json.dumps(document))


@pytest.fixture
def documents(tmp_path):
    return Documents(tmp_path)


@pytest.fixture
def session(documents, tmp_path):
    return Session(EventBuilder("cline"), str(tmp_path), "s1", since=NOW / 1000)


def text(words):
    return {"type": "text", "text": words}


def use(number, **given):
    return {"type": "tool_use", "id": f"t{number}", "name": "run_commands", "input": given}


def events(session):
    session.read()
    return session._builder.drain()


METRICS = {"inputTokens": 100, "outputTokens": 7, "cacheReadTokens": 60, "cacheWriteTokens": 30}


def test_messages_come_once_in_order(documents, session):
    documents.add("user", text('<user_input mode="act">List them.</user_input>'))
    assert brief(events(session)) == [
        ("agent/session", "cline", None),
        ("agent/lifecycle", "started", "cline"),
        ("agent/message", "List them.", "user"),
        ("agent/conversation", "user", "cline"),
    ]
    documents.add("assistant", text("I look."), use(1, commands=["ls"]), metrics=METRICS)
    assert [name for name, _, _ in brief(events(session))] == [
        *("agent/turn", "agent/message", "tool/call", "llm/call")
    ]
    failed = {"query": "ls", "result": "[Command exited with code 2]", "success": False}
    failed |= {"error": "Command exited with code 2"}
    result = {"type": "tool_result", "tool_use_id": "t1", "content": [failed]}
    documents.add("user", result)
    returned, point = events(session)
    assert (returned.data["is_error"], returned.data["exit_code"]) == (True, 2)
    assert returned.data["duration_ms"] == 100
    assert point.data["role"] == "tool"
    documents.add("assistant", text("It failed."), metrics=METRICS | {"cost": 0.5})
    found = events(session)
    assert [event.data["cost_usd"] for event in found if event.track == "llm"] == [0.5]
    assert ("agent/lifecycle", "idle", "cline") in brief(found)
    assert events(session) == []


def test_a_sub_agent_has_a_document_of_its_own(documents, session):
    documents.add("user", text("Go."))
    documents.add("assistant", use(1, task=TASK), metrics=METRICS)
    question = {"id": "a1", "role": "user", "content": [text(TASK)], "ts": NOW + 500}
    answer = {"id": "a2", "role": "assistant", "content": [text("Seen.")], "ts": NOW + 600}
    documents.write("agent_1795898019954_4gjrng", [question, answer | {"metrics": METRICS}])
    found = [event for event in events(session) if event.actor == "cline/agent-4gjrng"]
    assert [(event.track, event.parent) for event in found if event.track == "llm"] == [
        ("llm", "t1")
    ]
    prompts = [event for event in session._builder.drain() if event.actor == "user"]
    assert prompts == []


def test_what_was_said_before_is_history(documents, tmp_path):
    documents.add("user", text("Long ago."))
    session = Session(EventBuilder("cline"), str(tmp_path), "s1", since=NOW / 1000 + 3600)
    assert events(session) == []
    assert not is_changed(str(tmp_path), "s1", 4e9)
    assert is_changed(str(tmp_path), "s1", 0)
    assert not is_changed(str(tmp_path), "none", 0)


def test_another_mode_and_a_failure_are_states(documents, session):
    for mode in ("act", "act", "plan"):
        documents.add("user", text(f'<user_input mode="{mode}">x</user_input>'))
    documents.add("assistant", text("No connection."), metadata={"displayRole": "error"})
    states = [e.data for e in events(session) if e.kind == "lifecycle"]
    assert [(state["state"], state.get("text")) for state in states][1:3] == [
        ("mode", "plan"),
        ("error", "No connection."),
    ]


def test_a_document_that_is_being_written_is_read_later(documents, session):
    documents.add("user", text("Go."))
    path = documents.folder / "s1.messages.json"
    whole = path.read_text()
    path.write_text(whole[: len(whole) // 2])
    assert events(session) == []
    path.write_text(whole)
    assert ("agent/message", "Go.", "user") in brief(events(session))


@pytest.mark.parametrize("odd", [None, 1, "x", [], {}, [1], True, -5])
def test_documents_of_any_shape_raise_nothing(documents, session, odd):
    for key in ("id", "role", "content", "ts", "metrics", "metadata", "modelInfo"):
        documents.add("assistant", text("x"), use(1, task=odd))
        documents.add("user", {"type": "tool_result", "content": odd})
        for message in documents.messages[-2:]:
            message[key] = odd
    documents.add("user", text("the last"))
    for event in events(session):
        json.dumps(event.data, allow_nan=False)


def test_input_includes_what_a_cache_held():
    assert usage_of(METRICS)[:4] == (10, 7, 60, 30)
