"""A resumed agent sends exactly the history of its point and the message; the original stays as it is."""

import base64
import io
import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

from agentrec.agents.resume.point import point_at
from agentrec.agents.resume.resume import resume
from fixtures.modelserver import ModelServer, scenario
from fixtures.modelserver.server import SCENARIOS as STORED
from tests.agents_env import AGENTS, require
from tests.agents_env.drive import Press, Settle, Terminal, Type, Wait, drive
from tests.agents_env.recorded import PACKAGE, RECORD, answers, events, named, record

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

    def __init__(self, name, server, folder):
        self.agent = require(AGENTS[name])
        self.server, self.folder = server, folder
        self.work, self.home = folder / "work", folder / "home"

    def headless(self, scenario="fix-tests", arguments=None, out="run.ahr"):
        """Record a run without a terminal."""
        env = self.agent.start(self.home, self.work, self.server.url)
        prompt = f"Go on. [[scenario:{scenario}]]"
        argv = self.agent.argv(arguments or self.agent.headless, prompt)
        before = len(main_answers(self.server))
        record(self.folder / out, argv, env, self.work)
        return self.recorded(out, before)

    def tui(self, *steps, out="run.ahr"):
        """Record a run in a terminal; steps may be functions."""
        env = self.agent.start(self.home, self.work, self.server.url) | {"PYTHONPATH": PACKAGE}
        before = len(main_answers(self.server))
        prefix = [*RECORD, "-o", str(self.folder / out), "--"]
        folder = Path(tempfile.mkdtemp(prefix="drive-"))
        terminal = Terminal(folder)
        try:
            terminal.open([*prefix, *self.agent.argv(self.agent.tui)], env, self.work, 100, 40)
            for step in (*steps, *self.agent.leave):
                step() if callable(step) else terminal.perform(step)
            terminal.wait_for_end(60)
        finally:
            terminal.close()
            shutil.rmtree(folder, ignore_errors=True)
        return self.recorded(out, before)

    def recorded(self, out, before):
        self.events = events(self.folder / out)
        self.pairs = main_answers(self.server)[before:]
        points = named(self.events, "agent/conversation")
        points = [point for point in points if point.data["at_ns"]]  # not the one from before
        self.points = [point_at(self.events, event.seq) for event in points]
        while self.points[-1]["role"] != "assistant":  # `/exit` is written down at times
            self.points.pop()
        self.transcript = self.points[-1]["transcript"]
        return self

    def history(self, number):
        """What the conversation was at a point: the request that followed it, or the last answer too."""
        spoken = SPOKEN[self.agent.name]
        point = self.points[number]
        calls = [e for e in named(self.events, "llm/call") if e.actor == point["agent"]]
        asked = sum(event.seq < point["seq"] for event in calls)
        if point["role"] != "assistant":
            return spoken(self.pairs[asked][0])
        request, response = self.pairs[asked - 1]
        return spoken(request) + ANSWERED[self.agent.name](response)

    def bytes(self):
        with open(self.transcript, "rb") as file:
            return file.read()

    def resume(self, point, *, headless, message=MESSAGE, where="branch", out=None, **more):
        """Resume there; everything the server received of it, and the resumption.

        ``out`` is a recording to make of it (in a terminal, where one is used).
        """
        cwd = self.folder / where
        env = self.agent.start(self.home, cwd, self.server.url) | {"PYTHONPATH": PACKAGE}
        found = resume(point, str(cwd), message, headless=headless, env=env, **more)
        before = len(main_answers(self.server))
        found.prepare()
        env |= found.env
        prefix = [*RECORD, "-q", "-o", str(self.folder / out), "--"] if out else []
        if headless and out:
            assert ANSWER in record(self.folder / out, found.argv, env, cwd)
        elif headless:
            assert ANSWER in run(found.argv, env, cwd)
        else:
            steps = [Wait(ANSWER), Settle(1.0), *self.agent.leave]
            assert drive(found.argv, env, cwd, 100, 40, steps, prefix=prefix).status == 0
        return main_answers(self.server)[before:], found


