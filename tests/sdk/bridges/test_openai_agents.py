"""The real OpenAI Agents SDK with the scripted model server: agents, tools, handoffs, streams, tokens."""

import asyncio
import subprocess
import sys

import pytest

from agentrec import Recorder
from agentrec.sdk.bridges.openai_agents import AgentrecTraceProcessor
from fixtures.modelserver.server import ModelServer
from tests.sdk.bridges.scripted import counted, recorded, write_scenarios
from tests.sdk.runs import load

agents = pytest.importorskip("agents")
openai = pytest.importorskip("openai")


@pytest.fixture
def server(tmp_path):
    with ModelServer(scenarios=write_scenarios(tmp_path / "scenarios")) as running:
        yield running


@pytest.fixture(autouse=True)
def processor():
    """The only processor of traces: the SDK's own would send them away."""
    made = AgentrecTraceProcessor()
    agents.set_trace_processors([made])
    yield made
    agents.set_trace_processors([])


@agents.function_tool
def look_up(word: str) -> str:
    """Look a word up."""
    return f"{word} means something"


@agents.function_tool
def broken(word: str) -> str:
    """A tool that fails."""
    raise ValueError(word)


def boss(client, api):
    """An agent with tools, a helper behind one of them, and an agent to hand over to."""
    kind = {
        "responses": agents.OpenAIResponsesModel,
        "chat": agents.OpenAIChatCompletionsModel,
    }[api]
    model = kind(model="gpt-5.5", openai_client=client)
    helper = agents.Agent(name="helper", instructions="Help.", model=model)
    writer = agents.Agent(name="writer", instructions="Write.", model=model)
    return agents.Agent(
        name="boss",
        instructions="Lead.",
        model=model,
        tools=[look_up, broken, helper.as_tool("ask_helper", "Ask the helper.")],
        handoffs=[writer],
    )


def go(server, api, how, prompt, **options):
    """What the agent says in the end; ``how`` is "sync", "async" or "streamed"."""
    if how != "sync":
        return asyncio.run(go_async(server, api, how, prompt, **options))
    with asyncio.Runner() as runner:  # whose loop `run_sync` takes, and does not close
        client = client_of(server)
        asyncio.set_event_loop(runner.get_loop())
        try:
            return agents.Runner.run_sync(boss(client, api), prompt, **options).final_output
        finally:
            runner.run(client.close())
            asyncio.set_event_loop(None)


async def go_async(server, api, how, prompt, **options):
    async with client_of(server) as client:
        agent = boss(client, api)
        if how == "async":
            return (await agents.Runner.run(agent, prompt, **options)).final_output
        result = agents.Runner.run_streamed(agent, prompt, **options)
        async for _ in result.stream_events():
            pass
        return result.final_output


def client_of(server):
    return openai.AsyncOpenAI(base_url=f"{server.url}/v1", api_key="k", max_retries=0)


@pytest.mark.parametrize("api", ["responses", "chat"])
@pytest.mark.parametrize("how", ["sync", "async", "streamed"])
def test_agents_tools_and_tokens(server, tmp_path, api, how):
    with Recorder(tmp_path / "r.ahr") as r, r.step("outer"):
        said = go(server, api, how, "[[scenario:run]] go")
    assert said == "The helper said: helped"
    with load(tmp_path / "r.ahr") as run:
        assert recorded(run) == counted(server)
        assert [(step.node, step.parent) for step in run.steps] == [
            ("outer", None),
            ("Agent workflow", 0),
            ("boss", 1),
            ("helper", None),  # in the tool call
        ]
        assert not any(step.running for step in run.steps)
        assert run.steps[2].meta["handoffs"] == ["writer"]
        calls = {one.data["name"]: one for one in run.events("tool") if one.kind == "call"}
        results = {one.span: one.data for one in run.events("tool") if one.kind == "result"}
        assert {name: one.parent for name, one in calls.items()} == dict.fromkeys(
            ("look_up", "broken", "ask_helper"), run.steps[2].span
        )
        assert calls["look_up"].data["input"] == {"word": "sky"}
        assert results[calls["look_up"].span]["output"] == "sky means something"
        failed = [name for name, one in calls.items() if results[one.span]["is_error"]]
        assert failed == ["broken"]
        inner = next(event for event in run.events("step") if event.data.get("node") == "helper")
        assert inner.parent == calls["ask_helper"].span
        asked = [event.parent for event in run.events("llm")]
        boss, helper = run.steps[2].span, run.steps[3].span
        assert asked == [boss, boss, helper, boss]
        words = [(one.role, one.content) for one in run.messages_at(run.duration)]
        assert words[0][0] in ("system", "user")
        assert ("user", "[[scenario:run]] go") in words
        assert words[-1] == ("assistant", said)


