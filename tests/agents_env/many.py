"""Many runs of an agent in one recorded shell, in a loop and at once, and how they were recorded."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

from agentrec.recording.events import Event
from fixtures.modelserver import ModelServer
from tests.agents_env.agent import Agent
from tests.agents_env.recorded import answers, events, named, record

SCRIPT = """
loop=$1 beside=$2; shift 2
for n in $(seq $loop); do "$@" "loop $n: go on. [[scenario:hello]]" </dev/null; done
for n in $(seq $beside); do "$@" "at once $n: go on. [[scenario:hello]]" </dev/null & done
wait
"""
_USAGE = ("input", "output", "cache_read", "cache_write")
_SENT = (
    *("input_tokens", "output_tokens", "cache_read_input_tokens", "cache_creation_input_tokens"),
    *("prompt_tokens", "completion_tokens"),
    "totalTokenCount",
)


class Tally(NamedTuple):
    """By a run's name: how often its prompt was recorded. By an answer's id: how often, and as sent.

    ``tokens`` of the recording and of the server.
    """

    prompts: Counter[str]
    calls: Counter[str]
    sent: Counter[str]
    sessions: int
    tokens: tuple[int, int]


def names(loop: int, beside: int) -> Counter[str]:
    """Each run once."""
    looped = [f"loop {n}" for n in range(1, loop + 1)]
    return Counter([*looped, *(f"at once {n}" for n in range(1, beside + 1))])


def run_many(agent: Agent, folder: Path, loop: int, beside: int, timeout: float = 120) -> Tally:
    """Record a shell that runs ``agent`` so often one after the other, then so often at once."""
    with ModelServer(delay=0.002) as server:
        env = agent.start(folder / "home", folder / "work", server.url)
        counts = (str(loop), str(beside))
        script = ["bash", "-c", SCRIPT, "bash", *counts, *agent.argv(agent.headless)]
        record(folder / "run.ahr", script, env, folder / "work", timeout)
        responses = [response for _, response in answers(server)]
    return _tally(events(folder / "run.ahr"), responses)


def _tally(found: list[Event], responses: list[dict[str, Any]]) -> Tally:
    said = [e.data for e in named(found, "agent/message") if e.data["role"] == "user"]
    calls = [event.data for event in named(found, "llm/call")]
    recorded = sum(call["usage"][name] for call in calls for name in _USAGE)
    usages = [it.get("usage") or it["usageMetadata"] for it in responses]
    sent = sum(usage.get(name, 0) for usage in usages for name in _SENT)
    return Tally(
        # opencode puts quotes around words with blanks.
        Counter(message["text"].lstrip('"').partition(":")[0] for message in said),
        Counter(call["id"] for call in calls),
        Counter(it.get("id") or it["responseId"] for it in responses),
        len(named(found, "agent/session")),
        (recorded, sent),
    )
