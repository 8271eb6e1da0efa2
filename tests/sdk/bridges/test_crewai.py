"""The real CrewAI with the scripted model server: crews, flows, tools, agents in tools, streams, tokens."""

import asyncio
import os
import subprocess
import sys

import pytest

from agentrec import Recorder
from fixtures.modelserver.server import ModelServer
from tests.sdk.bridges.scripted import counted, recorded, write_scenarios
from tests.sdk.runs import load

# Nothing is sent away, nothing is asked.
os.environ |= {"CREWAI_DISABLE_TELEMETRY": "true", "CREWAI_TRACING_ENABLED": "false"}
crewai = pytest.importorskip("crewai")

from crewai.flow.flow import Flow, listen, start  # noqa: E402
from crewai.tools import tool  # noqa: E402

from agentrec.sdk.bridges.crewai import crewai_listener  # noqa: E402

pytestmark = [
    pytest.mark.filterwarnings(
        "ignore::DeprecationWarning"
    ),  # CrewAI uses what it calls deprecated
    pytest.mark.filterwarnings(
        "ignore::pytest.PytestUnraisableExceptionWarning"
    ),  # open connections
]
GO = "[[scenario:run]] go"


@pytest.fixture
def server(tmp_path, monkeypatch):
    monkeypatch.setenv("CREWAI_STORAGE_DIR", str(tmp_path / "storage"))
    with ModelServer(scenarios=write_scenarios(tmp_path / "scenarios")) as running:
        yield running


@pytest.fixture(autouse=True)
def listener():
    made = crewai_listener()
    yield made
    made.close()


@tool
def look_up(word: str) -> str:
    """Look a word up."""
    return f"{word} means something"


@tool
def broken(word: str) -> str:
    """A tool that fails."""
    raise ValueError(f"no {word}")


def model(server, api="openai", **options):
    name = {"openai": "openai/gpt-5.5", "anthropic": "anthropic/claude-sonnet-4-5"}[api]
    base = f"{server.url}/v1" if api == "openai" else server.url
    return crewai.LLM(model=name, base_url=base, api_key="k", max_retries=0, **options)


def crew(llm, task=GO):
    """An agent with a tool, one that fails, and another agent behind a third."""
    helper = crewai.Agent(role="helper", goal="help", backstory="helps", llm=llm)

    @tool
    def ask_helper(input: str) -> str:  # noqa: A002 - what the scenario calls it
        """Ask the helper."""
        return helper.kickoff(input).raw

    boss = crewai.Agent(
        role="boss", goal="lead", backstory="leads", llm=llm, tools=[look_up, broken, ask_helper]
    )
    work = crewai.Task(name="write", description=task, expected_output="a text", agent=boss)
    return crewai.Crew(name="team", agents=[boss], tasks=[work])


def go(made, how):
    if how == "sync":
        return made.kickoff().raw
    if how == "threads":
        return asyncio.run(made.kickoff_async()).raw
    return asyncio.run(made.akickoff()).raw


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize("how", ["sync", "threads", "async"])
def test_crews_tools_and_tokens(server, tmp_path, how, stream):
    with Recorder(tmp_path / "r.ahr") as r, r.step("outer"):
        said = go(crew(model(server, stream=stream)), how)
    assert said == "The helper said: helped"
    with load(tmp_path / "r.ahr") as run:
        assert recorded(run) == counted(server)
        assert [(step.node, step.parent) for step in run.steps] == [
            ("outer", None),
            ("team", 0),
            ("write", 1),
            ("boss", 2),
            ("helper", None),  # in the tool call
        ]
        assert not any(step.running or step.failed for step in run.steps)
        assert run.state(1) == run.state(2) == said
        assert run.input(2)["description"] == GO
        calls = {one.data["name"]: one for one in run.events("tool") if one.kind == "call"}
        results = {one.span: one.data for one in run.events("tool") if one.kind == "result"}
        boss = run.steps[3].span
        assert {name: one.parent for name, one in calls.items()} == dict.fromkeys(
            ("look_up", "broken", "ask_helper"), boss
        )
        assert calls["look_up"].data["input"] == {"word": "sky"}
        assert results[calls["look_up"].span]["output"] == "sky means something"
        failed = [name for name, one in calls.items() if results[one.span]["is_error"]]
        assert failed == ["broken"]
        inner = next(event for event in run.events("step") if event.data.get("node") == "helper")
        assert inner.parent == calls["ask_helper"].span
        asked = [event.parent for event in run.events("llm")]
        assert asked == [boss, boss, inner.span, boss]
        assert run.messages_at(run.duration)[-1].content == said


