"""The files of one session of Claude Code, read together in the order of their records' times."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

from agentrec.agents.claude.transcript import ClaudeTranscript
from agentrec.agents.follow.tail import HISTORY_BYTES, Tail, names
from agentrec.config import read_plain

if TYPE_CHECKING:
    from agentrec.agents.follow.event_builder import EventBuilder
    from agentrec.agents.follow.owners import Owners
    from agentrec.json_values import JsonObject

SUFFIX = ".jsonl"
# Beside the main transcript, in a directory named after it.
SUB_AGENT_FOLDER = "subagents"
META_SUFFIX = ".meta.json"
_META_LIMIT_BYTES = 1 << 20
# How often a sub-agent's description is waited for.
MAX_META_TRIES = 4


class SessionFiles:
    """The files of one conversation: the main transcript and those of its sub-agents."""

    def __init__(
        self, builder: EventBuilder, path: str, owners: Owners, *, since: float, size_before: int
    ) -> None:
        self._builder = builder
        session_id = os.path.basename(path).removesuffix(SUFFIX)
        self.transcript: ClaudeTranscript = ClaudeTranscript(
            builder, session_id, path, since=since, owners=owners
        )
        self._main = Tail(path, max(0, size_before - HISTORY_BYTES))
        self._sub_agent_tails: dict[str, Tail] = {}
        self._meta_tries: dict[str, int] = {}
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
        for name in names(self._sub_agent_folder):
            if not name.endswith(SUFFIX) or name in self._sub_agent_tails:
                continue
            path = os.path.join(self._sub_agent_folder, name)
            tries = self._meta_tries.get(name, 0)
            if self._read_meta(path) or tries >= MAX_META_TRIES:
                self._sub_agent_tails[name] = Tail(path)
            self._meta_tries[name] = tries + 1

    def _read_meta(self, path: str) -> bool:
        """Learn about a sub-agent from the small file beside its transcript, once that is written."""
        try:
            meta = json.loads(
                read_plain(path.removesuffix(SUFFIX) + META_SUFFIX, _META_LIMIT_BYTES)
            )
        except (OSError, ValueError, RecursionError):
            return False
        if isinstance(meta, dict):
            agent_id = os.path.basename(path).removesuffix(SUFFIX).removeprefix("agent-")
            kind, parent = meta.get("agentType"), meta.get("toolUseId")
            self.transcript.sub_agent(
                agent_id, str(kind or "agent"), parent if isinstance(parent, str) else None
            )
        return True


def _timed_records(tail: Tail) -> list[tuple[str, JsonObject, int]]:
    """New records with times that never run backwards within their file: ISO texts, all in UTC."""
    latest = ""
    records = []
    for record, offset in tail.records():
        at = record.get("timestamp")
        latest = max(latest, at if isinstance(at, str) else "")
        records.append((latest, record, offset))
    return records
