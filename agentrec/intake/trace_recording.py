"""The recording of a trace: written whole, and again when more of the trace has come."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from agentrec import __version__
from agentrec.config import data_home, make_folders
from agentrec.intake.trace_events import TraceTree, name_of, trace_events
from agentrec.json_values import table, text
from agentrec.library.discovery import Stamp, stamp_of
from agentrec.otel import conventions as otel
from agentrec.otel.span_facts import service_of
from agentrec.recording.rewrite import save
from agentrec.recording_registry import RECORDINGS
from agentrec.text import shorten
from agentrec.times import format_rfc3339_exact

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from agentrec.json_values import JsonObject
    from agentrec.otel.received_span import ReceivedSpan
    from agentrec.recording.events import Event

FOLDER = "traces"
_TITLE_CHARS = 120
_QUALITY = 9  # it is written once, or a few times


def path_of_trace(trace: str, env: Mapping[str, str]) -> str:
    """Where the recording of a trace is, or will be. Raises NoHomeError."""
    return os.path.join(data_home(env), RECORDINGS, FOLDER, f"{_id_of(trace)}.ahr")


def _id_of(trace: str) -> str:
    return f"trace-{trace}"


def stamp(path: str) -> Stamp | None:
    """Identifies the file as it is; None if there is none."""
    try:
        return stamp_of(os.stat(path))
    except OSError:
        return None


def write_trace(spans: Sequence[ReceivedSpan], env: Mapping[str, str]) -> str:
    """Write the recording of a trace, in place of an earlier one; returns its path.

    Raises OutputError, FormatError, OSError, NoHomeError.
    """
    tree = TraceTree(spans)
    path = path_of_trace(spans[0].trace, env)
    events = list(trace_events(tree))
    make_folders(os.path.dirname(path))
    save(path, _header(tree, events), events, overwrite=True, quality=_QUALITY)
    return path


def _header(tree: TraceTree, events: Sequence[Event]) -> JsonObject:
    first = tree.root or tree.tops[0]
    name = name_of(first)
    header: JsonObject = {
        "id": _id_of(first.trace),
        "created": format_rfc3339_exact(tree.began),
        "command": [service_of(first) or name or "trace"],
        "title": shorten(_prompt(events) or name, _TITLE_CHARS),
        "cwd": "",
        "producer": f"agentrec {__version__}",
        "headless": True,
        "imported": {"format": "otel", "trace": first.trace, "spans": len(tree.spans)},
    }
    if origin := text(first.resource.get(otel.RECORDING_ID)):
        header["imported"] = {**table(header["imported"]), "recording": origin}
    return header


def _prompt(events: Sequence[Event]) -> str:
    for event in events:
        data = event.data
        if event.name == ("agent", "message") and isinstance(data, dict) and data["role"] == "user":
            return text(data["text"])
    return ""
