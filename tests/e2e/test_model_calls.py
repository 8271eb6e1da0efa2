"""Real agents whose model calls pass the gateway: recorded as the server saw them, all else the same."""

import json
import os
import re
import shutil
import signal
import subprocess
import threading
import time
from itertools import zip_longest
from pathlib import Path

import pytest

from agentrec.gateway.recorded_calls import calls_of
from agentrec.recording.reader import Recording
from agentrec.report.summary import summarize
from fixtures.modelserver import ModelServer
from tests.agents_env import AGENTS, require
from tests.agents_env.drive import drive
from tests.agents_env.recorded import PACKAGE, RECORD, answers, events, named
from tests.agents_env.web_socket_model import WebSocketModel
from tests.e2e.test_agents_recorded import SENT, told
from tests.e2e.test_same_as_without import compare, drawn

pytestmark = pytest.mark.agents
BOTH = pytest.mark.parametrize("name", AGENTS)
MENDED = "def area(width, height):\n    return width * height\n"


@pytest.fixture
def server():
    with ModelServer(delay=0.002) as running:
        yield running


def start(argv, env, folder):
    prefix = [*RECORD, "-q", "-o", str(folder / "run.ahr"), "--headless", "--model-calls", "--"]
    return subprocess.Popen(
        [*prefix, *argv],
        env=env | {"PYTHONPATH": PACKAGE},
        cwd=folder / "work",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def run(argv, env, folder):
    process = start(argv, env, folder)
    out, _ = process.communicate(timeout=120)
    assert process.returncode == 0, out
    return out


def record(name, server, folder, prompt, arguments=None):
    agent = require(AGENTS[name])
    env = agent.start(folder / "home", folder / "work", server.url)
    run(agent.argv(agent.headless if arguments is None else arguments, prompt), env, folder)
    return events(folder / "run.ahr")


def bodies(server):
    return [entry.body for entry in server.received() if entry.method == "POST"]


def differing(recorded, sent):
    """Of each body that is not the same, what differs in it: whole ones fill pages.

    Requests that are under way at once come in any order.
    """
    both = (
        sorted(bodies, key=lambda it: json.dumps(it, sort_keys=True)) for bodies in (recorded, sent)
    )
    return [
        {
            key: (one.get(key), other.get(key))
            for key in {*one, *other}
            if one.get(key) != other.get(key)
        }
        for one, other in zip_longest(*both, fillvalue={})
        if one != other
    ]


@BOTH
@pytest.mark.parametrize("scenario", ["fix-tests", "parallel"])
def test_calls_are_recorded_as_the_server_saw_them(name, scenario, server, tmp_path):
    found = record(name, server, tmp_path, f"Go on. [[scenario:{scenario}]]")
    calls = [call for call in calls_of(found) if call.request.method == "POST"]
    assert differing([call.body for call in calls], bodies(server)) == []
    generated = [call for call in calls if call.request.operation == "generate"]
    sent = answers(server)
    whole = {response["id"]: response for _, response in sent}
    assert [call.answer for call in generated if call.answer["id"] in whole] == [*whole.values()]
    assert {call.response.ended for call in calls} == {"complete"}
    assert all(call.response.first_byte_ms for call in generated)
    # Each message is in the file once.
    parts = [
        part for event in found if event.track == "llm" for part in event.data.get("parts", ())
    ]
    assert len(parts) == len(set(parts))


@BOTH
def test_transcript_and_calls_are_one_story(name, server, tmp_path):
    found = record(name, server, tmp_path, "Go on. [[scenario:fix-tests]]")
    story, sent_back = SENT[name](answers(server))
    alone = [e for e in named(found, "llm/call") if e.data.get("side")]
    assert told([event for event in found if event not in alone]) == story
    results = {event.span: event.data["output"] for event in named(found, "tool/result")}
    assert results == sent_back
    ids = [event.data["id"] for event in named(found, "llm/call")]
    answered = [
        event.data["id"] for event in named(found, "llm/response") if event.data.get("usage")
    ]
    assert sorted(ids) == sorted(answered)


def test_an_agent_that_nobody_knows_has_the_same_story(server, tmp_path):
    agent = require(AGENTS["claude"])
    env = agent.start(tmp_path / "home", tmp_path / "work", server.url)
    argv = agent.argv(agent.headless, "Go on. [[scenario:fix-tests]]")
    unknown = tmp_path / "some-agent"
    unknown.symlink_to(argv[0])
    run([str(unknown), *argv[1:]], env, tmp_path)
    found = events(tmp_path / "run.ahr")
    story, sent_back = SENT["claude"](answers(server))
    assert list_of(found) == story
    results = {event.span: event.data["output"] for event in named(found, "tool/result")}
    assert results == sent_back
    prompts = [e.data["text"] for e in named(found, "agent/message") if e.actor == "user"]
    assert prompts[-1] == "Go on. [[scenario:fix-tests]]"
    turns = [event.data["n"] for event in named(found, "agent/turn")]
    assert turns == list(range(1, len(answers(server)) + 1))
    assert {e.actor for e in named(found, "tool/call")} == {"some-agent"}
    with Recording.open(str(tmp_path / "run.ahr")) as recording:
        summary = summarize(recording)
    assert summary["turns"] == len(turns)
    assert summary["cost_usd"] > 0
    assert summary["tools"]["Bash"]["errors"] == 1


def list_of(found):
    """As `told`, of tool calls that no transcript completes."""
    story = []
    for event in found:
        data = event.data
        if event.name == ("tool", "call"):
            story.append(("call", (event.span, data["name"], data["input"])))
        else:
            story += told([event])
    return story


def test_an_unknown_agents_sub_agent_is_an_actor_of_its_own(server, tmp_path):
    agent = require(AGENTS["claude"])
    env = agent.start(tmp_path / "home", tmp_path / "work", server.url)
    argv = agent.argv(agent.headless, "[[scenario:subagent]]")
    unknown = tmp_path / "some-agent"
    unknown.symlink_to(argv[0])
    run([str(unknown), *argv[1:]], env, tmp_path)
    found = events(tmp_path / "run.ahr")
    calls = named(found, "tool/call")
    handing_over = next(event for event in calls if event.data["name"] == "Agent")
    sub = [event for event in found if event.actor == "some-agent/1"]
    assert {event.parent for event in named(sub, "llm/call")} == {handing_over.span}
    assert [event.data["name"] for event in named(sub, "tool/call")] == ["Bash"]


@BOTH
def test_the_agent_behaves_the_same(name, tmp_path):
    agent = require(AGENTS[name])
    steps = agent.session(("[[scenario:fix-tests]] Mend the area.", "area multiplies"))
    results = []
    record_options = [*RECORD, "-q", "-o", str(tmp_path / "run.ahr"), "--model-calls", "--"]
    for prefix in ([], record_options):
        home, work = tmp_path / "home", tmp_path / "work"
        shutil.rmtree(home, ignore_errors=True)
        shutil.rmtree(work, ignore_errors=True)
        with ModelServer() as server:
            env = agent.start(home, work, server.url) | {"PYTHONPATH": PACKAGE}
            argv = agent.argv(agent.tui)
            results.append(drive(argv, env, work, 100, 40, steps, prefix=prefix, timeout=90))
            sent = bodies(server)
        assert (work / "area.py").read_text() == MENDED
    compare(*results, lambda screen: drawn(agent.stable(screen)))
    calls = [call for call in calls_of(events(tmp_path / "run.ahr")) if call.request.bytes]
    assert differing([call.body for call in calls], sent) == []
    assert all(call.response for call in calls)


def test_claude_an_address_in_its_settings_is_the_users_own(server, tmp_path):
    """Its settings beat the environment."""
    agent = require(AGENTS["claude"])
    env = agent.start(tmp_path / "home", tmp_path / "work", "http://127.0.0.1:9")
    (tmp_path / "home" / ".claude").mkdir(exist_ok=True)
    settings = {"env": {"ANTHROPIC_BASE_URL": server.url}}
    (tmp_path / "home" / ".claude" / "settings.json").write_text(json.dumps(settings))
    run(agent.argv(agent.headless, "[[scenario:hello]]"), env, tmp_path)
    calls = [call for call in calls_of(events(tmp_path / "run.ahr")) if call.request.bytes]
    assert differing([call.body for call in calls], bodies(server)) == []
    assert len(calls) > 0


@BOTH
def test_when_the_gateway_is_killed_the_agent_gets_an_error_and_the_recording_says_so(
    name, tmp_path
):
    agent = require(AGENTS[name])
    with ModelServer(delay=0.05) as server:
        env = agent.start(tmp_path / "home", tmp_path / "work", server.url)
        env |= {"CLAUDE_CODE_MAX_RETRIES": "0"}
        process = start(agent.argv(agent.headless, "[[scenario:slow]]"), env, tmp_path)
        while not bodies(server):
            time.sleep(0.05)
            assert process.poll() is None
        os.kill(gateway_of(process.pid), signal.SIGKILL)
        # Codex waits for the network for ever.
        said = next(line for line in process.stdout if re.search("(?i)connect|error", line))
        process.terminate()
        process.communicate(timeout=60)
    assert said
    with Recording.open(str(tmp_path / "run.ahr")) as recording:
        found = list(recording.events())
    troubles = [event.data["text"] for event in named(found, "sys/trouble")]
    assert troubles == [
        "the gateway ended by signal 9: model calls after that failed and are not recorded"
    ]


def gateway_of(pid):
    """The gateway that this recorder started."""
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            is_gateway = b"agentrec.gateway.process" in path.read_bytes()
            parent = int((path.parent / "stat").read_text().rsplit(")", 1)[1].split()[1])
        except OSError:
            continue
        if is_gateway and parent == pid:
            return int(path.parent.name)
    raise AssertionError("no gateway runs")


def test_two_agents_at_once(tmp_path):
    """Each has a gateway of its own, and neither recording holds a call of the other."""
    found = {}

    def one(name):
        with ModelServer(delay=0.002) as server:
            folder = tmp_path / name
            folder.mkdir()
            record(name, server, folder, "[[scenario:parallel]]")
            found[name] = bodies(server)

    threads = [threading.Thread(target=one, args=(name,)) for name in AGENTS]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for name in AGENTS:
        calls = calls_of(events(tmp_path / name / "run.ahr"))
        asked = [call.body for call in calls if call.request.bytes]
        assert differing(asked, found[name]) == []


def test_codex_calls_over_a_web_socket(tmp_path):
    agent = require(AGENTS["codex"])
    with WebSocketModel() as model:
        env = agent.start(tmp_path / "home", tmp_path / "work", model.url)
        config = tmp_path / "home" / ".codex" / "config.toml"
        config.write_text(config.read_text().replace("websockets = false", "websockets = true"))
        run(agent.argv(agent.headless, "[[scenario:fix-tests]]"), env, tmp_path)
    found = events(tmp_path / "run.ahr")
    calls = [call for call in calls_of(found) if call.request.operation == "generate"]
    assert len(calls) >= 7
    assert differing([call.body for call in calls], model.received) == []
    assert [call.answer for call in calls] == model.sent
    assert all(call.request.web_socket for call in calls)
    assert (tmp_path / "work" / "area.py").read_text() == MENDED
    ids = [event.data["id"] for event in named(found, "llm/call")]
    assert sorted(ids) == sorted({response["id"] for response in model.sent})


def test_a_setting_makes_it_the_default(server, tmp_path):
    agent = require(AGENTS["claude"])
    env = agent.start(tmp_path / "home", tmp_path / "work", server.url) | {"PYTHONPATH": PACKAGE}
    settings = tmp_path / "home" / ".config" / "agentrec" / "config.toml"
    settings.parent.mkdir(parents=True)
    settings.write_text("[record]\nmodel-calls = true\n")
    argv = agent.argv(agent.headless, "[[scenario:hello]]")
    for options, expected in (([], True), (["--no-model-calls"], False)):
        path = tmp_path / f"{expected}.ahr"
        done = subprocess.run(
            [*RECORD, "-q", "-o", str(path), "--headless", *options, "--", *argv],
            env=env,
            cwd=tmp_path / "work",
            stdin=subprocess.DEVNULL,
            capture_output=True,
        )
        assert done.returncode == 0
        assert bool(calls_of(events(path))) == expected
