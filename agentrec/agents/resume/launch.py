"""How each agent is started with a prompt, read from the ``launch.toml`` of its package.

Keys of that file, all optional:

headless          words in front of the options when it runs without a terminal
headless_prompt   words in front of the prompt then
tui_prompt        words in front of the prompt in a terminal
tui_takes_prompt  false if the command line takes no prompt in a terminal
brings            programs that are installed with it, and are not on PATH
model             its options that name the model; the first one is used
repeated          its options that may be given several times
system            words that give it a file with a system prompt, ``{file}`` stands for the path
same_as           another agent's package, whose file is used instead

and in the table ``options`` the lists of ``cli_options.OptionGrammar``, and of options that exist in one
mode only: ``only_headless``, ``only_tui``.
"""

from __future__ import annotations

import os
import tomllib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from agentrec.agents import AGENTS
from agentrec.agents.resume.cli_options import OptionGrammar, carried_options
from agentrec.errors import UsageError
from agentrec.json_values import JsonObject, table

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from agentrec.agents.resume.resumption import ResumeRequest

_AGENTS_FOLDER = Path(__file__).parents[1]


class Launch(NamedTuple):
    """One agent's ``launch.toml``. ``tui_prompt`` is None if it takes no prompt in a terminal."""

    grammar: OptionGrammar
    headless: tuple[str, ...]
    headless_prompt: tuple[str, ...]
    tui_prompt: tuple[str, ...] | None
    only_headless: Collection[str]
    only_tui: Collection[str]
    brings: Collection[str]
    model: tuple[str, ...] = ("--model", "-m")
    system: tuple[str, ...] = ()
    repeated: Collection[str] = ()


@cache
def launch_of(program: str) -> Launch:
    """Return how ``program``, one of AGENTS, is started."""
    return _decode(_read(AGENTS[program].package))


def _read(package: str) -> JsonObject:
    path = _AGENTS_FOLDER / package / "launch.toml"
    data: JsonObject = tomllib.loads(path.read_text(encoding="utf-8"))
    other = data.get("same_as")
    return _read(other) if isinstance(other, str) else data


def _decode(data: Mapping[str, object]) -> Launch:
    options = table(data.get("options"))
    lists = {name: frozenset(_words(options, name)) for name in OptionGrammar._fields}
    return Launch(
        OptionGrammar(**lists),
        headless=_words(data, "headless"),
        headless_prompt=_words(data, "headless_prompt"),
        tui_prompt=_words(data, "tui_prompt") if data.get("tui_takes_prompt", True) else None,
        only_headless=frozenset(_words(options, "only_headless")),
        only_tui=frozenset(_words(options, "only_tui")),
        brings=frozenset(_words(data, "brings")),
        model=_words(data, "model") or Launch._field_defaults["model"],
        system=_words(data, "system"),
        repeated=frozenset(_words(data, "repeated")),
    )


def _words(data: Mapping[str, object], name: str) -> tuple[str, ...]:
    words = data.get(name, [])
    return tuple(str(word) for word in words) if isinstance(words, list) else ()


def recorded_options(request: ResumeRequest) -> tuple[list[str], list[str]]:
    """Return options of the recorded command line that carry over, and notes; none for another program."""
    argv = request.point.argv
    program = os.path.basename(request.program)
    if not argv or os.path.basename(argv[0]) != program:
        return [], []
    launch = launch_of(program)
    carried = carried_options(argv[1:], launch.grammar, request.point.start_directory)
    other_mode = launch.only_tui if request.headless else launch.only_headless
    return carried.words(without={*other_mode, *request.without}), carried.notes


def takes_message(request: ResumeRequest) -> bool:
    """Return whether the program can be given a message on its command line, in that mode."""
    program = os.path.basename(request.program)
    return program in AGENTS and (request.headless or launch_of(program).tui_prompt is not None)


def command_line(
    request: ResumeRequest, message: str, extra: Sequence[str] = ()
) -> tuple[list[str], list[str]]:
    """Return the command line that starts the agent with ``message``, and notes.

    ``extra`` comes after the recorded options. Raises UsageError for an agent that cannot get the message.
    """
    program = os.path.basename(request.program)
    if program not in AGENTS:
        raise not_an_agent(program)
    launch = launch_of(program)
    options, notes = recorded_options(request)
    if message.startswith("-"):
        message = f" {message}"  # or it would be an option
    if request.headless:
        prompt = [*launch.headless_prompt, message]
        return [request.program, *launch.headless, *options, *extra, *prompt], notes
    argv = [request.program, *options, *extra]
    if not message:
        return argv, notes
    if launch.tui_prompt is None:
        raise UsageError(
            f"{program} takes no message on its command line in a terminal",
            "use --headless, or leave the message out and type it in the program",
        )
    return [*argv, *launch.tui_prompt, message], notes


def not_an_agent(program: str) -> UsageError:
    """Return the error for a message to a program that is none of AGENTS."""
    return UsageError(
        f"cannot give {program} a message: it is not a known agent",
        "leave the message out (--again runs the same command again), or choose one with --agent: "
        + ", ".join(AGENTS),
    )