def test_the_api_of_anthropic(server, tmp_path):
    with Recorder(tmp_path / "r.ahr"):
        said = go(crew(model(server, "anthropic")), "sync")
    assert said == "The helper said: helped"
    with load(tmp_path / "r.ahr") as run:
        want, got = counted(server), recorded(run)
        del want["reasoning"]  # CrewAI does not tell it
        got["input"] += run.tokens.cache_write  # CrewAI asks for a cache
        assert got == +want


@pytest.mark.parametrize("how", ["sync", "async"])
def test_a_failing_model(server, tmp_path, how):
    with Recorder(tmp_path / "r.ahr"), pytest.raises(Exception, match="not today"):
        go(crew(model(server), "[[scenario:refused]] go"), how)
    with load(tmp_path / "r.ahr") as run:
        assert all("not today" in event.data["error"]["message"] for event in run.events("llm"))
        assert run.tokens.total == 0
        assert [step.node for step in run.steps if step.failed][:2] == ["team", "write"]
        assert not any(step.running for step in run.steps[:2])


def test_crews_at_the_same_time(server, tmp_path):
    async def both():
        made = [crew(model(server)) for _ in range(2)]
        return await asyncio.gather(*(one.akickoff() for one in made))

    with Recorder(tmp_path / "r.ahr"):
        asyncio.run(both())
    with load(tmp_path / "r.ahr") as run:
        assert recorded(run) == counted(server)
        teams = [step.index for step in run.steps if step.node == "team"]
        assert sorted(step.parent for step in run.steps if step.node == "write") == teams


class Sky(Flow):
    @start()
    def ask(self):
        self.state["question"] = "why"
        return "asked"

    @listen(ask)
    def answer(self, _asked):
        raise ValueError("no answer")


def test_a_flow_and_its_states(tmp_path):
    with Recorder(tmp_path / "r.ahr"), pytest.raises(ValueError, match="no answer"):
        Sky().kickoff()
    with load(tmp_path / "r.ahr") as run:
        assert [(step.node, step.parent) for step in run.steps] == [
            ("Sky", None),
            ("ask", 0),
            ("answer", 0),
        ]
        assert "question" not in run.input(1)
        assert run.state(1)["question"] == "why"
        assert "no answer" in run.steps[2].message


def test_one_call_of_a_model_is_in_the_recording_that_ends_at_once(server, tmp_path):
    with Recorder(tmp_path / "r.ahr"):
        model(server).call("[[scenario:helper]] help")
    with load(tmp_path / "r.ahr") as run:
        assert recorded(run) == counted(server)


def test_a_closed_listener_records_nothing(server, tmp_path, listener):
    listener.close()
    with Recorder(tmp_path / "r.ahr"):
        model(server).call("[[scenario:helper]] help")
    with load(tmp_path / "r.ahr") as run:
        assert list(run.events("llm")) == []


def test_without_a_recorder_nothing_happens(server, listener):
    model(server).call("[[scenario:helper]] help")
    assert listener._open == {}


def test_the_bridge_imports_nothing_of_crewai():
    code = "import sys, agentrec.sdk.bridges.crewai; sys.exit('crewai' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
