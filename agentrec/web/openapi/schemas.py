"""Schemas of responses. Times are in seconds since the start and sizes in bytes, unless noted."""

from __future__ import annotations

from agentrec.web.openapi.parts import (
    ANY_OBJECT,
    COUNT,
    FLAG,
    NUMBER,
    TEXT,
    Schema,
    array,
    maybe,
    one_of,
    record,
    ref,
)

_WHEN = {"type": "string", "format": "date-time"}
_INT = {"type": "integer"}
_TEXTS = array(TEXT)
_SPAN = {"type": "array", "items": NUMBER, "minItems": 2, "maxItems": 2}

_SESSION: dict[str, Schema] = {
    "id": TEXT,
    "file": TEXT,
    "created": _WHEN,
    "duration": maybe(NUMBER),
    "size": COUNT,
    "raw": maybe(COUNT),
    "command": _TEXTS,
    "title": TEXT,
    "tags": _TEXTS,
    "prompt": TEXT,
    "agent": TEXT,
    "program": TEXT,
    "project": TEXT,
    "cwd": TEXT,
    "state": one_of("live", "complete", "torn", "damaged", "encrypted"),
    "exit_code": maybe(_INT),
    "exit_signal": maybe(_INT),
    "failed": maybe(FLAG),
    "parent": maybe(record({"id": TEXT, "relation": TEXT})),
    "signed_by": maybe(TEXT),
    "events": maybe(COUNT),
    "moments": maybe(COUNT),
    "snapshots": maybe(COUNT),
    "turns": maybe(COUNT),
    "errors": maybe(COUNT),
    "tokens": maybe(COUNT),
    "without_price": maybe(COUNT),
    "damage": COUNT,
    "cost_usd": maybe(NUMBER),
    "index_complete": FLAG,
}

_STEP = record({"step": COUNT, "t": NUMBER, "kind": TEXT, "text": TEXT})
_TOKENS = dict.fromkeys(("calls", "input", "output", "cache_read", "cache_write"), COUNT)

