"""How the child continues: with the agent's conversation if there is one, else by running the command."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING

from agentrec.agents import AGENTS
from agentrec.agents.resume.launch import not_an_agent
from agentrec.agents.resume.point import ResumePoint
from agentrec.agents.resume.resume import resume
from agentrec.agents.resume.resumption import Resumption
from agentrec.errors import UsageError
from agentrec.json_values import words
from agentrec.redact import MASK
from agentrec.text import plural
from agentrec.times import format_clock

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from agentrec.branches.branch_plan import BranchRequest, FreshStart
    from agentrec.branches.branch_point import Origin

NO_CONVERSATION = "none"  # the method of programs without a conversation


def program(origin: Origin, request: BranchRequest) -> str:
    """The name of what will be run."""
    argv = _agent_argv(origin) or _command(origin)
    if request.fresh and request.fresh.command:
        argv = list(request.fresh.command)
    return request.agent or (argv[0] if argv else "run")


def directory(origin: Origin) -> str:
    """Where the agent was started."""
    command, cwd = _command(origin), str(origin.header.get("cwd") or "")
    argv = _agent_argv(origin)
    if argv and command and os.path.basename(argv[0]) != os.path.basename(command[0]):
        # Started later, from a recorded shell.
        return str((origin.point.conversation or {}).get("cwd") or cwd)
    return ResumePoint.decode(origin.point.conversation or {}).own_worktree or cwd


def check_again(request: BranchRequest) -> None:
    """Raises UsageError if the same command is requested together with something that it does not get."""
    if request.again and (request.message or request.agent):
        raise UsageError(
            "cannot run the same command again with a message or another agent",
            "leave out --again, or --message and --agent",
        )


def plan_continuation(
    origin: Origin, request: BranchRequest, cwd: str, env: Mapping[str, str]
) -> Resumption:
    """How to continue in ``cwd``. Raises UsageError if that is not possible."""
    if request.again:
        return _run_again(_command(origin), request)
    if request.fresh:
        return _start_fresh(request.fresh, request, cwd, env)
    if request.agent and os.path.basename(request.agent) not in AGENTS:
        fidelity = f"{request.agent} starts without the earlier conversation"
        return _run([request.agent], request, fidelity)
    conversation = origin.point.conversation
    if conversation is None:
        _check_silence(origin)
        return _without_conversation(_command(origin), request, cwd, env)
    return resume(
        {**conversation, "workspace": origin.workspace},
        cwd,
        request.message,
        headless=request.headless,
        env=env,
        agent=request.agent or None,
        extra=request.extra,
        kept=origin.kept_transcripts,
    )


def _check_silence(origin: Origin) -> None:
    """Raises UsageError if something had been said that does not belong to the files for certain."""
    point = origin.point
    if point.messages:
        raise UsageError(
            f"cannot continue the conversation at {format_clock(point.t, fraction=True)}: "
            f"{plural(point.messages, 'message')} had been exchanged, but which belong to the files of "
            f"{point.recorded.id} is unknown",
            "choose a later point, or --again to run the same command again",
        )


def _without_conversation(
    command: Sequence[str], request: BranchRequest, cwd: str, env: Mapping[str, str]
) -> Resumption:
    """Nothing had been said yet, or the program has no conversation."""
    name = request.agent or (command[0] if command else "")
    if os.path.basename(name) in AGENTS and (request.message or request.agent):
        return _new_conversation(name, command, request, cwd, env)
    return _run_again(command, request)


def _start_fresh(
    fresh: FreshStart, request: BranchRequest, cwd: str, env: Mapping[str, str]
) -> Resumption:
    """A new conversation, whatever had been said."""
    name = request.agent or fresh.command[0]
    if os.path.basename(name) not in AGENTS:
        raise not_an_agent(os.path.basename(name))
    resumption = _new_conversation(name, fresh.command, request, cwd, env)
    return replace(resumption, fidelity="a new conversation: the task is given again")


def _run_again(command: Sequence[str], request: BranchRequest) -> Resumption:
    """The recorded command, from its start."""
    if not command:
        raise UsageError("the recording does not say what was run", "choose a program with --agent")
    if any(MASK in word for word in command):
        raise UsageError(
            "cannot run the command again: secrets in the recorded command line are masked",
            "pass the program with --agent, and its arguments after --",
        )
    return _run(command, request, "the command is run again from its start")


def _new_conversation(
    name: str, command: Sequence[str], request: BranchRequest, cwd: str, env: Mapping[str, str]
) -> Resumption:
    """An agent that had not been told anything yet."""
    same = bool(command) and os.path.basename(command[0]) == os.path.basename(name)
    argv = list(command) if same else [name]
    point = {"argv": argv, "agent": os.path.basename(argv[0]), "prompts": []}
    resumption = resume(
        point,
        cwd,
        request.message,
        headless=request.headless,
        env=env,
        extra=request.extra,
        without=request.fresh.without if request.fresh else (),
    )
    fidelity = "a new conversation: nothing had been said yet"
    return replace(resumption, method=NO_CONVERSATION, fidelity=fidelity)


def _run(command: Sequence[str], request: BranchRequest, fidelity: str) -> Resumption:
    """Raises UsageError for a message: the program would not get it."""
    if request.message:
        raise not_an_agent(os.path.basename(command[0]))
    return Resumption(NO_CONVERSATION, fidelity, [*command, *request.extra])


def _agent_argv(origin: Origin) -> list[str]:
    return words((origin.point.conversation or {}).get("argv"))


def _command(origin: Origin) -> list[str]:
    return words(origin.header.get("command"))
