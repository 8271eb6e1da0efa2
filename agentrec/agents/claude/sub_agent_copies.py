"""The transcripts of sub-agents for a session that continues another: the main agent can write to them again.

Each is cut where it was at the point. Claude Code 2.1.197 continues a sub-agent from
``SESSION/subagents/agent-ID.jsonl``, and reads its type from the small file beside it.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from agentrec.agents.claude.session_files import META_SUFFIX, SUB_AGENT_FOLDER, SUFFIX
from agentrec.agents.resume.resumption import TranscriptError
from agentrec.agents.resume.transcript_prefix import parsed_record
from agentrec.agents.resume.transcript_source import TranscriptSource
from agentrec.json_values import text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from agentrec.agents.resume.resumption import ResumeRequest
    from agentrec.json_values import JsonObject

_DEFAULT_KIND = "general-purpose"


def sub_agent_copies(
    request: ResumeRequest, copy: str, changed: Mapping[str, object]
) -> dict[str, Callable[[], Iterable[bytes]]]:
    """The files for the session whose main transcript is at ``copy``, as ``Resumption.copies``.

    ``changed`` are values of records that are others now. A transcript that is gone is left out.
    """
    folder = os.path.join(copy.removesuffix(SUFFIX), SUB_AGENT_FOLDER)
    own = os.path.join(request.point.transcript.removesuffix(SUFFIX), SUB_AGENT_FOLDER)
    files: dict[str, Callable[[], Iterable[bytes]]] = {}
    for path, size in request.point.sub_agents.items():
        folder_of_it, name = os.path.split(path)
        prefix = _found(request, path, size)
        if prefix and folder_of_it == own and name.endswith(SUFFIX):
            files[os.path.join(folder, name)] = partial(prefix.lines, changed)
            name = name.removesuffix(SUFFIX) + META_SUFFIX
            files[os.path.join(folder, name)] = partial(_meta, prefix.kind)
    return files


@dataclass(frozen=True, slots=True)
class _Prefix:
    """The first ``size`` bytes of a transcript, of a sub-agent of that ``kind``."""

    source: TranscriptSource
    size: int
    kind: str

    def lines(self, changed: Mapping[str, object]) -> Iterator[bytes]:
        """Each record as a line, with the values that are ``changed``. Raises TranscriptError."""
        for record in _records(self.source, self.size):
            yield json.dumps({**record, **changed}).encode() + b"\n"


def _found(request: ResumeRequest, path: str, size: int) -> _Prefix | None:
    """The transcript, or a copy that was kept of it; None if nothing has that much of it."""
    kept = [TranscriptSource(path, open_copy) for open_copy in request.kept(path)]
    for source in (*kept, TranscriptSource(path)):
        try:
            kinds = [text(record.get("attributionAgent")) for record in _records(source, size)]
        except TranscriptError:
            continue
        return _Prefix(source, size, next(filter(None, kinds), _DEFAULT_KIND))
    return None


def _records(source: TranscriptSource, size: int) -> Iterator[JsonObject]:
    position = 0
    for line in source.lines():
        position += len(line)
        if position > size:
            return
        if record := parsed_record(line):
            yield record
    if position < size:
        raise TranscriptError(f"{source.path} is shorter than it was")


def _meta(kind: str) -> list[bytes]:
    return [json.dumps({"agentType": kind}).encode()]
