"""An agent started again with its conversation as it was at a point, and a new message.

The conversation is a *copy* of the agent's transcript, cut at the point; the original is only read.
If that is not possible, the user's prompts so far are repeated in one message.
"""

from __future__ import annotations

import os
from importlib import import_module
from typing import TYPE_CHECKING

from agentrec.agents import AGENTS, program_of
from agentrec.agents.resume import prompt_replay
from agentrec.agents.resume.point import ResumePoint
from agentrec.agents.resume.resumption import (
    ResumeRequest,
    Resumption,
    TranscriptError,
    no_copies,
)
from agentrec.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from agentrec.agents.resume.resumption import KeptTranscripts


def resume(
    point: Mapping[str, object],
    new_cwd: str,
    message: str,
    *,
    headless: bool,
    env: Mapping[str, str],
    agent: str | None = None,
    extra: Sequence[str] = (),
    kept: KeptTranscripts = no_copies,
    without: Collection[str] = (),
) -> Resumption:
    """Return how to continue from ``point`` (see ``point.point_at``) in ``new_cwd`` with ``message``.

    Nothing is written, and ``new_cwd`` need not exist yet. ``env`` is the environment that the agent
    will have. ``agent`` names another agent than the recorded one; ``extra`` are more arguments for
    it. An empty ``message`` leaves an interactive agent waiting for one. ``kept`` gives the copies
    that were kept of a transcript. ``without`` names options of the recorded command line that are left
    out. Raises UsageError.
    """
    if headless and not message.strip():
        raise UsageError(
            "cannot start an agent without a terminal and without a message",
            "pass a message with -m",
        )
    decoded = ResumePoint.decode(point)
    recorded = _recorded_program(decoded)
    program = agent or recorded
    if not program:
        raise UsageError("the recording does not say which agent ran", "choose one with --agent")
    same = _base_name(program) == _base_name(recorded) or agent == decoded.agent
    request = ResumeRequest(
        decoded,
        new_cwd,
        message,
        headless,
        env,
        tuple(extra),
        recorded if same else program,
        kept,
        without,
    )
    resumption = _resumption(request, _base_name(recorded), same=same)
    if decoded.missed:
        tools = "1 tool has" if decoded.missed == 1 else f"{decoded.missed} tools have"
        resumption.notes.append(f"{tools} returned since this point of the conversation")
    return resumption


def _resumption(request: ResumeRequest, recorded: str, *, same: bool) -> Resumption:
    """Use the module of the ``recorded`` agent, or repeat the user's prompts."""
    if not same:
        name = _base_name(request.program)
        reason = f"{name} cannot read conversations of {recorded}"
        return prompt_replay.resumption(request, reason)
    agent = AGENTS.get(recorded)
    is_new = request.point.offset is None and not request.point.transcript
    if agent is None or not agent.resumable or is_new:
        return prompt_replay.resumption(request)
    module = import_module(f"agentrec.agents.{agent.package}.resume")
    try:
        resumption: Resumption = module.resumption(request)
    except TranscriptError as error:
        return prompt_replay.resumption(request, str(error))
    if not os.path.exists(request.point.transcript):
        resumption.notes.append("the agent's own transcript is gone: a copy of it is used")
    return resumption


def _recorded_program(point: ResumePoint) -> str:
    """Return what was run: as it was called, or the program of this agent."""
    return point.argv[0] if point.argv else program_of(point.agent)


def _base_name(program: str) -> str:
    return os.path.basename(program_of(program))
