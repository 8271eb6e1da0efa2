"""The files of one session of Claude Code, read together in the order of their records' times."""

from __future__ import annotations

import json
import os
from functools import lru_cache
from typing import TYPE_CHECKING

from agentrec.agents.claude.transcript import ClaudeTranscript
from agentrec.agents.follow.tail import HISTORY_BYTES, Tail, first_record, names
from agentrec.config import read_plain
from agentrec.json_values import text

if TYPE_CHECKING:
    from agentrec.agents.follow.event_builder import EventBuilder
    from agentrec.agents.follow.owners import Owners
    from agentrec.json_values import JsonObject

SUFFIX = ".jsonl"
# Beside the main transcript, in a directory named after it.
SUB_AGENT_FOLDER = "subagents"
SUB_AGENT = "agent-"
META_SUFFIX = ".meta.json"
_META_LIMIT_BYTES = 1 << 20
# How often a sub-agent's description is waited for.
MAX_META_TRIES = 4


class SessionFiles:
    """The files of one conversation: the main transcript and those of its sub-agents.

    Those of a session that is ``stored`` are as they are: no description of a sub-agent is waited for. Older
    versions wrote no descriptions, and the sub-agents of all sessions beside the main transcripts.
    """

    def __init__(
        self,
        builder: EventBuilder,
        path: str,
        owners: Owners,
        *,
        since: float,
        size_before: int,
        stored: bool = False,
    ) -> None:
        self._builder, self._path, self._stored = builder, path, stored
        session_id = os.path.basename(path).removesuffix(SUFFIX)
        self.transcript: ClaudeTranscript = ClaudeTranscript(
            builder, session_id, path, since=since, owners=owners
        )
        self._main = Tail(path, max(0, size_before - HISTORY_BYTES))
        self._sub_agent_tails: dict[str, Tail] = {}
        self._meta_tries: dict[str, int] = {}
        self._looked_beside = False
        self._sub_agent_folder = os.path.join(path.removesuffix(SUFFIX), SUB_AGENT_FOLDER)

    def read(self) -> bool:
        """Feed what is new, of all files in the order of its times; whether there was anything."""
        records = _timed_records(self._main)
        self._find_sub_agents()
        for tail in self._sub_agent_tails.values():
            records += _timed_records(tail)
            self._builder.sub_agent_transcript(tail.path, tail.size)
        for _, record, offset in sorted(records, key=lambda timed: timed[0]):
            self._builder.feed_safely(self.transcript.feed, record, offset)
        for tail in (self._main, *self._sub_agent_tails.values()):
            self._builder.misreads.broken(tail.take_broken())
        return bool(records)

    def _find_sub_agents(self) -> None:
        paths = [
            os.path.join(self._sub_agent_folder, name) for name in names(self._sub_agent_folder)
        ]
        for path in paths + (self._beside() if self._stored else []):
            if not path.endswith(SUFFIX) or path in self._sub_agent_tails:
                continue
            tries = self._meta_tries.get(path, 0)
            if self._read_meta(path) or self._stored or tries >= MAX_META_TRIES:
                self._sub_agent_tails[path] = Tail(path)
            self._meta_tries[path] = tries + 1

    def _beside(self) -> list[str]:
        """Transcripts of sub-agents beside that of the session."""
        if self._looked_beside:
            return []
        self._looked_beside = True
        folder, name = os.path.split(self._path)
        session_id = name.removesuffix(SUFFIX)
        paths = [os.path.join(folder, one) for one in names(folder) if one.startswith(SUB_AGENT)]
        return [path for path in paths if _session_of(path) == session_id]

    def _read_meta(self, path: str) -> bool:
        """Learn about a sub-agent from the small file beside its transcript, once that is written."""
        try:
            meta = json.loads(
                read_plain(path.removesuffix(SUFFIX) + META_SUFFIX, _META_LIMIT_BYTES)
            )
        except (OSError, ValueError, RecursionError):
            return False
        if isinstance(meta, dict):
            agent_id = os.path.basename(path).removesuffix(SUFFIX).removeprefix(SUB_AGENT)
            kind, parent = meta.get("agentType"), meta.get("toolUseId")
            self.transcript.sub_agent(
                agent_id, str(kind or "agent"), parent if isinstance(parent, str) else None
            )
        return True


@lru_cache(1024)
def _session_of(path: str) -> str:
    """The session that a transcript of a sub-agent belongs to."""
    return text(first_record(path).get("sessionId"))


def _timed_records(tail: Tail) -> list[tuple[str, JsonObject, int]]:
    """New records with times that never run backwards within their file: ISO texts, all in UTC."""
    latest = ""
    records = []
    for record, offset in tail.records():
        at = record.get("timestamp")
        latest = max(latest, at if isinstance(at, str) else "")
        records.append((latest, record, offset))
    return records
