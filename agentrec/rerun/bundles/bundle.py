"""What is in a bundle, and its JSON: `agentrec.bundle/v1` and `kodelyth.session-bundle/v1`."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from agentrec.json_values import JsonObject

SCHEMA = "agentrec.bundle/v1"
KODELYTH = "kodelyth.session-bundle/v1"
# Of one with characters beyond ASCII: a single one can make all others take four bytes of memory, too.
MAX_TEXT_BYTES = 16 << 20


@dataclass(slots=True)
class Worker:
    """One task: what an agent was asked, and what came of it.

    ``handoff`` is its last message, ``status`` how it ended. ``options`` are those of the agent's command
    line, for people to read. ``files`` are those that differ from ``base_commit`` at the start, by path (see
    ``bundle_files``); None if they are not in the bundle. ``expected`` is the recorded outcome.
    """

    slug: str
    task: str
    handoff: str = ""
    status: str = ""
    agent: str = ""
    model: str = ""
    options: list[str] = field(default_factory=list)
    base_commit: str = ""
    files: dict[str, JsonObject] | None = None
    expected: JsonObject = field(default_factory=dict)
    signed: JsonObject = field(default_factory=dict)


@dataclass(slots=True)
class Bundle:
    """A session: its workers, and what is said about all of them.

    ``agents``, ``harness`` and ``base_ref`` are kept as they were read: whoever wrote them knows their shape.
    """

    session: str
    exported_at: str
    exported_by: str
    workers: list[Worker]
    task: str = ""
    agents: object = None
    harness: object = None
    base_ref: object = None
    masked: dict[str, int] = field(default_factory=dict)

    def as_data(self) -> JsonObject:
        """As `agentrec.bundle/v1`."""
        return {
            **self._head(SCHEMA),
            "workers": [_worker_data(worker) for worker in self.workers],
            "masked": self.masked,
        }

    def as_kodelyth(self) -> JsonObject:
        """As `kodelyth.session-bundle/v1`, which has no place for the rest."""
        names = ("slug", "task", "handoff", "status")
        workers = [{name: getattr(worker, name) for name in names} for worker in self.workers]
        return {**self._head(KODELYTH), "workers": workers}

    def _head(self, schema: str) -> JsonObject:
        meta = {
            "task": self.task,
            "agents": self.agents,
            "harness": self.harness,
            "base_ref": self.base_ref,
        }
        return {
            "schema": schema,
            "session": self.session,
            "exported_at": self.exported_at,
            "exported_by": self.exported_by,
            "meta": meta,
        }


def bundle_text(data: JsonObject) -> str:
    """The JSON of a bundle, a value a line: two bundles can be compared by any diff."""
    text = json.dumps(data, indent=1, ensure_ascii=False) + "\n"
    if not text.isascii() and len(text.encode(errors="surrogatepass")) > MAX_TEXT_BYTES:
        return json.dumps(data, indent=1) + "\n"
    return text


def _worker_data(worker: Worker) -> JsonObject:
    return {
        "slug": worker.slug,
        "task": worker.task,
        "handoff": worker.handoff,
        "status": worker.status,
        "agent": worker.agent,
        "model": worker.model,
        "options": worker.options,
        "base_commit": worker.base_commit,
        "files": worker.files,
        "expected": worker.expected,
        **({"signed": worker.signed} if worker.signed else {}),
    }
