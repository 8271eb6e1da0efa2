"""Real agents as OpenTelemetry traces: the numbers are those of the summary and of the model server."""

import json
import subprocess
import sys

import pytest

from agentrec.intake.trace_recording import path_of_trace
from agentrec.recording.reader import Recording
from agentrec.report.summary import summarize
from fixtures.modelserver import ModelServer
from tests.agents_env import AGENTS, require
from tests.agents_env.recorded import record
from tests.otel.receiver import Receiver, attributes
from tests.web.serving import TOKEN, Serving

pytestmark = pytest.mark.agents
EXPORT = [sys.executable, "-P", "-m", "agentrec", "export-otel"]
SCENARIOS = {"claude": "subagent", "codex": "parallel"}


@pytest.mark.parametrize("name", AGENTS)
def test_spans_are_what_the_summary_says(name, tmp_path):
    with ModelServer(delay=0.002) as server:
        agent = require(AGENTS[name])
        env = agent.start(tmp_path / "home", tmp_path / "work", server.url)
        argv = agent.argv(agent.headless, f"Go on. [[scenario:{SCENARIOS[name]}]]")
        path = tmp_path / "run.ahr"
        record(path, argv, env, tmp_path / "work")
    with Recording.open(str(path)) as recording:
        summary = summarize(recording)
    with Receiver() as receiver:
        for _ in range(2):  # the second one changes nothing
            command = [*EXPORT, str(path), "--endpoint", receiver.url, "--json"]
            (sent,) = json.loads(subprocess.check_output(command, env=env, text=True))
            assert len(receiver.spans) == sent["spans"]
    chats, tools = receiver.named("chat"), receiver.named("execute_tool")
    assert len(chats) == sum(model["calls"] for model in summary["models"].values())
    assert len(tools) == sum(tool["calls"] for tool in summary["tools"].values())
    tokens = summary["tokens"]
    sent = tokens["input"] + tokens["cache_read"] + tokens["cache_write"]
    assert receiver.total("gen_ai.usage.input_tokens") == sent > 0
    assert receiver.total("gen_ai.usage.output_tokens") == tokens["output"] > 0
    assert receiver.total("agentrec.cost_usd") == pytest.approx(
        summary["cost_usd"] or 0.0, abs=1e-6
    )
    failed = [span for span in tools if span.get("status")]
    assert len(failed) == sum(tool["errors"] for tool in summary["tools"].values())
    took = sum(int(it["endTimeUnixNano"]) - int(it["startTimeUnixNano"]) for it in tools) / 1e6
    assert took == pytest.approx(
        sum(tool["ms"] for tool in summary["tools"].values()), abs=len(tools)
    )
    if name == "claude":
        below(receiver)
    comes_back(str(path), summary, env, tmp_path)


def comes_back(path, summary, env, tmp_path):
    """Sent to a server of ours, it becomes a recording with the same numbers."""
    (tmp_path / "library").mkdir()
    served = {**env, "XDG_DATA_HOME": str(tmp_path / "library")}
    with Serving(tmp_path / "library", env=served) as server:
        command = [*EXPORT, path, "--endpoint", f"http://{server.host}", "--json"]
        command += ["--header", f"Authorization=Bearer {TOKEN}", "--content"]
        (sent,) = json.loads(subprocess.check_output(command, env=env, text=True))
    with Recording.open(path_of_trace(sent["trace"], served)) as recording:
        came = summarize(recording)
    for name in ("tokens", "cost_usd", "without_price", "models", "errors", "duration"):
        assert came[name] == summary[name], name
    assert came["tools"].keys() == summary["tools"].keys()
    for name, tool in summary["tools"].items():
        assert came["tools"][name] == {**tool, "ms": pytest.approx(tool["ms"], abs=1e-3)}


def below(receiver):
    """What a sub-agent does is inside its span, and that inside the tool call that began it."""
    (agent,) = [it for it in receiver.named("invoke_agent") if it.get("parentSpanId")]
    trace = agent["traceId"]
    tool = receiver.spans[trace, agent["parentSpanId"]]
    assert attributes(tool)["gen_ai.tool.name"] in ("Task", "Agent")
    inside = [it for it in receiver.spans.values() if it.get("parentSpanId") == agent["spanId"]]
    assert [it["name"] for it in inside if it["name"].startswith("chat")]