SCHEMAS: dict[str, Schema] = {
    # Of a merge that was refused: both sides of each file, and the branches they are on.
    "Problem": record(
        {"type": TEXT, "title": TEXT, "status": _INT},
        {
            "detail": TEXT,
            "hint": TEXT,
            "base": TEXT,
            "branch": TEXT,
            "conflicts": array(
                record(
                    {
                        "path": TEXT,
                        "base": TEXT,
                        "transaction": TEXT,
                        "before": TEXT,
                        "merged": TEXT,
                        "truncated": FLAG,
                    }
                )
            ),
            "total": COUNT,
        },
    ),
    "Service": record({"name": TEXT, "version": TEXT, "folders": _TEXTS, "recordings": COUNT}),
    "Session": record(_SESSION),
    "SessionList": record(
        {
            "sessions": array(ref("Session")),
            "total": COUNT,
            "limit": COUNT,
            "offset": COUNT,
            "unreadable": array(record({"path": TEXT, "reason": TEXT})),
        }
    ),
    "SessionDetail": record(
        {
            **_SESSION,
            "header": ANY_OBJECT,
            "cols": COUNT,
            "rows": COUNT,
            "live": FLAG,
            "by_kind": ANY_OBJECT,
            "exit": maybe(ANY_OBJECT),
            "redacted": ANY_OBJECT,
            "hasInput": FLAG,
            "embed": maybe(TEXT),
        }
    ),
    "Moment": record(
        {"id": TEXT, "ts": NUMBER, "label": TEXT, "kind": one_of("auto", "manual"), "type": TEXT},
        {"seq": COUNT, "source": TEXT},
    ),
    "Note": record({"id": TEXT, "ts": NUMBER, "text": TEXT, "source": TEXT}, {"answers": TEXT}),
    "FsSnapshot": record(
        {
            "id": TEXT,
            "ts": NUMBER,
            "label": TEXT,
            "provider": TEXT,
            "snapshot": record({"id": TEXT, "size_bytes": COUNT}),
            "branchable": FLAG,
        },
        {"seq": COUNT, "reason": TEXT, "files": COUNT, "changed": COUNT, "note": TEXT},
    ),
    "Timeline": record(
        {
            "sessionId": TEXT,
            "durationSec": NUMBER,
            "live": FLAG,
            "recording": record(
                {"format": TEXT, "uri": TEXT, "width": COUNT, "height": COUNT, "hasInput": FLAG}
            ),
            "moments": array(ref("Moment")),
            "fsSnapshots": array(ref("FsSnapshot")),
            "branches": array(
                record({"id": TEXT, "ts": maybe(NUMBER), "relation": TEXT, "state": TEXT})
            ),
        }
    ),
    "Activity": record(
        {
            "durationSec": NUMBER,
            "output": array(COUNT),
            "input": array(COUNT),
            "idle": array(_SPAN),
            "resizes": array({"type": "array", "items": NUMBER, "minItems": 3, "maxItems": 3}),
            "exit": maybe(NUMBER),
        }
    ),
    # As in the text twin: `t` in nanoseconds, bytes that are not UTF-8 in `b64` instead of `data`.
    "Event": record(
        {"seq": COUNT, "t": COUNT, "track": TEXT, "kind": TEXT},
        {
            "data": {"anyOf": [ANY_OBJECT, TEXT]},
            "b64": TEXT,
            "span": TEXT,
            "parent": TEXT,
            "actor": TEXT,
            "line": TEXT,
        },
    ),
    "EventPage": record({"events": array(ref("Event")), "next": maybe(TEXT), "live": FLAG}),
    "Run": record({"text": TEXT, "width": COUNT}, {"style": ANY_OBJECT}),
    "Screen": record(
        {
            "t": NUMBER,
            "seq": COUNT,
            "cols": COUNT,
            "rows": COUNT,
            "title": TEXT,
            "cursor": record({"x": COUNT, "y": COUNT, "visible": FLAG, "shape": TEXT}),
            "modes": ANY_OBJECT,
            "text": _TEXTS,
            "lines": array(array(ref("Run"))),
        }
    ),
    # Frames are described in agentrec/terminal/output/frame_deltas.py; their `t` is in milliseconds.
    "Film": record(
        {
            "frames": array(record({"t": COUNT})),
            "until": NUMBER,
            "durationSec": NUMBER,
            "live": FLAG,
        }
    ),
    # A chunk is [seq, t, kind, data]: kind "o" with base64 of output, "r" with "COLSxROWS", "x" with the
    # exit status, as asciicast v3 names them.
    "Output": record(
        {
            "chunks": array({"type": "array", "minItems": 4, "maxItems": 4}),
            "next": maybe(COUNT),
            "until": NUMBER,
            "durationSec": NUMBER,
            "live": FLAG,
        }
    ),
    "Seek": record(
        {
            "seekTime": NUMBER,
            "seq": COUNT,
            "cols": COUNT,
            "rows": COUNT,
            "state": {"type": "string", "contentEncoding": "base64"},
            "output": ref("Output"),
            "fsSnapshotId": maybe(TEXT),
        }
    ),
    "Summary": record(
        {
            "duration": NUMBER,
            "turns": COUNT,
            "tokens": ANY_OBJECT,
            "tools": ANY_OBJECT,
            "limits": _TEXTS,
            "signed_by": maybe(TEXT),
            "findings": ANY_OBJECT,
            "first_findings": array(ANY_OBJECT),
            "transactions": array(
                record(
                    {
                        "id": TEXT,
                        "name": TEXT,
                        "base": TEXT,
                        "state": one_of("open", "committed", "aborted"),
                        "savepoints": COUNT,
                        "rollbacks": COUNT,
                        "conflicts": COUNT,
                    }
                )
            ),
        }
    ),
    "Snapshot": record({"id": TEXT, "t": NUMBER, "label": TEXT, "here": FLAG}),
    "SnapshotList": record({"snapshots": array(ref("Snapshot")), "total": COUNT}),
    "SnapshotFiles": record(
        {
            "snapshot": TEXT,
            "files": {
                "type": "object",
                "additionalProperties": record({"mode": TEXT, "blob": TEXT}),
            },
            "folders": {"type": "object", "additionalProperties": TEXT},
            "left": {"type": "object", "additionalProperties": TEXT},
            "more": FLAG,
        }
    ),
    "Diff": record(
        {
            "from": maybe(TEXT),
            "to": TEXT,
            "files": array(
                record({"path": TEXT, "what": TEXT, "added": maybe(COUNT), "removed": maybe(COUNT)})
            ),
            "notes": _TEXTS,
            "patch": TEXT,
            "truncated": FLAG,
        }
    ),
    "Comparison": record(
        {
            "left": ANY_OBJECT,
            "right": ANY_OBJECT,
            "files": ANY_OBJECT,
            "commands": array(record({"text": TEXT, "left": maybe(TEXT), "right": maybe(TEXT)})),
            "steps": record({"equal": COUNT, "only_left": COUNT, "only_right": COUNT}),
            "divergence": maybe(
                record(
                    {
                        "what": TEXT,
                        "words": TEXT,
                        "after": TEXT,
                        "left": maybe(_STEP),
                        "right": maybe(_STEP),
                    }
                )
            ),
        }
    ),
    "Lineage": record(
        {
            "self": maybe(TEXT),
            "nodes": array(
                record(
                    {
                        "id": TEXT,
                        "here": FLAG,
                        "title": TEXT,
                        "agent": TEXT,
                        "command": TEXT,
                        "created": maybe(_WHEN),
                        "duration": maybe(NUMBER),
                        "state": TEXT,
                        "failed": FLAG,
                    },
                    {"exit_code": maybe(_INT), "cost_usd": maybe(NUMBER), "errors": COUNT},
                )
            ),
            "edges": array(
                record(
                    {"parent": TEXT, "child": TEXT, "relation": TEXT},
                    {
                        "at": maybe(NUMBER),
                        "step": maybe(_INT),
                        "snapshot": maybe(TEXT),
                        "message": maybe(TEXT),
                        "method": maybe(TEXT),
                    },
                )
            ),
        }
    ),
    "Hit": record(
        {
            "id": TEXT,
            "file": TEXT,
            "title": TEXT,
            "agent": TEXT,
            "t": NUMBER,
            "at": _WHEN,
            "kind": TEXT,
            "actor": TEXT,
            "tool": TEXT,
            "exit_code": maybe(_INT),
            "failed": maybe(FLAG),
            "text": TEXT,
            "line": array({"type": "array", "minItems": 2, "maxItems": 2}),
            "matches": _TEXTS,
            "before": _TEXTS,
            "after": _TEXTS,
            "total": COUNT,
            "left_out": COUNT,
            "index_complete": FLAG,
        }
    ),
    "Hits": record(
        {
            "hits": array(ref("Hit")),
            "total": COUNT,
            "available": COUNT,
            "counted": FLAG,
            "recordings": COUNT,
            "left_out": record(
                {"recordings": COUNT, "chars": COUNT, "unread": FLAG, "files": _TEXTS},
                {"encrypted": COUNT, "growing": _TEXTS, "behind_seconds": NUMBER},
            ),
            "limit": COUNT,
            "offset": COUNT,
        }
    ),
    "Cost": record(
        {
            "by": TEXT,
            "rows": array(record({**_TOKENS, "recordings": COUNT, "cost_usd": maybe(NUMBER)})),
            "cost_usd": maybe(NUMBER),
            "without_price": COUNT,
            "unpriced": array(record({"model": TEXT, "calls": COUNT, "tokens": COUNT})),
            "prices_as_of": TEXT,
        }
    ),
    "Stats": record(
        {
            "recordings": COUNT,
            "failed": COUNT,
            "duration": NUMBER,
            "size": COUNT,
            "output": COUNT,
            "turns": COUNT,
            "errors": COUNT,
            "tokens": COUNT,
            "cost_usd": maybe(NUMBER),
            "without_price": COUNT,
            "tools": array(
                record(
                    {
                        "name": TEXT,
                        "calls": COUNT,
                        "failed": COUNT,
                        "ms": NUMBER,
                        "recordings": COUNT,
                    }
                )
            ),
            "slowest": array(
                record({"ms": NUMBER, "t": NUMBER, "what": TEXT, "about": TEXT, "id": TEXT})
            ),
        }
    ),
    "Cut": record(
        {
            "id": TEXT,
            "file": TEXT,
            "duration": NUMBER,
            "events": COUNT,
            "size": COUNT,
            "parent": ANY_OBJECT,
            "notes": _TEXTS,
        }
    ),
    "AddedFile": record({"id": TEXT, "file": TEXT, "format": TEXT, "notes": _TEXTS}),
    "Savepoint": record(
        {
            "number": COUNT,
            "name": TEXT,
            "created": _WHEN,
            "files": COUNT,
            "snapshot": TEXT,
            "head": TEXT,
            "has_state": FLAG,
        },
        {"before_rollback_to": COUNT},
    ),
    "Transaction": record(
        {
            "id": TEXT,
            "name": TEXT,
            "state": one_of("open", "committed", "aborted"),
            "created": _WHEN,
            "recording": TEXT,
            "repository": TEXT,
            "base": TEXT,
            "branch": TEXT,
            "worktree": TEXT,
            "savepoints": array(ref("Savepoint")),
            "base_commits_since": COUNT,
            "rollback_interrupted": FLAG,
        },
        {"merged": record({"old": TEXT, "new": TEXT})},
    ),
    "TransactionList": record(
        {"transactions": array(ref("Transaction")), "total": COUNT, "troubles": _TEXTS}
    ),
    "TransactionChange": record(
        {"dryRun": FLAG},
        {
            "lines": _TEXTS,
            "troubles": _TEXTS,
            "transaction": ref("Transaction"),
            "savepoint": ref("Savepoint"),
            "merge": record({"old": TEXT, "new": TEXT}),
        },
    ),
    "BranchPlan": record(
        {"dryRun": FLAG, "parentSessionId": TEXT, "plan": ANY_OBJECT, "lines": _TEXTS}
    ),
    "Branch": record(
        {
            "dryRun": FLAG,
            "id": TEXT,
            "parentSessionId": TEXT,
            "branchFromTs": NUMBER,
            "fsSnapshotId": maybe(TEXT),
            "workspaceMount": TEXT,
            "status": TEXT,
            "plan": ANY_OBJECT,
            "lines": _TEXTS,
        }
    ),
    # As in AgentOS: times in ms of Unix time.
    "ReplayEntry": record(
        {
            "sessionId": TEXT,
            "agentId": TEXT,
            "action": one_of("llm_call", "tool_call", "tool_result", "memory_op"),
            "data": ANY_OBJECT,
            "durationMs": NUMBER,
            "timestamp": NUMBER,
            "iteration": COUNT,
            "sequence": COUNT,
        }
    ),
    "ReplayFound": record(
        {
            "sessionId": TEXT,
            "agentId": TEXT,
            "actionCount": COUNT,
            "startTime": NUMBER,
            "endTime": NUMBER,
        }
    ),
    "ReplaySummary": record(
        {
            "sessionId": TEXT,
            "agentId": TEXT,
            "totalDuration": NUMBER,
            "iterations": COUNT,
            "toolCalls": COUNT,
            "tokensUsed": COUNT,
            "cost": NUMBER,
            "tools": _TEXTS,
            "actionCount": COUNT,
        }
    ),
}