def run(argv, env, cwd):
    done = subprocess.run(
        argv,
        env=env,
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


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
    _, kind, what = entry
    return kind == "text" and what[0].startswith(ADDED)


# What the agent is told about its tools, the day, its to-do list.
ADDED = (
    "<system-reminder>\nAs you answer",
    "Available agent types",
    "New agent types",
    "The following agent types",
    "The task tools haven't",
)


def anthropic_answer(response):
    return [("assistant", *anthropic_block(block)) for block in response["content"]]


def openai(request):
    """Items without the context that Codex itself puts before each turn."""
    return [item for item in map(openai_item, request["input"]) if item]


def openai_item(item):
    """Without what is different in each request: ids of items and what is said about the turn."""
    if item.get("type") == "message":
        text = "\n".join(part.get("text") or part["image_url"] for part in item["content"])
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
    run = Run(name, server, tmp_path).headless()
    assert len(run.points) == 8  # the prompt, six tools, the last answer
    before = run.bytes()
    for number in (0, 3, 5, 7):
        ((request, _),), found = run.resume(run.points[number], headless=True)
        assert SPOKEN[name](request) == [*run.history(number), SAID[name]]
        assert found.method == "trimmed-transcript"
    assert run.bytes() == before


@pytest.mark.slow
@BOTH
def test_in_the_tui_too(name, server, tmp_path):
    run = Run(name, server, tmp_path).headless()
    before = run.bytes()
    for number in (0, 4, 7):
        ((request, _),), _ = run.resume(run.points[number], headless=False)
        assert SPOKEN[name](request) == [*run.history(number), SAID[name]]
    assert run.bytes() == before


@BOTH
@pytest.mark.parametrize("delay", [0.002, 0.1], ids=["quick", "slow"])
def test_tools_that_ran_together_stay_together(name, delay, tmp_path):
    """Of a slow server the first tool has returned before the second is called."""
    with ModelServer(delay=delay) as server:
        run = Run(name, server, tmp_path).headless("parallel")
        assert [point["role"] for point in run.points] == ["user", "tool", "assistant"]
        ((request, _),), _ = run.resume(run.points[1], headless=True)
    assert SPOKEN[name](request) == [*run.history(1), SAID[name]]


@BOTH
@pytest.mark.parametrize("headless", [True, False], ids=["headless", "tui"])
def test_a_branch_of_a_branch_after_more_was_said(name, headless, server, tmp_path):
    run = Run(name, server, tmp_path).headless("parallel")
    first = run.points[1]
    run.headless("write-file", run.agent.again, "again.ahr")  # the same transcript grows
    before = run.bytes()
    (pair,), found = run.resume(first, headless=headless, out="child.ahr")
    child = Run(name, server, tmp_path).recorded("child.ahr", -1)
    prompts = [e.data["text"] for e in named(child.events, "agent/message") if e.actor == "user"]
    assert prompts == [MESSAGE]
    assert [point["role"] for point in child.points] == ["user", "assistant"]
    assert child.transcript == found.files[0]
    grown = child.bytes()
    ((request, _),), _ = child.resume(child.points[-1], headless=True, where="second")
    assert SPOKEN[name](request) == [*history_of(name, pair), SAID[name]]
    assert (run.bytes(), child.bytes()) == (before, grown)


def history_of(name, pair):
    return SPOKEN[name](pair[0]) + ANSWERED[name](pair[1])


@BOTH
def test_a_conversation_that_was_resumed_is_cut_like_any_other(name, server, tmp_path):
    run = Run(name, server, tmp_path).headless("parallel")
    run.headless("write-file", run.agent.again, "again.ahr")
    assert [point["role"] for point in run.points] == ["user", "tool", "assistant"]
    ((request, _),), _ = run.resume(run.points[1], headless=True)
    assert SPOKEN[name](request) == [*run.history(1), SAID[name]]


@BOTH
def test_a_transcript_that_is_gone_leaves_the_users_words(name, server, tmp_path):
    run = Run(name, server, tmp_path).headless("parallel")
    os.unlink(run.transcript)
    ((request, _),), found = run.resume(run.points[-1], headless=True)
    assert found.method == "replayed-prompts"
    assert "cannot read" in found.notes[0]
    (said,) = [text for text in texts(SPOKEN[name](request)) if "What I ask now" in text]
    assert "1. Go on. [[scenario:parallel]]" in said
    assert said.endswith(MESSAGE)


def texts(spoken):
    return [
        text
        for entry in spoken
        for part in entry
        for text in ([part] if isinstance(part, str) else part)
        if text
    ]


@pytest.fixture
def other(tmp_path):
    """A server with scenarios of this file."""
    folder = tmp_path / "scenarios"
    folder.mkdir()
    for name, text in SCENARIOS.items():
        (folder / f"{name}.toml").write_text(text)
    shutil.copy(STORED / "hello.toml", folder)
    with ModelServer(delay=0.002, scenarios=folder) as running:
        yield running


# A red dot of one pixel.
DOT = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGP4z8DwHwAFAAH/iZk9HQAAAABJRU5ErkJggg=="
SCENARIOS = {
    "image": f"""
[[reply]]
text = "I paint."
calls = [{{ shell = "echo {DOT} | base64 -d > dot.png" }}]
[[reply]]
text = "I look."
calls = [{{ read = "dot.png" }}]
[[reply]]
text = "A red dot."
""",
    "slow": """
[[reply]]
text = "I wait a little."
calls = [{ shell = "until [ -e go ]; do sleep 0.05; done; echo waited" }]
[[reply]]
text = "Now {{user}} is known."
calls = [{ shell = "echo again" }]
[[reply]]
text = "All is done."
""",
}


def test_claude_an_image_that_it_saw_is_seen_again(other, tmp_path):
    run = Run("claude", other, tmp_path).headless("image")
    assert "base64" in json.dumps(run.history(2))
    ((request, _),), _ = run.resume(run.points[2], headless=True)
    assert anthropic(request) == [*run.history(2), SAID["claude"]]


def test_codex_an_image_that_it_was_given_is_given_again(server, tmp_path):
    run = Run("codex", server, tmp_path)
    (tmp_path / "dot.png").write_bytes(base64.b64decode(DOT))
    arguments = (*run.agent.headless, "-i", str(tmp_path / "dot.png"), "--")
    run.headless("parallel", arguments)
    assert "data:image/png;base64" in json.dumps(run.history(1))
    ((request, _),), found = run.resume(run.points[1], headless=True)
    assert openai(request) == [*run.history(1), SAID["codex"]]
    assert "-i" not in found.argv


def test_claude_cannot_write_into_the_directory_of_the_run_before(other, tmp_path):
    old = tmp_path / "work" / "old.txt"
    call = {"file_path": str(old), "content": "changed"}
    text = f"[[reply]]\ntext = 'I write.'\ncalls = [{{ tool = 'Write', input = {toml(call)} }}]\n"
    (tmp_path / "scenarios" / "write.toml").write_text(
        f"{text}[[reply]]\ntext = 'Hello from the scripted: {{{{result}}}}'\n"
    )
    other.scenarios = scenario.load(tmp_path / "scenarios")
    run = Run("claude", other, tmp_path).headless("write")
    old.write_text("as it was")
    pairs, _ = run.resume(run.points[1], headless=True, message="Go on. [[scenario:write]]")
    assert "denied by your permission settings" in json.dumps(pairs[-1][0])
    assert old.read_text() == "as it was"


def toml(table):
    return "{" + ", ".join(f"{key} = {json.dumps(value)}" for key, value in table.items()) + "}"


def test_claude_after_a_sub_agent(server, tmp_path):
    run = Run("claude", server, tmp_path).headless("subagent")
    assert [point["role"] for point in run.points] == ["user", "tool", "assistant"]
    ((request, _),), _ = run.resume(run.points[1], headless=True)
    assert anthropic(request) == [*run.history(1), SAID["claude"]]


def test_claude_writes_to_a_sub_agent_of_the_run_before(other, tmp_path):
    """Of which its files are gone: the copies in the recording's store are all there is."""
    for name in ("subagent", "write-file"):
        shutil.copy(STORED / f"{name}.toml", tmp_path / "scenarios")
    other.scenarios = scenario.load(tmp_path / "scenarios")
    run = Run("claude", other, tmp_path).headless("subagent")
    point = run.points[-1]
    ((path, size),) = point["sub_agents"].items()
    kept = {name: Path(name).read_bytes() for name in (point["transcript"], path)}
    other_run = (
        b'{"type": "user", "agentId": "x", "message": {"role": "user", "content": "later"}}\n'
    )
    kept[path] = kept[path][:size] + other_run
    shutil.rmtree(Path(point["transcript"]).parent)
    agent_id = Path(path).stem.removeprefix("agent-")
    call = {"to": agent_id, "summary": "one more", "message": "And now? [[scenario:hello]]"}
    text = (
        f"[[reply]]\ntext = 'I ask.'\ncalls = [{{ tool = 'SendMessage', input = {toml(call)} }}]\n"
    )
    (tmp_path / "scenarios" / "ask.toml").write_text(
        f"{text}[[reply]]\ntext = '{ANSWER}'\ntimes = 3\n"
    )
    other.scenarios = scenario.load(tmp_path / "scenarios")
    before = len(answers(other))
    run.resume(
        point,
        headless=True,
        message="Go on. [[scenario:ask]]",
        kept=lambda name: [lambda: io.BytesIO(kept[name])],
    )
    sent = [json.dumps(request["messages"]) for request, _ in answers(other)[before:]]
    (asked,) = [it for it in sent if "And now?" in it and "I ask." not in it]
    assert "Look around. [[scenario:write-file]]" in asked
    assert "holds two lines" in asked
    assert "later" not in asked


@BOTH
def test_what_was_typed_while_it_worked_is_part_of_the_history(name, other, tmp_path):
    run = Run(name, other, tmp_path)
    typed = (Type("And the colour, please."), Press(b"\r", QUEUED[name]))
    typed += ((run.work / "go").touch, Wait("All is done"), Settle())
    start = (Wait(run.agent.ready), Settle(1.0), Type("Go on. [[scenario:slow]]"), Settle())
    run.tui(*start, Press(b"\r", "I wait a little"), *typed)
    assert "And the colour, please." in json.dumps(SPOKEN[name](run.pairs[1][0]))
    prompts = [e.data["text"] for e in named(run.events, "agent/message") if e.actor == "user"]
    assert prompts == ["Go on. [[scenario:slow]]", "And the colour, please."]
    for number in range(2, len(run.points)):
        ((request, _),), _ = run.resume(run.points[number], headless=True)
        assert SPOKEN[name](request) == [*run.history(number), SAID[name]]


QUEUED = {"claude": "edit queued messages", "codex": "submitted after next tool"}


@pytest.mark.slow
@BOTH
def test_before_and_after_a_compaction(name, server, tmp_path):
    run = Run(name, server, tmp_path)
    steps = run.agent.session(("Go on. [[scenario:parallel]]", "Both files are"))
    steps = steps[: -len(run.agent.leave)]
    steps += [Type("/compact"), Settle(), Press(b"\r", COMPACTED[name]), Settle(1.0)]
    steps += [Type("Go on. [[scenario:write-file]]"), Settle(), Press(b"\r", "holds two lines")]
    run.tui(*steps, Settle())
    for number, history in ((1, run.history(1)), (-1, history_of(name, run.pairs[-1]))):
        ((request, _),), _ = run.resume(run.points[number], headless=True)
        assert SPOKEN[name](request) == [*history, SAID[name]]
    assert "printf one" not in json.dumps(history)  # a summary stands for it


COMPACTED = {"claude": r"(?i)compacted", "codex": r"(?i)compact(ed|ion)"}


@pytest.mark.slow
@BOTH
def test_after_the_user_stopped_it(name, other, tmp_path):
    run = Run(name, other, tmp_path)
    start = (Wait(run.agent.ready), Settle(1.0), Type("Go on. [[scenario:slow]]"), Settle())
    stop = (Press(b"\r", "I wait a little"), Press(b"\x1b", "(?i)interrupted"), Settle())
    more = (Type("Go on. [[scenario:hello]]"), Settle(), Press(b"\r", ANSWER), Settle())
    run.tui(*start, *stop, *more)
    ((request, _),), _ = run.resume(run.points[-1], headless=True)
    assert SPOKEN[name](request) == [*history_of(name, run.pairs[-1]), SAID[name]]
    ((request, _),), _ = run.resume(run.points[-2], headless=False)
    assert SPOKEN[name](request) == [*SPOKEN[name](run.pairs[-1][0]), SAID[name]]


@BOTH
def test_a_conversation_that_was_forked_is_cut_like_any_other(name, server, tmp_path):
    run = Run(name, server, tmp_path).headless("parallel")
    parent = run.points[-1]["session_id"]
    forks = {
        "claude": ("-p", "--dangerously-skip-permissions", "--fork-session", "--resume", parent),
        "codex": ("exec", "--json", "--skip-git-repo-check", "fork", parent),
    }
    run.headless("write-file", forks[name], "fork.ahr")
    assert run.points[1]["session_id"] != parent
    assert [point["role"] for point in run.points] == ["user", "tool", "assistant"]
    ((request, _),), found = run.resume(run.points[1], headless=True)
    assert found.method == "trimmed-transcript"
    assert SPOKEN[name](request) == [*run.history(1), SAID[name]]
    assert "Both files are written." in json.dumps(SPOKEN[name](request))
