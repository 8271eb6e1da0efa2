"""What Phoenix shows of a recording beside what `agentrec summary` says of it."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from agentrec.recording.reader import Recording
from agentrec.report.summary import summarize

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from scripts.phoenix_server import PhoenixServer

_EXPORT = [sys.executable, "-P", "-m", "agentrec", "export-otel"]
_TOKENS = "llm.token_count."


class Row(NamedTuple):
    """A figure in both; ``places`` is how many decimals of it count: times in Phoenix have microseconds."""

    what: str
    summary: float
    phoenix: float
    places: int = 0

    @property
    def is_equal(self) -> bool:
        return abs(self.summary - self.phoenix) < 10**-self.places


def export(path: str, phoenix: PhoenixServer, env: dict[str, str]) -> tuple[str, list[Any]]:
    """Send a recording, with texts; its trace, and the spans that Phoenix then has of it."""
    command = [*_EXPORT, path, "--endpoint", phoenix.url, "--content", "--json"]
    (sent,) = json.loads(subprocess.check_output(command, env=env, text=True))
    return sent["trace"], phoenix.wait_for(sent["trace"], sent["spans"])


def rows(path: str, trace: str, spans: list[Any], phoenix: PhoenixServer) -> list[Row]:
    """All figures that both have."""
    with Recording.open(path) as recording:
        summary = summarize(recording)
    tokens, tools = summary["tokens"], summary["tools"]
    calls = [span for span in spans if span["span_kind"] == "LLM"]
    used = [span for span in spans if span["span_kind"] == "TOOL"]
    failed = [span for span in used if span["status_code"] == "ERROR"]
    (root,) = [span for span in spans if not span["parent_id"]]
    cost, prompt, completion = phoenix.shown(trace)
    sent = tokens["input"] + tokens["cache_read"] + tokens["cache_write"]
    model_calls = sum(model["calls"] for model in summary["models"].values())
    found = [
        Row("model calls", model_calls, len(calls)),
        Row("tokens sent", sent, _sum(calls, _TOKENS + "prompt")),
        Row("tokens sent, of the trace", sent, prompt),
        Row("of them from the cache", *_cached(tokens, calls, "cache_read")),
        Row("of them into the cache", *_cached(tokens, calls, "cache_write")),
        Row("tokens answered", tokens["output"], _sum(calls, _TOKENS + "completion")),
        Row("tokens answered, of the trace", tokens["output"], completion),
        Row("cost, $", summary["cost_usd"] or 0.0, _sum(calls, "agentrec.cost_usd"), 5),
        Row("cost by Phoenix's prices, $", summary["cost_usd"] or 0.0, cost, 5),
        Row("tool calls that failed", sum(it["errors"] for it in tools.values()), len(failed)),
        Row("the run, ms", summary["duration"] * 1000, _ms(root), 2),
    ]
    for name, tool in sorted(tools.items()):
        own = [span for span in used if span["attributes"]["tool.name"] == name]
        found.append(Row(f"{name}: calls", tool["calls"], len(own)))
        found.append(Row(f"{name}: ms", tool["ms"], sum(map(_ms, own)), 1))
    other = {span["attributes"]["tool.name"] for span in used} - tools.keys()
    found += [Row(f"{name}: calls", 0, 1) for name in sorted(other)]
    return found


def message_faults(spans: list[Any], conventions: str) -> Iterator[str]:
    """Messages that are not as the JSON schemas in a folder say."""
    from jsonschema import Draft202012Validator

    for side in ("input", "output"):
        schema = json.loads(Path(conventions, f"gen-ai-{side}-messages.json").read_text())
        checker = Draft202012Validator(schema)
        for span in spans:
            given = span["attributes"].get(f"gen_ai.{side}.messages")
            for fault in checker.iter_errors(json.loads(given)) if given else ():
                yield f"{span['name']}: gen_ai.{side}.messages: {fault.message[:200]}"


def _cached(tokens: dict[str, int], calls: Iterable[Any], kind: str) -> tuple[int, float]:
    return tokens[kind], _sum(calls, f"{_TOKENS}prompt_details.{kind}")


def _sum(spans: Iterable[Any], name: str) -> float:
    total: float = sum(span["attributes"].get(name, 0) for span in spans)
    return total


def _ms(span: Any) -> float:
    began, ended = (datetime.fromisoformat(span[name]) for name in ("start_time", "end_time"))
    return (ended - began).total_seconds() * 1000
