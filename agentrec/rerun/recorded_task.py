"""What a recorded run was asked to do, and what that cost: the start of every rerun."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, NamedTuple

from agentrec.agents import AGENTS
from agentrec.errors import UsageError
from agentrec.json_values import amount, table, tables, text
from agentrec.recording.events.agent import USER, AgentMessage, AgentSession
from agentrec.recording.events.decode import decode
from agentrec.recording.events.llm import TOKEN_KINDS, Usage
from agentrec.redact import MASK
from agentrec.report import pricing
from agentrec.report.summary import summarize

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agentrec.json_values import JsonObject
    from agentrec.recording.reader import Recording

_MAX_SLUG_CHARS = 40
_DIGITS = 6


class RecordedTask(NamedTuple):
    """A run that can be made again.

    ``argv`` is the command line of its agent, or of the program if that is none. ``prompt`` is the first
    message of the user, ``prompts`` how many there were; ``facts`` are those of `agentrec summary`.
    ``source`` is the bundle it was read from, ``notes`` what is different from the original there.
    """

    file: str
    id: str
    title: str
    argv: tuple[str, ...]
    prompt: str
    prompts: int
    is_cut: bool
    facts: JsonObject
    source: str = ""
    notes: tuple[str, ...] = ()

    @property
    def shown(self) -> str:
        """Where the task comes from, for people."""
        return self.source or self.file

    @property
    def is_agent(self) -> bool:
        """Whether it is an agent that can be given a prompt."""
        return bool(self.argv) and os.path.basename(self.argv[0]) in AGENTS

    @property
    def program(self) -> str:
        """The name of the program."""
        return os.path.basename(self.argv[0]) if self.argv else ""

    @property
    def models(self) -> list[str]:
        """The models that answered, the one with the most calls first."""
        models = table(self.facts.get("models"))
        return sorted(models, key=lambda name: -(amount(table(models[name]).get("calls")) or 0))

    @property
    def slug(self) -> str:
        """A short name for files and branches."""
        return slug(self.title or self.prompt or self.program)

    def given_prompt(self) -> str:
        """The prompt, to be given again. Raises UsageError if it is not known exactly."""
        if not self.prompt:
            raise UsageError(f"{self.shown} has no prompt of a user", "pass one with --prompt")
        if MASK in self.prompt:
            raise UsageError(
                f"secrets in the prompt of {self.shown} are masked",
                "pass it with --prompt or --edit",
            )
        if self.is_cut:
            raise UsageError(
                f"the prompt of {self.shown} was too long to be recorded whole",
                "pass it with --prompt or --edit",
            )
        return self.prompt

    def estimate(self, model: str = "") -> float | None:
        """Dollars for the same tokens, at the prices of ``model``; None if that is not known."""
        if not model or model in self.models:
            return amount(self.facts.get("cost_usd"))
        costs = [_cost(model, table(totals)) for totals in table(self.facts.get("models")).values()]
        known = [cost for cost in costs if cost is not None]
        return round(sum(known), _DIGITS) if known and len(known) == len(costs) else None


def slug(name: str) -> str:
    """``name`` as a part of file and branch names; never empty."""
    plain = re.sub(r"\[\[.*?\]\]", "", name.lower())
    words = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[: _MAX_SLUG_CHARS + 1]
    if len(words) > _MAX_SLUG_CHARS:
        words = words[: max(words.rfind("-"), 1)] if "-" in words else words[:_MAX_SLUG_CHARS]
    return words.strip("-") or "task"


def read_task(recording: Recording) -> RecordedTask:
    """The task of a recording."""
    prompts: list[AgentMessage] = []
    session: Sequence[str] = ()
    for event in recording.events(tracks=("agent",)):
        match decode(event):
            case AgentSession() as started:
                session = session or started.argv
            case AgentMessage(role="user") as message if event.actor in (None, USER):
                prompts.append(message)
    header = recording.header
    command = [str(word) for word in _list(header.get("command"))]
    is_agent = bool(command) and os.path.basename(command[0]) in AGENTS
    first = prompts[0] if prompts else None
    return RecordedTask(
        os.path.abspath(recording.path),
        text(header.get("id")),
        text(header.get("title")),
        tuple(command if is_agent else session or command),
        first.text if first else "",
        len(prompts),
        is_cut=bool(first and first.text_length),
        facts=summarize(recording),
    )


def agent_name(task: RecordedTask) -> str:
    """What the recording calls its agent; else the program."""
    named = (text(it.get("agent")) for it in tables(task.facts.get("sessions")))
    return next(named, "") or task.program


def _cost(model: str, totals: JsonObject) -> float | None:
    """What a model's calls would cost at the prices of another; each call counts as one of average size."""
    calls = int(amount(totals.get("calls")) or 0)
    if not calls:
        return 0.0
    counts = {kind: int(amount(totals.get(kind)) or 0) // calls for kind in TOKEN_KINDS}
    each = pricing.cost(model, Usage(**counts))
    return None if each is None else each * calls


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []
