"""A program with the real OpenTelemetry SDK, a real instrumentor and the real exporter, and a real server."""

import gc
import os

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


@pytest.mark.parametrize("package", ["genai.openai", "openinference"])
def test_a_program_that_is_set_up_by_variables(tmp_path, monkeypatch, package):
    env = {**os.environ, "XDG_DATA_HOME": str(tmp_path)}
    with Serving(tmp_path, env=env) as server:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://{server.host}")
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", f"Authorization=Bearer%20{TOKEN}")
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip")
        monkeypatch.setenv("OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT", "SPAN_ONLY")
        used, said = agent_program(instrumentor_of(package))
    (path,) = (entry.path for entry in os.scandir(os.path.join(recordings_folder(env), "traces")))
    with Run.load(path, env=env) as run:
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


def agent_program(instrumentor):
    provider = TracerProvider(resource=Resource.create({"service.name": "shop"}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    instrumentor.instrument(tracer_provider=provider)
    tracer = provider.get_tracer("shop")
    try:
        with (
            ModelServer() as model,
            openai.OpenAI(base_url=f"{model.url}/v1", api_key="k", max_retries=0) as client,
            tracer.start_as_current_span("invoke_agent helper", attributes=AGENT),
        ):
            chat = client.chat.completions
            first = chat.create(model="gpt-5.5", messages=[QUESTION])
            with tracer.start_as_current_span("execute_tool search", attributes=TOOL):
                pass
            options = {"stream": True, "stream_options": {"include_usage": True}}
            *_, last = chat.create(model="gpt-5.5", messages=[QUESTION], **options)
            nothing = [{"role": "user", "content": "[[scenario:nothing]]"}]
            with pytest.raises(openai.BadRequestError):
                chat.create(model="gpt-5.5", messages=nothing)
        return (first.usage, last.usage), first.choices[0].message.content
    finally:
        instrumentor.uninstrument()
        provider.shutdown()
        gc.collect()
