"""One way to run a task again, and the matrix of all that the user asks for."""

from __future__ import annotations

import os
import shlex
from itertools import product
from typing import TYPE_CHECKING, NamedTuple

from agentrec.agents import AGENTS, program_of
from agentrec.agents.resume.launch import launch_of
from agentrec.branches.branch_plan import BranchRequest, FreshStart
from agentrec.errors import UsageError
from agentrec.json_values import JsonObject, text, words
from agentrec.redact import mask_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from agentrec.rerun.recorded_task import RecordedTask


class Variation(NamedTuple):
    """What is different from the recorded run; empty for what is not.

    ``prompt`` replaces the prompt, ``system`` is a file with a system prompt, ``options`` are more
    arguments for the agent, ``base_ref`` is a commit whose files are used.
    """

    agent: str = ""
    model: str = ""
    prompt: str = ""
    base_ref: str = ""
    system: str = ""
    options: tuple[str, ...] = ()

    @property
    def needs_agent(self) -> bool:
        """Whether only an agent can be varied so."""
        return bool(self.agent or self.model or self.prompt or self.system or self.options)

    def as_data(self) -> JsonObject:
        """As a JSON object; :func:`variation_of` reads it."""
        return {**self._asdict(), "options": list(self.options)}


def variation_of(data: Mapping[str, object]) -> Variation:
    """The variation in a JSON object."""
    options = tuple(words(data.get("options")))
    return Variation(
        text(data.get("agent")),
        text(data.get("model")),
        text(data.get("prompt")),
        text(data.get("base_ref")),
        text(data.get("system")),
        options,
    )


def matrix(
    agents: Sequence[str],
    models: Sequence[str],
    prompts: Sequence[str],
    common: Variation,
) -> list[Variation]:
    """Every agent with every model and every prompt. An agent can bring its own model: ``codex:gpt-5.5``."""
    return [
        common._replace(agent=name, model=own or model, prompt=prompt)
        for (name, own), model, prompt in product(
            map(_agent_and_model, agents or [""]), models or [""], prompts or [""]
        )
    ]


def _agent_and_model(name: str) -> tuple[str, str]:
    agent, _, model = name.partition(":")
    return agent, model


def option_words(options: Iterable[str]) -> tuple[str, ...]:
    """The words of several ``--option`` values. Raises UsageError."""
    found: list[str] = []
    for option in options:
        try:
            found += shlex.split(option)
        except ValueError as error:
            raise UsageError(f"invalid --option {option!r}: {error}") from None
    return tuple(found)


def branch_request(
    task: RecordedTask, variation: Variation, name: str, about: JsonObject
) -> BranchRequest:
    """What to ask of :mod:`agentrec.branches`. Raises UsageError if the program cannot be varied so."""
    base = variation.base_ref
    if not task.is_agent and not variation.agent:
        if variation.needs_agent:
            raise UsageError(
                f"cannot give {task.program or 'the program'} another prompt, model or option:"
                " it is not a known agent",
                "choose one with --agent: " + ", ".join(AGENTS),
            )
        fresh = FreshStart(name, task.argv, base_ref=base, about=about, request=variation.as_data())
        return BranchRequest(headless=True, again=True, fresh=fresh)
    prompt = variation.prompt or task.given_prompt()
    program = os.path.basename(program_of(variation.agent or task.program))
    if program not in AGENTS:
        raise UsageError(f"unknown agent {variation.agent!r}", "use one of " + ", ".join(AGENTS))
    extra = list(_extra_words(program, variation))
    replaced = _replaced(program, extra)
    agent = program_path(variation) if variation.agent else ""
    command = task.argv
    if os.sep in agent and os.path.basename(agent) == task.program:
        command = (agent, *task.argv[1:])  # the same agent, at another place
    fresh = FreshStart(name, command, replaced, base, about, variation.as_data())
    return BranchRequest(prompt, agent, headless=True, extra=tuple(extra), fresh=fresh)


def program_path(variation: Variation) -> str:
    """The agent as it is called: a path, or the program of a name such as ``claude-code``."""
    return variation.agent if os.sep in variation.agent else program_of(variation.agent)


def _extra_words(program: str, variation: Variation) -> Iterator[str]:
    launch = launch_of(program)
    if variation.model:
        yield from (launch.model[0], variation.model)
    if variation.system:
        if not launch.system:
            raise UsageError(f"cannot give {program} a system prompt on its command line")
        path = os.path.abspath(variation.system)
        yield from (word.replace("{file}", path) for word in launch.system)
    yield from variation.options


def _replaced(program: str, extra: Sequence[str]) -> frozenset[str]:
    """The recorded options that the ``extra`` ones stand for: those that may be given once."""
    launch = launch_of(program)
    names = {word.partition("=")[0] for word in extra if word.startswith("-")}
    once = (names & set(launch.grammar.one_value)) - set(launch.repeated)
    if names & set(launch.model):
        once |= set(launch.model)
    if names & set(launch.system) - set(launch.repeated):
        once.add("--system-prompt")
    return frozenset(once)


def label(task: RecordedTask, variation: Variation) -> str:
    """A variation in a few words; secrets are masked."""
    parts = [
        program_of(variation.agent) if variation.agent else task.program,
        variation.model,
        f"at {variation.base_ref}" if variation.base_ref else "",
        "other prompt" if variation.prompt else "",
        f"system {os.path.basename(variation.system)}" if variation.system else "",
        mask_text(shlex.join(variation.options)),
    ]
    return " ".join([os.path.basename(parts[0]), *filter(None, parts[1:])])
