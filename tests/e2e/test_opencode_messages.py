"""opencode's second engine, which writes the tables of version 2: what is recorded is what was sent.

Version 1 has the engine behind its server, with no command that uses it. ``CLIENT`` is such a command.
"""

import json
import sqlite3
import sys
from pathlib import Path

import pytest

from agentrec.imports.session_import import NEW, UNCHANGED, import_session
from agentrec.imports.stored_sessions import stored_sessions
from fixtures.modelserver import ModelServer
from tests.agents_env import ALL, require
from tests.agents_env.recorded import answers, events, named, record
from tests.e2e.test_other_agents import KINDS, of_kind, sent, told

pytestmark = pytest.mark.agents
CLIENT = """#!{python}
import json, os, subprocess, sys, time, urllib.parse, urllib.request

OPENCODE, PORT, PROMPTS = sys.argv[1], sys.argv[2], sys.argv[3:]

def ask(method, path, body=None):
    data = None if body is None else json.dumps(body).encode()
    headers = {{"content-type": "application/json"}}
    url = f"http://127.0.0.1:{{PORT}}/api/{{path}}"
    request = urllib.request.Request(url, data, headers, method=method)
    with urllib.request.urlopen(request, timeout=5) as answer:
        return json.loads(answer.read() or b"null")

def until(test):
    for _ in range(300):
        try:
            if found := test():
                return found
        except OSError:
            pass
        time.sleep(0.1)
    sys.exit("waited in vain")

def answers(session):
    messages = ask("GET", f"session/{{session}}/message")["data"]
    return [message for message in messages if message.get("finish") == "stop"]

server = subprocess.Popen([OPENCODE, "serve", "--port", PORT], stdout=subprocess.DEVNULL)
try:
    query = urllib.parse.urlencode({{"location[directory]": os.getcwd()}})
    until(lambda: ask("GET", f"model?{{query}}")["data"])
    model = {{"id": "gpt-5.5", "providerID": "scripted"}}
    where = {{"location": {{"directory": os.getcwd()}}, "model": model}}
    session = ask("POST", "session", where)["data"]["id"]
    for number, prompt in enumerate(PROMPTS, 1):
        ask("POST", f"session/{{session}}/prompt", {{"prompt": {{"text": prompt}}}})
        until(lambda: len(answers(session)) == number)
finally:
    server.terminate()
    server.wait()
"""
PROMPTS = ["Mend it. [[scenario:fix-tests]]", "Both. [[scenario:parallel]]"]


def configuration(url):
    """The provider in version 2's words."""
    model = {
        "name": "gpt-5.5",
        "capabilities": {"tools": True, "input": ["text"], "output": ["text"]},
        "limit": {"context": 200_000, "output": 8000},
    }
    provider = {
        "name": "scripted",
        "env": ["SCRIPTED_KEY"],
        "api": {"type": "aisdk", "package": "@ai-sdk/openai-compatible", "url": f"{url}/v1"},
        "models": {"gpt-5.5": model},
    }
    return {"providers": {"scripted": provider}}


class Run:
    """A recorded run: its events, and the requests and answers of the model server."""

    def __init__(self, server, folder, port):
        agent = require(ALL["opencode"])
        env = agent.start(folder / "home", folder / "work", server.url)
        config = folder / "home" / ".config" / "opencode" / "opencode.json"
        config.write_text(json.dumps(configuration(server.url)))
        client = folder / "opencode2"
        client.write_text(CLIENT.format(python=sys.executable))
        client.chmod(0o755)
        self.database = folder / "home" / ".local" / "share" / "opencode" / "opencode.db"
        self.path = folder / "run.ahr"
        argv = [str(client), str(agent.program()), str(port), *PROMPTS]
        self.env = env | {"SCRIPTED_KEY": "sk-dummy"}
        record(self.path, argv, self.env, folder / "work")
        self.events, self.pairs = events(self.path), answers(server)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    import socket

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with ModelServer(delay=0.002) as server:
        yield Run(server, tmp_path_factory.mktemp("opencode2"), port)


def test_messages_tools_and_tokens_are_those_of_the_server(run):
    with sqlite3.connect(run.database) as connection:
        counts = [
            connection.execute(f"select count(*) from {table}").fetchone()[0]
            for table in ("part", "session_message")
        ]
    assert counts[0] == 0
    assert counts[1] > len(run.pairs)
    story, results = sent(run.pairs)
    for kind in KINDS:
        assert of_kind(told(run.events), kind) == of_kind(story, kind)
    found = {event.span: event.data for event in named(run.events, "tool/result")}
    assert found.keys() == {call[0] for call in of_kind(story, "call")}
    for span, data in found.items():
        assert data["output"]
        assert data["output"].splitlines()[0] in results[span]
        assert data["duration_ms"] is not None


def test_prompts_turns_and_points_are_those_of_one_conversation(run):
    prompts = [e.data["text"] for e in named(run.events, "agent/message") if e.actor == "user"]
    assert prompts == PROMPTS
    turns = [event.data["n"] for event in named(run.events, "agent/turn")]
    assert turns == list(range(1, len(run.pairs) + 1))
    states = [event.data["state"] for event in named(run.events, "agent/lifecycle")]
    assert states == ["started", "idle", "idle", "finished"]
    points = [event.data for event in named(run.events, "agent/conversation")]
    assert (points[-1]["role"], points[-1]["query"]) == ("assistant", PROMPTS[1])
    (session,) = named(run.events, "agent/session")
    assert session.data["resume"]["argv"][:2] == ["opencode2", "--session"]
    failed = [e.data["exit_code"] for e in named(run.events, "tool/result") if e.data["is_error"]]
    assert failed == [1]


def test_an_import_of_the_stored_session_has_the_same_story(run):
    (session,) = stored_sessions("opencode", run.env)
    result = import_session(session, run.env)
    assert result.state == NEW
    imported = events(Path(result.path))
    assert told(imported) == told(run.events)
    assert import_session(session, run.env).state == UNCHANGED
