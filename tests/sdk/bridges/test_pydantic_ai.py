"""The real pydantic-ai with the scripted model server, by its spans: agents, tools, streams, tokens."""

import asyncio

import pytest

from agentrec import Recorder
from agentrec.sdk.bridges.opentelemetry_spans import AgentrecSpanProcessor
from fixtures.modelserver.server import ModelServer
from tests.sdk.bridges.scripted import counted, recorded, write_scenarios
from tests.sdk.runs import load

pydantic_ai = pytest.importorskip("pydantic_ai")
trace_sdk = pytest.importorskip("opentelemetry.sdk.trace")

from pydantic_ai.models.instrumented import InstrumentationSettings  # noqa: E402
from pydantic_ai.models.openai import OpenAIChatModel, OpenAIResponsesModel  # noqa: E402
from pydantic_ai.providers.openai import OpenAIProvider  # noqa: E402

MODELS = {"responses": OpenAIResponsesModel, "chat": OpenAIChatModel}


@pytest.fixture
def server(tmp_path):
    with ModelServer(scenarios=write_scenarios(tmp_path / "scenarios")) as running:
        yield running


@pytest.fixture(autouse=True)
def recorded_spans():
    """Spans of every agent go to the current recorder."""
    provider = trace_sdk.TracerProvider()
    provider.add_span_processor(AgentrecSpanProcessor())
    pydantic_ai.Agent.instrument_all(InstrumentationSettings(tracer_provider=provider))
    yield
    pydantic_ai.Agent.instrument_all(False)
    provider.shutdown()


def boss(provider, api):
    """An agent with a tool, one that fails, and another agent behind a third."""
    model = MODELS[api]("gpt-5.5", provider=provider)
    helper = pydantic_ai.Agent(model, name="helper", instructions="Help.")
    made = pydantic_ai.Agent(model, name="boss", instructions="Lead.")

    @made.tool_plain
    def look_up(word: str) -> str:
        return f"{word} means something"

    @made.tool_plain
    def broken(word: str) -> str:
        raise pydantic_ai.ModelRetry(f"no {word}")

    @made.tool_plain
    async def ask_helper(input: str) -> str:  # noqa: A002 - what the scenario calls it
        return (await helper.run(input)).output

    return made


def go(server, api, how, prompt):
    """What the agent says in the end; ``how`` is "sync", "async", "streamed" or "events"."""
    with asyncio.Runner() as runner:
        provider = OpenAIProvider(base_url=f"{server.url}/v1", api_key="k")
        agent = boss(provider, api)
        asyncio.set_event_loop(runner.get_loop())  # that of `run_sync`
        try:
            if how == "sync":
                return agent.run_sync(prompt).output
            return runner.run(go_async(agent, how, prompt))
        finally:
            runner.run(provider.client.close())
            asyncio.set_event_loop(None)


async def go_async(agent, how, prompt):
    if how == "async":
        return (await agent.run(prompt)).output
    if how == "streamed":
        async with agent.run_stream(prompt) as result:
            return [text async for text in result.stream_text()][-1]
    async with agent.iter(prompt) as run:
        async for node in run:
            if pydantic_ai.Agent.is_model_request_node(node):
                async with node.stream(run.ctx) as stream:
                    async for _ in stream:
                        pass
    return run.result.output


@pytest.mark.parametrize("api", MODELS)
@pytest.mark.parametrize("how", ["sync", "async", "streamed", "events"])
def test_agents_tools_and_tokens(server, tmp_path, api, how):
    with Recorder(tmp_path / "r.ahr") as r, r.step("outer"):
        said = go(server, api, how, "[[scenario:run]] go")
    assert said == "The helper said: helped"
    with load(tmp_path / "r.ahr") as run:
        assert recorded(run) == counted(server)
        steps = [(step.node, step.parent, step.running) for step in run.steps]
        assert steps == [
            ("outer", None, False),
            ("invoke_agent boss", 0, False),
            ("invoke_agent helper", None, False),  # in the tool call
        ]
        calls = {one.data["name"]: one for one in run.events("tool") if one.kind == "call"}
        results = {one.span: one.data for one in run.events("tool") if one.kind == "result"}
        boss, helper = run.steps[1].span, run.steps[2].span
        assert {name: one.parent for name, one in calls.items()} == dict.fromkeys(
            ("look_up", "broken", "ask_helper"), boss
        )
        assert calls["look_up"].data["input"] == {"word": "sky"}
        assert results[calls["look_up"].span]["output"] == "sky means something"
        failed = [name for name, one in calls.items() if results[one.span]["is_error"]]
        assert failed == ["broken"]
        assert [event.parent for event in run.events("llm")] == [boss, boss, helper, boss]
        words = [(one.role, one.content) for one in run.messages_at(run.duration)]
        assert words[:2] == [("system", "Lead."), ("user", "[[scenario:run]] go")]
        assert words[-1] == ("assistant", said)


@pytest.mark.parametrize("how", ["async", "streamed"])
def test_a_failing_model(server, tmp_path, how):
    with Recorder(tmp_path / "r.ahr"), pytest.raises(pydantic_ai.ModelHTTPError):
        go(server, "chat", how, "[[scenario:refused]] go")
    with load(tmp_path / "r.ahr") as run:
        (step,) = run.steps
        assert "not today" in step.message
        assert run.tokens.total == 0
        (call,) = run.events("llm")
        if how == "async":  # pydantic-ai's span of a streamed call does not tell its error
            assert "not today" in call.data["error"]["message"]
