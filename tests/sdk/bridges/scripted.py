"""Runs of frameworks against the scripted model server, and what the server counted in them."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from fixtures.modelserver import scenario
from fixtures.modelserver.dialects import ROUTES

if TYPE_CHECKING:
    from pathlib import Path

    from fixtures.modelserver.server import ModelServer

# Two tools of which one fails, a sub-agent as a tool, and, where there are handoffs, another agent.
SCENARIOS = {
    "run": """
        [[reply]]
        calls = [
            { tool = "look_up", input = { word = "sky" } },
            { tool = "broken", input = { word = "sky" } },
        ]
        [[reply]]
        calls = [{ tool = "ask_helper", input = { input = "[[scenario:helper]] help" } }]
        [[reply]]
        text = "The helper said: {{result}}"
        """,
    "handoff": """
        [[reply]]
        calls = [{ tool = "transfer_to_writer", input = {} }]
        [[reply]]
        text = "Written."
        """,
    "helper": '[[reply]]\nthinking = "A helper thinks."\ntext = "helped"',
    "refused": '[[reply]]\nerror = { status = 400, message = "not today" }',
}


def write_scenarios(folder: Path) -> Path:
    """A folder for ``ModelServer(scenarios=...)``."""
    folder.mkdir()
    for name, text in SCENARIOS.items():
        (folder / f"{name}.toml").write_text(text)
    return folder


def counted(server: ModelServer) -> Counter[str]:
    """What the server's answers have cost: tokens, by the names of an event's ``usage``, and ``calls``."""
    total: Counter[str] = Counter()
    for request in server.received():
        dialect = next((dialect for path, dialect in ROUTES if path.match(request.path)), None)
        if dialect is None or request.method != "POST":
            continue
        answer = scenario.answer(dialect.ask(request.body), server.scenarios)
        if answer.status == 200:
            usage = answer.usage
            total += Counter(
                input=usage.fresh,
                cache_read=usage.cached,
                output=usage.output,
                reasoning=usage.thinking,
                calls=1,
            )
    return total


def recorded(run) -> Counter[str]:
    """The same, of a recording."""
    used = run.tokens
    calls = [event for event in run.events("llm") if "error" not in event.data]
    return +Counter(
        input=used.input,
        cache_read=used.cache_read,
        output=used.output,
        reasoning=sum(event.data["usage"].get("reasoning", 0) for event in calls),
        calls=len(calls),
    )
