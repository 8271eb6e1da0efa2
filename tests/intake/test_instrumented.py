"""A program with the real OpenTelemetry SDK, a real instrumentor and the real exporter, and a real server."""

import gc
import os
from contextlib import contextmanager

import openai
import pytest
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

from agentrec.library.locations import recordings_folder
from agentrec.sdk import Run
from fixtures.modelserver.server import ModelServer
from tests.sdk.bridges.test_opentelemetry_spans import AGENT, TOOL, instrumentor_of
from tests.web.serving import TOKEN, Serving

QUESTION = {"role": "user", "content": "[[scenario:hello]] please"}


PACKAGES = pytest.mark.parametrize("package", ["genai.openai", "openinference"])


@pytest.fixture
def env(tmp_path):
    return {**os.environ, "XDG_DATA_HOME": str(tmp_path)}


@pytest.fixture
def server(env, tmp_path, monkeypatch):
    """A server that the exporter is told of by variables."""
    with Serving(tmp_path, env=env) as running:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://{running.host}")
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", f"Authorization=Bearer%20{TOKEN}")
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip")
        monkeypatch.setenv("OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT", "SPAN_ONLY")
        yield running


def recorded(server, env):
    """The one recording, when the server has written what waits and ended."""
    server.__exit__()
    (name,) = os.listdir(os.path.join(recordings_folder(env), "traces"))
    return Run.load(os.path.join(recordings_folder(env), "traces", name), env=env)


@PACKAGES
def test_a_program_that_is_set_up_by_variables(server, env, package):
    with instrumented(package) as (client, tracer):
        used, said = agent_program(client, tracer)
    with recorded(server, env) as run:
        summary = run.summary
        assert (run.header["command"], run.header["title"]) == (["shop"], QUESTION["content"])
        assert summary["sessions"] == [{"agent": "helper"}]
        assert run.tokens.input == sum(one.prompt_tokens for one in used)
        assert run.tokens.output == sum(one.completion_tokens for one in used)
        assert summary["models"]["gpt-5.5"]["calls"] == 3  # one of them failed
        assert (summary["tools"]["search"]["calls"], summary["without_price"]) == (1, 0)
        assert summary["cost_usd"] > 0
        texts = [(one.role, one.content) for one in run.messages_at(run.duration)]
        assert texts[:2] == [("user", QUESTION["content"]), ("assistant", said)]


@PACKAGES
def test_tools_of_a_program_without_spans_of_tools(server, env, package):
    with instrumented(package) as (client, tracer), tracer.start_as_current_span("ask"):
        talk(client)
    with recorded(server, env) as run:
        assert run.summary["tools"]["bash"]["calls"] == 1
        called, returned = run.events("tool")
        assert (called.data["input"], returned.data["output"]) == (
            {"command": "no-such-command-here --at-all"},
            "exit 127",
        )
        assert [one.role for one in run.messages_at(run.duration)] == [
            "user",
            "assistant",
            "assistant",
        ]


@contextmanager
def instrumented(package):
    """A client whose calls are spans of the SDK, and a tracer."""
    provider = TracerProvider(resource=Resource.create({"service.name": "shop"}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    instrumentor = instrumentor_of(package)
    instrumentor.instrument(tracer_provider=provider)
    try:
        with (
            ModelServer() as model,
            openai.OpenAI(base_url=f"{model.url}/v1", api_key="k", max_retries=0) as client,
        ):
            yield client, provider.get_tracer("shop")
    finally:
        instrumentor.uninstrument()
        provider.shutdown()
        gc.collect()


def agent_program(client, tracer):
    chat = client.chat.completions
    with tracer.start_as_current_span("invoke_agent helper", attributes=AGENT):
        first = chat.create(model="gpt-5.5", messages=[QUESTION])
        with tracer.start_as_current_span("execute_tool search", attributes=TOOL):
            pass
        options = {"stream": True, "stream_options": {"include_usage": True}}
        *_, last = chat.create(model="gpt-5.5", messages=[QUESTION], **options)
        nothing = [{"role": "user", "content": "[[scenario:nothing]]"}]
        with pytest.raises(openai.BadRequestError):
            chat.create(model="gpt-5.5", messages=nothing)
    return (first.usage, last.usage), first.choices[0].message.content


def talk(client):
    """Run the tools that the model asks for, until it asks for no more."""
    parameters = {"type": "object", "properties": {"command": {"type": "string"}}}
    tools = [{"type": "function", "function": {"name": "bash", "parameters": parameters}}]
    messages = [{"role": "user", "content": "[[scenario:failing-command]] please"}]
    while True:
        answer = client.chat.completions.create(model="gpt-5.5", messages=messages, tools=tools)
        message = answer.choices[0].message
        messages.append(message.model_dump(exclude_none=True))
        if not message.tool_calls:
            return
        messages += [
            {"role": "tool", "tool_call_id": call.id, "content": "exit 127"}
            for call in message.tool_calls
        ]
