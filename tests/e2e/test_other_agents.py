"""Agents that are read from their own files alone: what is recorded is what the model server sent."""

import json
from pathlib import Path

import pytest

from agentrec.imports.session_import import NEW, import_session
from agentrec.imports.stored_sessions import stored_sessions
from fixtures.modelserver import ModelServer
from tests.agents_env import OTHERS, require
from tests.agents_env.agent import FOLDER, PINNED
from tests.agents_env.drive import drive
from tests.agents_env.recorded import PACKAGE, RECORD, answers, events, named, record

pytestmark = pytest.mark.agents
# Gemini CLI stores a thought in the pieces that it was streamed in, and asks a router beside the
# conversation: tests/agents/gemini has its story, tests/e2e/test_branch_calls.py runs it.
TOLD = [name for name in OTHERS if name != "gemini"]
EACH = pytest.mark.parametrize("name", TOLD, scope="module")
FIRST, SECOND = "Mend it. [[scenario:fix-tests]]", "And now? [[scenario:failing-command]]"
KINDS = ("thinking", "text", "call", "tokens")


def sent(pairs):
    """(kind, what) in the order of the answers, and the results that came back."""
    story, results = [], {}
    for request, response in pairs:
        message = response["choices"][0]["message"]
        if thinking := message.get("reasoning_content"):
            story.append(("thinking", thinking))
        if message.get("content"):
            story.append(("text", message["content"]))
        for call in message.get("tool_calls", ()):
            given = json.loads(call["function"]["arguments"])
            story.append(("call", (call["id"], call["function"]["name"], given)))
        usage = response["usage"]
        cached = usage["prompt_tokens_details"]["cached_tokens"]
        story.append(
            ("tokens", (usage["prompt_tokens"] - cached, usage["completion_tokens"], cached, 0))
        )
        for item in request["messages"]:
            if item["role"] == "tool":
                results[item["tool_call_id"]] = item["content"]
    return story, results


def told(found):
    """The same from the events of a recording."""
    story = []
    for event in found:
        data = event.data
        if event.name == ("agent", "message") and data["role"] == "assistant":
            story.append(("thinking" if data.get("thinking") else "text", data["text"]))
        elif event.name == ("tool", "call"):
            story.append(("call", (event.span, data["name"], data["input"])))
        elif event.name == ("llm", "call"):
            usage = data["usage"]
            story.append(
                (
                    "tokens",
                    tuple(usage[key] for key in ("input", "output", "cache_read", "cache_write")),
                )
            )
    return story


def of_kind(story, kind):
    return [what for found, what in story if found == kind]


@pytest.fixture(scope="module")
def server():
    with ModelServer(delay=0.002) as running:
        yield running


class Run:
    """One recorded run: its events, and requests and answers of the model server."""

    def __init__(self, agent, server, folder, prompt, *more):
        self.folder = folder
        env = agent.start(folder / "home", folder / "work", server.url)
        before, path = len(answers(server)), folder / f"{len(list(folder.iterdir()))}.ahr"
        record(path, agent.argv((*more, *agent.headless), prompt), env, folder / "work", 200)
        self.events, self.pairs = events(path), answers(server)[before:]
        self.prompt = prompt


@pytest.fixture(scope="module")
def first(name, server, tmp_path_factory):
    return Run(require(OTHERS[name]), server, tmp_path_factory.mktemp(name), FIRST)


def check(run):
    """What is told is what the server sent, to the token, and it is all of one conversation."""
    story, results = sent(run.pairs)
    for kind in KINDS:
        assert of_kind(told(run.events), kind) == of_kind(story, kind)
    found = {event.span: event.data for event in named(run.events, "tool/result")}
    assert found.keys() == {call[0] for call in of_kind(story, "call")}
    for span, data in found.items():
        # What the model gets may have more around it: a note on the exit, the query.
        assert data["output"].strip() in plain(results[span])
        assert data["duration_ms"] is not None
    # opencode itself puts a prompt with blanks in quotes.
    prompts = [e.data["text"] for e in named(run.events, "agent/message") if e.actor == "user"]
    assert [prompt.strip('"') for prompt in prompts] == [run.prompt]
    turns = [event.data["n"] for event in named(run.events, "agent/turn")]
    assert turns == list(range(1, len(run.pairs) + 1))
    spans = {event.span for event in named(run.events, "llm/call")}
    assert {event.parent for event in named(run.events, "tool/call")} <= spans
    states = [event.data["state"] for event in named(run.events, "agent/lifecycle")]
    assert states == ["started", "idle", "finished"]
    points = [event.data for event in named(run.events, "agent/conversation")]
    assert points[-1]["role"] == "assistant"
    assert points[-1]["query"] == prompts[0]


def plain(result):
    """Cline's results are JSON, one for each query."""
    try:
        value = json.loads(result)
    except ValueError:
        return result
    parts = value if isinstance(value, list) else [value]
    return "\n".join(str(part["result"]) for part in parts)


@EACH
def test_the_story_is_what_the_server_sent(name, first):
    check(first)
    session = named(first.events, "agent/session")[0].data
    assert session["version"] == OTHERS[name].version or FOLDER != PINNED
    failed = [
        event.data["exit_code"]
        for event in named(first.events, "tool/result")
        if event.data["is_error"]
    ]
    assert failed == [1]


@pytest.mark.parametrize("name", [name for name in TOLD if OTHERS[name].again], scope="module")
def test_a_conversation_that_goes_on_tells_only_what_is_new(name, first, server):
    """With the command line that the recording says resumes it."""
    resume = named(first.events, "agent/session")[0].data["resume"]
    check(Run(OTHERS[name], server, first.folder, SECOND, *resume["argv"][1:]))


@pytest.mark.parametrize("name", ["kilo", "opencode"], scope="module")
def test_an_import_of_the_stored_session_has_the_same_story(name, first):
    env = {"HOME": str(first.folder / "home")}
    sessions = stored_sessions(name, env)
    (session,) = [it for it in sessions if it.id == session_id(first.events)]
    result = import_session(session, env)
    assert result.state == NEW
    imported = events(Path(result.path))
    assert session_id(imported) == session.id
    # A conversation that went on has more in the import.
    told_first = told(first.events)
    assert told(imported)[: len(told_first)] == told_first


def session_id(found):
    return named(found, "agent/session")[0].data["session_id"]


@pytest.mark.parametrize("name", ["cline", "copilot"])
def test_in_the_tui_too(name, server, tmp_path):
    agent = require(OTHERS[name])
    env = agent.start(tmp_path / "home", tmp_path / "work", server.url) | {"PYTHONPATH": PACKAGE}
    before = len(answers(server))
    steps = agent.session(
        ("Both. [[scenario:parallel]]", "Both files are"),
        ("Try. [[scenario:failing-command]]", "so I stop"),
    )
    path = tmp_path / "run.ahr"
    prefix = [*RECORD, "-o", str(path), "--"]
    result = drive(agent.argv(agent.tui), env, tmp_path / "work", 100, 30, steps, prefix=prefix)
    assert result.status == 0
    found = events(path)
    story, _ = sent(answers(server)[before:])
    for kind in KINDS:
        assert of_kind(told(found), kind) == of_kind(story, kind)
    states = [event.data["state"] for event in named(found, "agent/lifecycle")]
    assert states == ["started", "idle", "idle", "finished"]
