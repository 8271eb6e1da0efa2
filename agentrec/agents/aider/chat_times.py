"""When things were said, from the files that aider keeps beside its chat history.

``.aider.input.history`` has the time of every prompt, ``.aider.llm.history`` that of every answer, if aider
was told to write it. Their times are local; those that this module gives are ISO 8601, in UTC.
"""

from __future__ import annotations

import hashlib
import os
from datetime import UTC, datetime
from functools import lru_cache
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

from agentrec.config import open_plain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

INPUT_HISTORY, MODEL_HISTORY = ".aider.input.history", ".aider.llm.history"
LINE_LIMIT_BYTES = 32 << 20
_ANSWER, _ANSWER_LINE = "LLM RESPONSE ", "ASSISTANT "
# aider writes a prompt of its command line twice.
_SAME_SECONDS = 0.5


class Said(NamedTuple):
    """That something was said: when (seconds since 1970), and a digest of it."""

    at: float
    digest: bytes


class ChatTimes:
    """The times of what was said in the sessions of the chat history in ``folder``.

    ``since`` and ``until`` (seconds since 1970) are when a session began, and the next one. Each time is
    given once, in order.
    """

    def __init__(self, folder: str, since: float, until: float) -> None:
        prompts, answers = prompts_in(folder), answers_in(folder)
        self._prompts = [one for one in prompts if since <= one.at < until]
        # Of these only the second is known.
        self._answers = [one for one in answers if since <= one.at < until]

    def prompt(self, text: str) -> str | None:
        """When the user said this."""
        return _take(self._prompts, text)

    def answer(self, text: str) -> str | None:
        """When the model had answered this."""
        return _take(self._answers, text)


def prompts_in(folder: str) -> tuple[Said, ...]:
    """The prompts in aider's history of them."""
    return _read(os.path.join(folder, INPUT_HISTORY), _prompts)


def answers_in(folder: str) -> tuple[Said, ...]:
    """The answers in aider's log of model calls."""
    return _read(os.path.join(folder, MODEL_HISTORY), _answers)


def _read(path: str, parse: Callable[[str], Iterator[Said]]) -> tuple[Said, ...]:
    try:
        status = os.stat(path)
    except OSError:
        return ()
    return _read_once(path, parse, status.st_size, status.st_mtime_ns)


@lru_cache(maxsize=4)  # of the many sessions in a directory each asks
def _read_once(
    path: str, parse: Callable[[str], Iterator[Said]], _size: int, _modified: int
) -> tuple[Said, ...]:
    return tuple(parse(path))


def seconds_of(text: str) -> float | None:
    """A local time as aider writes it, in seconds since 1970; None if it is none."""
    try:
        return datetime.fromisoformat(text.strip()).timestamp()
    except (ValueError, OverflowError, OSError):
        return None


def as_at(seconds: float | None) -> str | None:
    """The time as other agents write it."""
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC).isoformat()


def _take(said: list[Said], text: str) -> str | None:
    wanted = _digest(text)
    for index, one in enumerate(said):
        if one.digest == wanted:
            del said[: index + 1]
            while said and said[0].at - one.at < _SAME_SECONDS and said[0].digest == wanted:
                del said[0]
            return as_at(one.at)
    return None


def _digest(text: str) -> bytes:
    plain = "\n".join(line.rstrip() for line in text.splitlines()).strip()
    return hashlib.sha256(plain.encode("utf-8", "surrogatepass")).digest()


def _prompts(path: str) -> Iterator[Said]:
    at: float | None = None
    lines: list[str] = []
    for line in chain(_lines(path), ("# ",)):
        if line.startswith("+"):
            lines.append(line[1:])
        elif line.startswith("# "):
            if at is not None and lines:
                yield Said(at, _digest("\n".join(lines)))
            at, lines = seconds_of(line[2:]), []


def _answers(path: str) -> Iterator[Said]:
    at: float | None = None
    lines: list[str] = []
    for line in chain(_lines(path), ("TO LLM ",)):
        if at is not None and line.startswith(_ANSWER_LINE):
            lines.append(line.removeprefix(_ANSWER_LINE))
            continue
        if at is not None and lines:
            yield Said(at, _digest("\n".join(lines)))
        at, lines = None, []
        if line.startswith(_ANSWER):
            at = seconds_of(line.removeprefix(_ANSWER))


def _lines(path: str) -> Iterator[str]:
    try:
        with open_plain(path) as file:
            while line := file.readline(LINE_LIMIT_BYTES):
                yield line.decode(errors="replace").rstrip("\r\n")
    except OSError:
        return
