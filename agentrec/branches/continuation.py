"""How the child goes on: with the agent's conversation if there is one, else by running the command."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from agentrec.agents.resume.launch import STARTS
from agentrec.agents.resume.resume import Resumption, resume
from agentrec.errors import UsageError
from agentrec.redact import MASK

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agentrec.branches.branch_plan import BranchRequest

NO_CONVERSATION = "none"  # the method of programs without a conversation
NOTHING = Resumption(NO_CONVERSATION, "", [])


def program(header: Mapping[str, Any], point: Mapping[str, Any] | None, agent: str) -> str:
    """What will be run, as far as a name is concerned."""
    argv = _words((point or {}).get("argv")) or _words(header.get("command"))
    return agent or (argv[0] if argv else "run")


def directory(header: Mapping[str, Any], point: Mapping[str, Any] | None) -> str:
    """Where the agent was started then."""
    ran, said = _words(header.get("command")), str(header.get("cwd") or "")
    argv = _words((point or {}).get("argv"))
    if argv and ran and os.path.basename(argv[0]) != os.path.basename(ran[0]):
        return str((point or {}).get("cwd") or said)  # started later, from a recorded shell
    return said


def plan_continuation(
    header: Mapping[str, Any],
    point: Mapping[str, Any] | None,
    wish: BranchRequest,
    cwd: str,
    env: Mapping[str, str],
) -> Resumption:
    """How to go on in ``cwd``. Raises UsageError for what cannot be."""
    if wish.agent and os.path.basename(wish.agent) not in STARTS:
        return _run([wish.agent], wish, f"{wish.agent} is run; it knows nothing of what was said")
    if point is not None:
        return resume(
            point,
            cwd,
            wish.message,
            headless=wish.headless,
            env=env,
            agent=wish.agent or None,
            extra=wish.extra,
        )
    command = _words(header.get("command"))
    name = wish.agent or (command[0] if command else "")
    if os.path.basename(name) in STARTS and (wish.message or wish.agent):
        return _new(name, command, wish, cwd, env)
    if not command:
        raise UsageError("the recording does not say what was run", "name a program with --agent")
    if any(MASK in word for word in command):
        raise UsageError(
            "secrets in the recorded command line are masked: it cannot be run again",
            "name the program with --agent, and its arguments behind --",
        )
    return _run(command, wish, "the command is run again from its start")


def _new(
    name: str, command: list[str], wish: BranchRequest, cwd: str, env: Mapping[str, str]
) -> Resumption:
    """An agent that had not been told anything yet."""
    same = bool(command) and os.path.basename(command[0]) == os.path.basename(name)
    argv = command if same else [name]
    point = {"argv": argv, "agent": os.path.basename(argv[0]), "prompts": []}
    found = resume(point, cwd, wish.message, headless=wish.headless, env=env, extra=wish.extra)
    return replace(
        found, method=NO_CONVERSATION, fidelity="a new conversation: nothing had been said yet"
    )


def _run(command: list[str], wish: BranchRequest, fidelity: str) -> Resumption:
    notes = []
    if wish.message:
        notes.append("the program is not told the message; it stands in the recording")
    return Resumption(NO_CONVERSATION, fidelity, [*command, *wish.extra], notes=notes)


def _words(value: Any) -> list[str]:
    return [str(word) for word in value] if isinstance(value, list) else []
