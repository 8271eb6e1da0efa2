"""Spans of the real OpenTelemetry SDK, and of a real instrumentor, recorded in the program."""

import asyncio
import gc
import warnings

import pytest

from agentrec import Recorder, Run
from agentrec.recording.markers import happened
from agentrec.report.summary import summarize
from agentrec.sdk.bridges.opentelemetry_spans import AgentrecSpanProcessor
from fixtures.modelserver.server import ModelServer
from tests.sdk.runs import load

trace_sdk = pytest.importorskip("opentelemetry.sdk.trace")
from opentelemetry.sdk.resources import Resource  # noqa: E402
from opentelemetry.trace import Status, StatusCode  # noqa: E402

CHAT = {
    "gen_ai.operation.name": "chat",
    "gen_ai.request.model": "gpt-5.5",
    "gen_ai.usage.input_tokens": 100,
    "gen_ai.usage.output_tokens": 10,
    "gen_ai.usage.cache_read.input_tokens": 40,
}
TOOL = {"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "search"}
AGENT = {"gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": "helper"}


@pytest.fixture
def provider():
    made = trace_sdk.TracerProvider(resource=Resource.create({"service.name": "shop"}))
    yield made
    made.shutdown()


def tracer_of(provider, *args):
    provider.add_span_processor(AgentrecSpanProcessor(*args))
    return provider.get_tracer("test")


def agent_run(tracer):
    with tracer.start_as_current_span("invoke_agent helper", attributes=AGENT):
        with tracer.start_as_current_span("chat gpt-5.5", attributes=CHAT) as call:
            call.set_attribute("gen_ai.response.id", "r1")
        with (
            tracer.start_as_current_span("execute_tool search", attributes=TOOL) as tool,
            tracer.start_as_current_span("GET index"),
        ):
            tool.set_attribute("gen_ai.tool.call.arguments", '{"q": "sky"}')
            tool.set_status(Status(StatusCode.ERROR, "no such page"))


def sums(path):
    with load(path) as run:
        return summarize(run.recording)


def test_spans_go_to_the_current_recorder(provider, tmp_path):
    tracer = tracer_of(provider)
    path = tmp_path / "r.ahr"
    with Recorder(path) as recorder, recorder.step("outer"):
        agent_run(tracer)
    with load(path) as run:
        found = [(step.node, step.parent, step.running) for step in run.steps]
        assert found[:2] == [("outer", None, False), ("invoke_agent helper", 0, False)]
        assert [one[0] for one in found[2:]] == ["GET index"]
        (called,) = [one for one in run.events("tool") if one.kind == "call"]
        assert happened(called) <= run.steps[2].t * 1e9  # it was recorded at its end
        assert called.data["input"] == {"q": "sky"}
    summary = sums(path)
    assert summary["tokens"] == {"input": 60, "output": 10, "cache_read": 40, "cache_write": 0}
    assert (summary["tools"]["search"]["calls"], summary["tools"]["search"]["errors"]) == (1, 1)
    assert summary["cost_usd"] > 0


def test_without_a_recorder_it_makes_a_recording(provider, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.delenv("AGENTREC_SOCKET", raising=False)
    agent_run(tracer_of(provider))
    provider.shutdown()
    with Run.load("last") as run:
        assert run.name == "shop"
        assert run.tokens.output == 10


def test_a_kind_that_is_told_at_the_end(provider, tmp_path):
    """As with OpenInference for LangChain."""
    with Recorder(tmp_path / "r.ahr") as recorder:
        tracer = tracer_of(provider, recorder)
        with tracer.start_as_current_span("ChatOpenAI") as span:
            span.set_attributes({"openinference.span.kind": "LLM", "llm.model_name": "gpt-5.5"})
            span.set_attribute("llm.token_count.prompt", 7)
        with tracer.start_as_current_span("lookup") as span:
            span.set_attributes({"openinference.span.kind": "TOOL", "input.value": "sky"})
    summary = sums(tmp_path / "r.ahr")
    assert (summary["tokens"]["input"], list(summary["tools"])) == (7, ["lookup"])


def test_spans_that_say_nothing_but_their_name_at_the_start(provider, tmp_path):
    """As those of Strands."""
    with Recorder(tmp_path / "r.ahr") as recorder:
        tracer = tracer_of(provider, recorder)
        with tracer.start_as_current_span("invoke_agent helper") as agent:
            with tracer.start_as_current_span("chat") as call:
                call.set_attributes(CHAT)
            with tracer.start_as_current_span("execute_tool search") as tool:
                with tracer.start_as_current_span("chat about it"):
                    pass  # no call of a model after all
                tool.set_attributes(TOOL)
            agent.set_attributes(AGENT)
    with load(tmp_path / "r.ahr") as run:
        assert [step.node for step in run.steps] == ["invoke_agent helper", "chat about it"]
        (call,) = run.events("llm")
        (tool,) = [one for one in run.events("tool") if one.kind == "call"]
        assert call.parent == tool.parent == run.steps[0].span
        inner = [one.parent for one in run.events("step") if one.span == run.steps[1].span]
        assert inner == [tool.span]


def test_a_frameworks_call_around_a_clients_call_counts_once(provider, tmp_path):
    with Recorder(tmp_path / "r.ahr") as recorder:
        tracer = tracer_of(provider, recorder)
        with tracer.start_as_current_span("outer", attributes=CHAT):
            for _ in range(2):
                with tracer.start_as_current_span("inner", attributes=CHAT):
                    pass
    assert sums(tmp_path / "r.ahr")["models"]["gpt-5.5"]["calls"] == 2


def test_errors_and_states(provider, tmp_path):
    with Recorder(tmp_path / "r.ahr") as recorder:
        tracer = tracer_of(provider, recorder)
        chain = {"openinference.span.kind": "CHAIN", "input.value": '{"q": 1}'}

        def plan():
            with tracer.start_as_current_span("plan", attributes=chain) as span:
                span.set_attribute("output.value", '{"q": 1, "a": 2}')
                raise ValueError("bad")

        with pytest.raises(ValueError, match="bad"):
            plan()
    with load(tmp_path / "r.ahr") as run:
        assert (run.input(0), run.state(0)) == ({"q": 1}, {"q": 1, "a": 2})
        assert run.steps[0].message == "ValueError: bad"


def test_tasks_have_their_own_parents(provider, tmp_path):
    with Recorder(tmp_path / "r.ahr") as recorder:
        tracer = tracer_of(provider, recorder)

        async def branch(name):
            with tracer.start_as_current_span(name):
                await asyncio.sleep(0)
                with tracer.start_as_current_span(f"{name}/inner"):
                    await asyncio.sleep(0)

        async def both():
            with tracer.start_as_current_span("root"):
                await asyncio.gather(branch("a"), branch("b"))

        asyncio.run(both())
    with load(tmp_path / "r.ahr") as run:
        above = {
            step.node: run.steps[step.parent].node if step.parent is not None else None
            for step in run.steps
        }
    assert above == {"root": None, "a": "root", "b": "root", "a/inner": "a", "b/inner": "b"}


def test_what_fails_in_it_does_not_reach_the_program(provider, tmp_path, monkeypatch):
    from agentrec.sdk.bridges import opentelemetry_spans

    with Recorder(tmp_path / "r.ahr") as recorder:
        tracer = tracer_of(provider, recorder)
        monkeypatch.setattr(opentelemetry_spans, "_received", lambda span: 1 / 0)
        with pytest.warns(RuntimeWarning, match="a span was not recorded: division by zero"):
            agent_run(tracer)


def test_spans_after_the_end_of_the_recorder(provider, tmp_path):
    recorder = Recorder(tmp_path / "r.ahr")
    tracer = tracer_of(provider, recorder)
    span = tracer.start_span("late")
    recorder.close()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        span.end()


@pytest.mark.parametrize("package", ["genai.openai", "openinference"])
def test_a_real_instrumentor(provider, tmp_path, package, monkeypatch):
    openai = pytest.importorskip("openai")
    monkeypatch.setenv("OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT", "SPAN_ONLY")
    instrumentor = instrumentor_of(package)
    with Recorder(tmp_path / "r.ahr") as recorder, ModelServer() as server:
        tracer_of(provider, recorder)
        instrumentor.instrument(tracer_provider=provider)
        try:
            with openai.OpenAI(base_url=f"{server.url}/v1", api_key="k", max_retries=0) as client:
                messages = [{"role": "user", "content": "[[scenario:hello]] please"}]
                answer = client.chat.completions.create(model="gpt-5.5", messages=messages)
        finally:
            instrumentor.uninstrument()
            gc.collect()
    with load(tmp_path / "r.ahr") as run:
        used = answer.usage
        assert (run.tokens.input, run.tokens.output) == (used.prompt_tokens, used.completion_tokens)
        assert [(one.role, one.content) for one in run.messages_at(0.0 + run.duration)] == [
            ("user", messages[0]["content"]),
            ("assistant", answer.choices[0].message.content),
        ]


def instrumentor_of(package):
    if package == "openinference":
        from openinference.instrumentation.openai import OpenAIInstrumentor

        return OpenAIInstrumentor()
    from opentelemetry.instrumentation.genai.openai import OpenAIInstrumentor

    return OpenAIInstrumentor()
