"""What the terminal showed, and the output it got."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING

from agentrec.export.asciicast.encode import exit_status
from agentrec.recording.events import EXIT
from agentrec.recording.format import batch
from agentrec.recording.format.codec import to_event
from agentrec.recording.markers import list_markers
from agentrec.terminal.engine.styles import PLAIN, UNDERLINES, hex_color
from agentrec.terminal.output.frame_deltas import FrameEncoder, sample_times
from agentrec.terminal.output.redraw import redraw
from agentrec.times import NS_PER_MS, NS_PER_SECOND
from agentrec.web.problems import ProblemError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agentrec.json_values import JsonObject
    from agentrec.recording.format.segment_decoder import Columns
    from agentrec.recording.reader import Recording
    from agentrec.terminal.engine.screen import Screen
    from agentrec.terminal.engine.styles import Run, Style
    from agentrec.terminal.seek.timeline import Timeline
    from agentrec.web.request import ApiRequest, Deadline

MAX_CHUNKS = 20_000
MAX_FRAME_CHARS = 4 << 20
# How many events an escape sequence may take to end.
_MAX_SEQUENCE_EVENTS = 200
_FLAGS = ("bold", "dim", "italic", "blink", "inverse", "hidden", "strike", "overline")
assert UNDERLINES[1] == "single"  # what the API document says about these numbers


def screen(request: ApiRequest) -> JsonObject:
    with request.service.recordings.play(request.row["path"]) as opened:
        timeline = opened.timeline
        t = timeline.duration
        if request.params["t"] is not None:
            t = min(_ns(request.params["t"]), timeline.duration)
        shown = timeline.screen_at(t)
        return {
            "t": t / NS_PER_SECOND,
            "seq": timeline.seq_at(t),
            "cols": shown.cols,
            "rows": shown.rows,
            "title": shown.title,
            "cursor": shown.cursor._asdict(),
            "modes": shown.modes._asdict(),
            "text": shown.rows_text(),
            "lines": [[_run(run) for run in runs] for runs in shown.styled_rows()],
        }


def _ns(seconds: float) -> int:
    return round(seconds * NS_PER_SECOND)


def _run(run: Run) -> JsonObject:
    data: JsonObject = {"text": run.text, "width": run.width}
    if run.style != PLAIN:
        data["style"] = _style(run.style)
    return data


def _style(style: Style) -> JsonObject:
    data: JsonObject = {name: True for name in _FLAGS if getattr(style, name)}
    colors = {"fg": style.fg, "bg": style.bg, "underline_colour": style.underline_color}
    for name, color in colors.items():
        if color is not None:
            data[name] = hex_color(color)
    if style.underline:
        data["underline"] = style.underline
    if style.link:
        data["link"] = style.link
    return data


def film(request: ApiRequest) -> JsonObject:
    params = request.params
    t = _ns(params["t"])
    with request.service.recordings.play(request.row["path"]) as opened:
        timeline = opened.timeline
        if params["step"] is not None:
            return _step(timeline, t, params["step"])
        until = timeline.duration if params["until"] is None else _ns(params["until"])
        every, limit = _ns(params["every"]), params["limit"]
        return _frames(timeline, t, until, request.deadline, every=every, limit=limit)


def _frames(
    timeline: Timeline, t: int, until: int, deadline: Deadline, *, every: int, limit: int
) -> JsonObject:
    """At most ``limit`` frames from ``t`` on, at least ``every`` apart; times in ns."""
    stop = min(until, timeline.duration)
    encoder = FrameEncoder()
    frames: list[JsonObject] = []
    size, last = 0, t
    for last in sample_times(timeline, min(t, timeline.duration), max(t, stop), every):
        deadline.check()
        frame = encoder.frame(last, timeline.screen_at(last))
        if frame:
            frames.append(json.loads(frame))
            size += len(frame)
        if len(frames) >= limit or size >= MAX_FRAME_CHARS:
            break
    return _film(timeline, frames, last)


def _step(timeline: Timeline, t: int, by: int) -> JsonObject:
    """The whole frame after ``t`` (ns), or with ``by`` -1 the one before; no frame if there is none."""
    # Times of frames are rounded up to milliseconds: the frame at `t` began before it.
    at = timeline.frame_after(t) if by > 0 else timeline.frame_before(t - NS_PER_MS)
    if at is None:
        return _film(timeline, [], t)
    return _film(timeline, [json.loads(FrameEncoder().frame(at, timeline.screen_at(at)))], at)


def _film(timeline: Timeline, frames: list[JsonObject], until: int) -> JsonObject:
    return {"frames": frames, **_position(timeline, until)}


def _position(timeline: Timeline, until: int) -> JsonObject:
    """How far an answer goes, and how long the recording is by now."""
    return {
        "until": until / NS_PER_SECOND,
        "durationSec": timeline.duration / NS_PER_SECOND,
        "live": timeline.growing,
    }


def activity(request: ApiRequest) -> JsonObject:
    parts = request.params["parts"]
    with request.service.recordings.play(request.row["path"]) as opened:
        timeline = opened.timeline
        while timeline.scan_next():
            request.deadline.check()
        seen, duration = timeline.activity(), timeline.duration
        return {
            "durationSec": duration / NS_PER_SECOND,
            "output": seen.output_bytes(parts, duration),
            "input": seen.input_bytes(parts, duration),
            "idle": [[start / NS_PER_SECOND, end / NS_PER_SECOND] for start, end in seen.idle],
            "resizes": [[t / NS_PER_SECOND, cols, rows] for t, cols, rows in seen.resizes],
            "exit": None if seen.exit is None else seen.exit / NS_PER_SECOND,
        }


def seek(request: ApiRequest) -> JsonObject:
    body = request.body
    with request.service.recordings.play(request.row["path"]) as opened:
        timeline = opened.timeline
        target, t = _target(timeline, opened.recording, request)
        shown, seq, state = _state(timeline, target, body["scrollback"])
        return {
            "seekTime": t / NS_PER_SECOND,
            "seq": seq,
            "cols": shown.cols,
            "rows": shown.rows,
            "state": _base64(state),
            "fsSnapshotId": body["fsSnapshotId"],
            "output": _output(request, timeline, seq, None, body["bytes"]),
        }


def _target(timeline: Timeline, recording: Recording, request: ApiRequest) -> tuple[int, int]:
    """The number of events to show, and the time, that a seek asks for."""
    body = request.body
    if body["seq"] is not None:
        return body["seq"], timeline.time_after(body["seq"])
    if body["fsSnapshotId"] is not None:
        t = _time_of(recording, body["fsSnapshotId"], "snapshot")
    elif body["momentId"] is not None:
        t = _time_of(recording, body["momentId"], "moment")
    else:
        t = min(_ns(body["ts"] or 0), timeline.duration)
    return timeline.seq_at(t), t


def _time_of(recording: Recording, name: str, kind: str) -> int:
    for point in list_markers(recording):
        if point.kind == kind and point.id == name:
            return point.t
    raise ProblemError(404, f"no {'mark' if kind == 'moment' else kind} {name}")


def _state(timeline: Timeline, seq: int, scrollback: int) -> tuple[Screen, int, bytes]:
    """The screen after ``seq`` events, or after as many more as it takes to end an escape sequence."""
    for more in range(_MAX_SEQUENCE_EVENTS):
        shown = timeline.screen_after(seq + more)
        state = redraw(shown, scrollback)
        if state is not None:
            return shown, min(seq + more, timeline.count), state
    # The sequence never ends: a terminal keeps showing what was there before it.
    return shown, seq, b""


def output(request: ApiRequest) -> JsonObject:
    params = request.params
    with request.service.recordings.play(request.row["path"]) as opened:
        timeline, seq = opened.timeline, params["seq"]
        if seq is None:
            since = _ns(params["since"] or 0)
            seq = timeline.seq_at(since - 1) if since else 0
        until = None if params["until"] is None else _ns(params["until"])
        return _output(request, timeline, seq, until, params["bytes"])


def _output(
    request: ApiRequest, timeline: Timeline, seq: int, until: int | None, max_bytes: int
) -> JsonObject:
    """Output after ``seq`` events, up to a time and about ``max_bytes``."""
    chunks: list[list[object]] = []
    last, after = timeline.time_after(seq), seq
    is_complete = True
    for columns, index in request.deadline.watch(_records(timeline, seq)):
        t = columns.times[index]
        if max_bytes <= 0 or len(chunks) >= MAX_CHUNKS or (until is not None and t > until):
            is_complete = False
            break
        chunk = _chunk(columns, index)
        if chunk:
            chunks.append([columns.seq + index, t / NS_PER_SECOND, *chunk])
            max_bytes -= columns.bounds[index + 1] - columns.bounds[index]
        last, after = t, columns.seq + index + 1
    more = not is_complete or timeline.growing
    return {"chunks": chunks, "next": after if more else None, **_position(timeline, last)}


def _records(timeline: Timeline, seq: int) -> Iterator[tuple[Columns, int]]:
    for columns in timeline.chunks(seq):
        for index in range(max(0, seq - columns.seq), len(columns)):
            yield columns, index


def _chunk(columns: Columns, index: int) -> tuple[str, str] | None:
    """Kind and data of a record, if a player needs it."""
    kind, payload = columns.kinds[index], columns.payload(index)
    if kind == batch.OUTPUT:
        return "o", _base64(payload)
    if kind == batch.RESIZE and len(payload) == batch.SIZE.size:
        return "r", "{}x{}".format(*batch.SIZE.unpack(payload))
    if kind == batch.JSON and b'"exit"' in payload:
        event = to_event(columns.seq + index, (columns.times[index], kind, payload))
        if event.name == EXIT:
            return "x", str(exit_status(event))
    return None


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


HANDLERS = {"screen": screen, "film": film, "activity": activity, "seek": seek, "output": output}
