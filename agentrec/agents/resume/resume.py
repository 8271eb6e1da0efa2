"""An agent started again with its conversation as it was at a point, and a new message.

The conversation is a *copy* of the agent's transcript, cut at the point; the original is only read.
Where there is nothing to cut, the user's words so far are given again in one message.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING, Any

from agentrec.agents.resume.point import cleaned
from agentrec.atomic import PART, replacing
from agentrec.errors import AgentrecError, OutputError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

CHECKPOINT = "checkpoint"  # the agent itself goes back
TRIMMED = "trimmed-transcript"
WHOLE = "the whole conversation up to this point, as it was"
REPLAYED = "replayed-prompts"

# name of the program -> module here with ``resumption(request)``
RESUMERS = {
    "claude": "claude.resume",
    "codex": "codex.resume",
    "pi": "pi.resume",
    "qwen": "qwen.resume",
}
# Names that an agent has in a recording, where its program is called otherwise.
PROGRAMS = {
    "claude-code": "claude",
    "gemini-cli": "gemini",
    "mini-swe-agent": "mini",
    "qwen-code": "qwen",
}


class CannotCutError(AgentrecError):
    """The transcript cannot be cut at the point; the message says why, in one line."""


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked for: see :func:`resume`. ``program`` is what to run."""

    point: Mapping[str, Any]
    new_cwd: str
    message: str
    headless: bool
    env: Mapping[str, str]
    extra: Sequence[str]
    program: str


@dataclass(frozen=True, slots=True)
class Resumption:
    """How the agent goes on.

    ``fidelity`` is a sentence for the user: what it will know. ``notes`` are lines on what differs.
    ``argv`` is the whole command line, to be run in the new directory with ``env`` added to the
    environment. ``files`` are the copies that ``prepare`` writes; none of them exists before.
    """

    method: str
    fidelity: str
    argv: list[str]
    env: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    copies: Mapping[str, Callable[[], Iterable[bytes]]] = field(default_factory=dict)

    @property
    def files(self) -> list[str]:
        """Paths of the copies."""
        return list(self.copies)

    def prepare(self) -> None:
        """Write the copies: each at once and whole, for the owner only, never over another file.

        Raises OutputError, or CannotCutError when the transcript has changed since; then nothing is
        left behind.
        """
        done: list[str] = []
        try:
            for path, content in self.copies.items():
                _write(path, content())
                done.append(path)
        except OSError as error:
            discard(done)
            said = f"cannot write the conversation to {path}: {error.strerror}"
            raise OutputError(said) from None
        except AgentrecError:
            discard(done)
            raise

    def discard(self) -> None:
        """Remove the copies again, and directories that are empty then. Safe to repeat."""
        discard(self.files)


def resume(
    point: Mapping[str, Any],
    new_cwd: str,
    message: str,
    *,
    headless: bool,
    env: Mapping[str, str],
    agent: str | None = None,
    extra: Sequence[str] = (),
) -> Resumption:
    """How to go on from ``point`` (see ``points.point_at``) in ``new_cwd`` with ``message``.

    Nothing is written, and ``new_cwd`` need not exist yet. ``env`` is the environment that the agent
    will have. ``agent`` names another agent than the recorded one; ``extra`` are more arguments for
    it. An empty ``message`` leaves an interactive agent waiting for one. Raises UsageError.
    """
    if headless and not message.strip():
        raise UsageError("an agent without a terminal needs a message", "give one with -m")
    point = cleaned(point)
    recorded = _program(point)
    program = agent or recorded
    if not program:
        raise UsageError("the recording does not say which agent it was", "name one with --agent")
    same = _name(program) == _name(recorded) or agent == point.get("agent")
    request = Request(
        point, new_cwd, message, headless, env, tuple(extra), recorded if same else program
    )
    found = _resumption(request, recorded, same=same)
    if missed := point.get("missed"):
        what = "1 tool has" if missed == 1 else f"{missed} tools have"
        found.notes.append(f"{what} returned since the conversation stood at this point")
    return found


def _resumption(request: Request, recorded: str, *, same: bool) -> Resumption:
    """By the agent's own module; else with the user's words."""
    module = RESUMERS.get(_name(recorded))
    if not same:
        name = _name(request.program)
        return replayed(request, f"{name} cannot read the conversation of {_name(recorded)}")
    if module is None:
        return replayed(request)
    try:
        found: Resumption = import_module(f"agentrec.agents.{module}").resumption(request)
    except CannotCutError as error:
        return replayed(request, str(error))
    return found


def replayed(request: Request, why: str = "") -> Resumption:
    """A new conversation that begins with the user's words so far. ``why`` it is not the old one."""
    from agentrec.agents.resume import prompt_replay

    argv, notes = prompt_replay.command(request, prompt_replay.again(request), request.extra)
    return Resumption(
        REPLAYED,
        "a new conversation: your words so far are given again in one message; "
        "what the agent said, did and read is not",
        argv,
        notes=[*([why] if why else []), *notes],
    )


def trimmed(
    request: Request,
    session: Sequence[str],
    *,
    env: dict[str, str],
    copies: Mapping[str, Callable[[], Iterable[bytes]]],
) -> Resumption:
    """An agent whose option ``session`` opens a copy, exactly as if it were its own conversation."""
    from agentrec.agents.resume import prompt_replay

    words = [*request.extra, *session]
    argv, notes = prompt_replay.command(request, request.message, words)
    notes += prompt_replay.place(request)
    return Resumption(TRIMMED, WHOLE, argv, env, notes, copies)


def discard(files: Iterable[str]) -> None:
    """Remove copies that ``prepare`` wrote, also after the process that did is gone."""
    for path in files:
        folder, name = os.path.split(path)
        try:
            for found in os.listdir(folder):
                if found == name or (found.startswith(f"{name}.") and found.endswith(PART)):
                    os.unlink(os.path.join(folder, found))
            os.rmdir(folder)
        except OSError:
            continue  # it holds other conversations, or is gone


def agent_home(request: Request, variable: str, default: str) -> tuple[str, dict[str, str]]:
    """The agent's own directory, and the ``variable`` that names it if that has to be set again.

    ``default`` is its place below the user's home.
    """
    before = str(request.point.get("home", {}).get(variable, ""))
    now = request.env.get(variable) or ""
    if now:
        return os.path.join(request.new_cwd, os.path.expanduser(now)), {}
    if _is_ours(before):
        return before, {variable: before}
    return os.path.join(request.env.get("HOME") or os.path.expanduser("~"), default), {}


def _is_ours(folder: str) -> bool:
    """A directory of our user: what stands in a recording may be anybody's, settings of an agent run code."""
    try:
        return os.path.isabs(folder) and os.stat(folder).st_uid == os.geteuid()
    except OSError:
        return False


def _program(point: Mapping[str, Any]) -> str:
    """What was run: as it was called, or as this agent's program is called."""
    if point["argv"]:
        return str(point["argv"][0])
    agent = str(point.get("agent", ""))
    return PROGRAMS.get(agent, agent)


def _name(program: str) -> str:
    return os.path.basename(PROGRAMS.get(program, program))


def _write(path: str, content: Iterable[bytes]) -> None:
    """All of it or nothing. Raises OSError, FileExistsError too."""
    os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
    with replacing(path, overwrite=False) as fd, open(fd, "wb", closefd=False) as file:
        file.writelines(content)
