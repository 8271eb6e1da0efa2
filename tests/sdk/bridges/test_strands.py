"""The real Strands Agents with the scripted model server, by its spans: agents, tools, streams, tokens."""

import asyncio

import pytest

from agentrec import Recorder
from agentrec.sdk.bridges.opentelemetry_spans import AgentrecSpanProcessor
from fixtures.modelserver.server import ModelServer
from tests.sdk.bridges.scripted import counted, recorded, write_scenarios
from tests.sdk.runs import load

strands = pytest.importorskip("strands")
trace_sdk = pytest.importorskip("opentelemetry.sdk.trace")

from opentelemetry import trace  # noqa: E402
from strands.models.openai import OpenAIModel  # noqa: E402
from strands.models.openai_responses import OpenAIResponsesModel  # noqa: E402

MODELS = {"chat": OpenAIModel, "responses": OpenAIResponsesModel}


@pytest.fixture
def server(tmp_path):
    with ModelServer(scenarios=write_scenarios(tmp_path / "scenarios")) as running:
        yield running


@pytest.fixture(autouse=True, scope="module")
def recorded_spans():
    """Strands takes the provider of the process, once."""
    provider = trace_sdk.TracerProvider()
    provider.add_span_processor(AgentrecSpanProcessor())
    trace.set_tracer_provider(provider)
    yield
    provider.shutdown()


@strands.tool
def look_up(word: str) -> str:
    """Look a word up."""
    return f"{word} means something"


@strands.tool
def broken(word: str) -> str:
    """A tool that fails."""
    raise ValueError(f"no {word}")


def boss(server, api):
    """An agent with a tool, one that fails, and another agent behind a third."""
    client = {"base_url": f"{server.url}/v1", "api_key": "k", "max_retries": 0}
    model = MODELS[api](client_args=client, model_id="gpt-5.5")
    silent = {"model": model, "callback_handler": None}
    helper = strands.Agent(name="helper", system_prompt="Help.", **silent)

    @strands.tool
    def ask_helper(input: str) -> str:  # noqa: A002 - what the scenario calls it
        """Ask the helper."""
        return str(helper(input)).strip()

    tools = [look_up, broken, ask_helper]
    return strands.Agent(name="boss", system_prompt="Lead.", tools=tools, **silent)


def go(server, api, how, prompt):
    """What the agent says in the end; ``how`` is "sync", "async" or "streamed"."""
    agent = boss(server, api)
    if how == "sync":
        return str(agent(prompt)).strip()
    return asyncio.run(go_async(agent, how, prompt))


async def go_async(agent, how, prompt):
    if how == "async":
        return str(await agent.invoke_async(prompt)).strip()
    events = [event async for event in agent.stream_async(prompt)]
    return str(next(event["result"] for event in events if "result" in event)).strip()


def without_reasoning(counts):
    """Strands does not tell how much of an answer was thinking."""
    return {name: number for name, number in counts.items() if name != "reasoning"}


@pytest.mark.parametrize("api", MODELS)
@pytest.mark.parametrize("how", ["sync", "async", "streamed"])
def test_agents_tools_and_tokens(server, tmp_path, api, how):
    with Recorder(tmp_path / "r.ahr") as r, r.step("outer"):
        said = go(server, api, how, "[[scenario:run]] go")
    assert said == "The helper said: helped"
    with load(tmp_path / "r.ahr") as run:
        assert recorded(run) == without_reasoning(counted(server))
        cycle = "execute_event_loop_cycle"
        steps = [(step.node, step.parent, step.running) for step in run.steps]
        assert steps == [
            ("outer", None, False),
            ("invoke_agent boss", 0, False),
            (cycle, 1, False),
            (cycle, 1, False),
            ("invoke_agent helper", None, False),  # in the tool call
            (cycle, 4, False),
            (cycle, 1, False),
        ]
        calls = {one.data["name"]: one for one in run.events("tool") if one.kind == "call"}
        results = {one.span: one.data for one in run.events("tool") if one.kind == "result"}
        spans = [step.span for step in run.steps]
        assert {name: one.parent for name, one in calls.items()} == {
            "look_up": spans[2],
            "broken": spans[2],
            "ask_helper": spans[3],
        }
        helper = next(one for one in run.events("step") if one.span == spans[4])
        assert helper.parent == calls["ask_helper"].span
        assert calls["look_up"].data["input"] == {"word": "sky"}
        assert results[calls["look_up"].span]["output"] == "sky means something"
        failed = [name for name, one in calls.items() if results[one.span]["is_error"]]
        assert failed == ["broken"]
        asked = [event.parent for event in run.events("llm")]
        assert asked == [spans[2], spans[3], spans[5], spans[6]]
        words = [(one.role, one.content) for one in run.messages_at(run.duration)]
        assert words[:2] == [("system", "Lead."), ("user", "[[scenario:run]] go")]
        assert words[3][1][0]["type"] == "tool_result"
        assert words[-1] == ("assistant", said)


@pytest.mark.parametrize("how", ["sync", "streamed"])
def test_a_failing_model(server, tmp_path, how):
    with Recorder(tmp_path / "r.ahr"), pytest.raises(Exception, match="not today"):
        go(server, "chat", how, "[[scenario:refused]] go")
    with load(tmp_path / "r.ahr") as run:
        (call,) = run.events("llm")
        assert "not today" in call.data["error"]["message"]
        assert "not today" in run.steps[0].message
        assert run.tokens.total == 0