@pytest.mark.parametrize("how", ["async", "streamed"])
def test_a_handoff(server, tmp_path, processor, how):
    with Recorder(tmp_path / "r.ahr"):
        assert go(server, "responses", how, "[[scenario:handoff]] go") == "Written."
    with load(tmp_path / "r.ahr") as run:
        assert recorded(run) == counted(server)
        assert [(step.node, step.parent) for step in run.steps] == [
            ("Agent workflow", None),
            ("boss", 0),
            ("handoff", 1),
            ("writer", 0),
        ]
        assert run.steps[2].meta == {"from_agent": "boss", "to_agent": "writer"}
    assert processor._open == {}


@pytest.mark.parametrize("api", ["responses", "chat"])
@pytest.mark.parametrize("how", ["async", "streamed"])
def test_a_failing_model(server, tmp_path, api, how):
    with Recorder(tmp_path / "r.ahr"), pytest.raises(openai.BadRequestError):
        go(server, api, how, "[[scenario:refused]] go")
    with load(tmp_path / "r.ahr") as run:
        (call,) = run.events("llm")
        assert "not today" in call.data["error"]["message"]
        assert run.tokens.total == 0
        assert run.errors


@pytest.mark.parametrize("api", ["responses", "chat"])
def test_texts_that_the_program_keeps_out_of_traces(server, tmp_path, api):
    quiet = agents.RunConfig(trace_include_sensitive_data=False)
    with Recorder(tmp_path / "r.ahr"):
        go(server, api, "async", "[[scenario:run]] go", run_config=quiet)
    with load(tmp_path / "r.ahr") as run:
        assert recorded(run) == counted(server)
        assert not any({"prompt", "response"} & event.data.keys() for event in run.events("llm"))


@pytest.mark.parametrize("how", ["async", "streamed"])
def test_a_guardrail_that_stops_the_run(tmp_path, processor, how):
    @agents.input_guardrail(name="polite", run_in_parallel=False)
    def polite(_context, _agent, _input):
        return agents.GuardrailFunctionOutput(output_info=None, tripwire_triggered=True)

    async def run_it():
        async with openai.AsyncOpenAI(base_url="http://127.0.0.1:9", api_key="k") as client:
            model = agents.OpenAIResponsesModel(model="gpt-5.5", openai_client=client)
            agent = agents.Agent(name="boss", model=model, input_guardrails=[polite])
            if how == "async":
                return await agents.Runner.run(agent, "go")
            return [one async for one in agents.Runner.run_streamed(agent, "go").stream_events()]

    with Recorder(tmp_path / "r.ahr"), pytest.raises(agents.InputGuardrailTripwireTriggered):
        asyncio.run(run_it())
    with load(tmp_path / "r.ahr") as run:
        assert [step.node for step in run.steps] == ["Agent workflow", "boss", "polite"]
        assert run.steps[2].meta == {"triggered": True}
        assert run.steps[1].message == "Guardrail tripwire triggered"  # that of its turn, too
    assert (processor._open, processor._errors) == ({}, {})


def test_too_many_turns(server, tmp_path):
    with Recorder(tmp_path / "r.ahr"), pytest.raises(agents.MaxTurnsExceeded):
        go(server, "chat", "async", "[[scenario:run]] go", max_turns=2)
    with load(tmp_path / "r.ahr") as run:
        assert recorded(run) == counted(server)
        assert [step.message for step in run.steps if step.failed] == ["Max turns exceeded"]


def test_tracing_that_is_off(server, tmp_path):
    off = agents.RunConfig(tracing_disabled=True)
    with Recorder(tmp_path / "r.ahr"):
        go(server, "responses", "async", "[[scenario:handoff]] go", run_config=off)
    with load(tmp_path / "r.ahr") as run:
        assert (run.steps, list(run.events("llm"))) == ([], [])


def test_runs_at_the_same_time(server, tmp_path):
    async def both():
        asked = (go_async(server, "responses", "async", f"[[scenario:{one}]]") for one in names)
        return await asyncio.gather(*asked)

    names = ("run", "handoff")
    with Recorder(tmp_path / "r.ahr"):
        asyncio.run(both())
    with load(tmp_path / "r.ahr") as run:
        assert recorded(run) == counted(server)
        above = {step.node: step.parent for step in run.steps if step.node == "writer"}
        bosses = {step.parent for step in run.steps if step.node == "boss"}
        assert above["writer"] in bosses
        assert len(bosses) == 2


def test_without_a_recorder_nothing_happens(server, processor):
    said = go(server, "responses", "async", "[[scenario:handoff]] go")
    assert (said, processor._open) == ("Written.", {})


def test_the_bridge_imports_nothing_of_the_sdk():
    code = "import sys, agentrec.sdk.bridges.openai_agents as b; b.AgentrecTraceProcessor()\n"
    code += "sys.exit('agents' in sys.modules or 'openai' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
