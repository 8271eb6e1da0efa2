"""A resumed agent sends exactly the history of its point and the message; the original stays as it is."""

import json
import subprocess

import pytest

from agentrec.agents.points import point_at
from agentrec.agents.resume import resume
from fixtures.modelserver import ModelServer
from tests.agents_env import AGENTS, require
from tests.agents_env.drive import Settle, Wait, drive
from tests.agents_env.recorded import answers, events, named, record

pytestmark = pytest.mark.agents
BOTH = pytest.mark.parametrize("name", AGENTS)
MESSAGE = "Now something else. [[scenario:hello]]"
ANSWER = "Hello from the scripted"


@pytest.fixture
def server():
    with ModelServer(delay=0.002) as running:
        yield running


class Run:
    """A recorded run and what the server and the disk know of it."""

    def __init__(self, name, server, folder, scenario="fix-tests"):
        self.agent = require(AGENTS[name])
        self.server, self.folder = server, folder
        self.work, self.home = folder / "work", folder / "home"
        env = self.agent.start(self.home, self.work, server.url)
        prompt = f"Go on. [[scenario:{scenario}]]"
        record(folder / "run.ahr", self.agent.argv(self.agent.headless, prompt), env, self.work)
        self.events = events(folder / "run.ahr")
        self.pairs = main_answers(server)
        self.points = [
            point_at(self.events, event.seq) for event in named(self.events, "agent/conversation")
        ]
        self.transcript = self.points[-1]["transcript"]

    def history(self, number):
        """What the conversation was at a point, in the words of its requests."""
        spoken = SPOKEN[self.agent.name]
        if number < len(self.pairs):
            return spoken(self.pairs[number][0])
        request, response = self.pairs[-1]
        return spoken(request) + ANSWERED[self.agent.name](response)

    def bytes(self):
        with open(self.transcript, "rb") as file:
            return file.read()

    def resume(self, point, *, headless, message=MESSAGE, where="branch", **more):
        """Resume there; everything the server received of it, and the resumption."""
        cwd = self.folder / where
        env = self.agent.start(self.home, cwd, self.server.url)
        found = resume(point, str(cwd), message, headless=headless, env=env, **more)
        before = len(main_answers(self.server))
        found.prepare()
        if headless:
            done = subprocess.run(
                found.argv,
                env=env | found.env,
                cwd=cwd,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=120,
            )
            assert done.returncode == 0, done.stdout + done.stderr
            assert ANSWER in done.stdout
        else:
            steps = [Wait(ANSWER), Settle(1.0), *self.agent.leave]
            result = drive(found.argv, env | found.env, cwd, 100, 40, steps)
            assert result.status == 0
        return main_answers(self.server)[before:], found


def main_answers(server):
    """Those of the main conversation: a sub-agent's has another opening."""
    return [pair for pair in answers(server) if "Go on." in json.dumps(pair[0])]


def anthropic(request):
    """(role, kind, what) without what Claude Code itself adds to each request anew."""
    found = []
    for message in request["messages"]:
        content = message["content"]
        blocks = [{"type": "text", "text": content}] if isinstance(content, str) else content
        found += [(message["role"], *anthropic_block(block)) for block in blocks]
    return [entry for entry in found if not added_by_claude(entry)]


def anthropic_block(block):
    kind = block["type"]
    if kind == "tool_use":
        return kind, (block["id"], block["name"], json.dumps(block["input"], sort_keys=True))
    if kind == "tool_result":
        return kind, (block["tool_use_id"], block["content"], bool(block.get("is_error")))
    return kind, (block[kind].rstrip("\n"), block.get("signature"))


def added_by_claude(entry):
    role, kind, what = entry
    return role == "system" or (kind == "text" and what[0].startswith("<system-reminder>"))


def anthropic_answer(response):
    return [("assistant", *anthropic_block(block)) for block in response["content"]]


def openai(request):
    """Items without the context that Codex itself puts before each turn."""
    return [item for item in map(openai_item, request["input"]) if item]


def openai_item(item):
    """Without what is different in each request: ids of items and what is said about the turn."""
    if item.get("type") == "message":
        text = "\n".join(part["text"] for part in item["content"])
        if item["role"] == "developer" or text.startswith("<environment_context>"):
            return None
        return item["role"], text
    kept = {name: value for name, value in item.items() if name in OPENAI_KEYS}
    return json.dumps(kept, sort_keys=True)


OPENAI_KEYS = ("type", "call_id", "name", "arguments", "input", "output", "summary")


def openai_answer(response):
    return [openai_item(item) for item in response["output"]]


SPOKEN = {"claude": anthropic, "codex": openai}
ANSWERED = {"claude": anthropic_answer, "codex": openai_answer}
SAID = {
    "claude": ("user", "text", (MESSAGE, None)),
    "codex": ("user", MESSAGE),
}


@BOTH
def test_headless_the_server_gets_the_history_of_the_point_and_the_message(name, server, tmp_path):
    run = Run(name, server, tmp_path)
    assert len(run.points) == 8  # the prompt, six tools, the last answer
    before = run.bytes()
    for number in (0, 3, 5, 7):
        ((request, _),), found = run.resume(run.points[number], headless=True)
        assert SPOKEN[name](request) == [*run.history(number), SAID[name]]
        assert found.method == "trimmed-transcript"
    assert run.bytes() == before


@BOTH
@pytest.mark.parametrize("number", [0, 4, 7])
def test_in_the_tui_too(name, number, server, tmp_path):
    run = Run(name, server, tmp_path)
    before = run.bytes()
    ((request, _),), _ = run.resume(run.points[number], headless=False)
    assert SPOKEN[name](request) == [*run.history(number), SAID[name]]
    assert run.bytes() == before
