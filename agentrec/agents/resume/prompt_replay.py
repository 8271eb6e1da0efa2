"""The user's words of a conversation, given again in the first message of a new one."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from agentrec.agents.resume.launch import STARTS, carried
from agentrec.agents.resume.transcript_prefix import moved, started_in
from agentrec.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agentrec.agents.resume.resume import Request

LIMIT = 64 << 10  # bytes of the message: one argument of a command line is limited by the system
SAID = 2000  # characters of what was said last
OPENING = (
    "This continues earlier work in this directory. The files are as they were at that point: do not "
    "redo what is done. What I asked then, in order:"
)


def message(prompts: Sequence[str], last: str, words: str) -> str:
    """One message: the ``prompts`` so far, what was said ``last``, and the new ``words``."""
    if not prompts:
        return words
    asked = "\n\n".join(f"{number}. {text}" for number, text in enumerate(prompts, 1))
    parts = [OPENING, asked]
    if last:
        parts.append("What was said or returned last:\n\n" + last[:SAID])
    parts.append("What I ask now:\n\n" + words if words else "Now go on.")
    whole = "\n\n".join(parts)
    if len(whole.encode()) <= LIMIT:
        return whole
    return message(_shorter(prompts), last, words) if len(prompts) > 1 else words


def _shorter(prompts: Sequence[str]) -> list[str]:
    """Without the second one: the first names the task, the newest where it stands."""
    return [prompts[0], *prompts[2:]] if len(prompts) > 2 else list(prompts[-1:])


def again(request: Request) -> str:
    """The message for the agent that ``request`` asks for."""
    point = request.point
    return message(point["prompts"], str(point.get("result", "")), request.message)


def command(request: Request, text: str, extra: Sequence[str] = ()) -> tuple[list[str], list[str]]:
    """The command line that starts an agent with ``text``, and notes.

    ``extra`` stands behind the recorded options. Raises UsageError for an unknown agent.
    """
    name = os.path.basename(request.program)
    start = STARTS.get(name)
    if start is None:
        known = ", ".join(STARTS)
        raise UsageError(f"how to start {name!r} with a message is not known", f"known: {known}")
    options, notes = _options(request)
    text = f" {text}" if text.startswith("-") else text  # else it would be an option
    if request.headless:
        tail = [*start.headless_prompt, text]
        return [request.program, *start.headless, *options, *extra, *tail], notes
    argv = [request.program, *options, *extra]
    if not text:
        return argv, notes
    if start.tui_prompt is None:
        return argv, [*notes, f"{name} takes no message at its start: type it there"]
    return [*argv, *start.tui_prompt, text], notes


def place(request: Request) -> list[str]:
    """What has to be said about the directory of the conversation."""
    found = moved(request.point, request.new_cwd)
    return [f"paths inside earlier messages still name {found[0]}"] if found else []


def _options(request: Request) -> tuple[list[str], list[str]]:
    """The recorded options, if it is the same program."""
    argv = request.point["argv"]
    name = os.path.basename(request.program)
    if not argv or os.path.basename(argv[0]) != name:
        return [], []
    return carried(STARTS[name], argv, started_in(request.point), headless=request.headless)
