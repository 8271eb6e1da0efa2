"""One HTML file that plays a recording in any browser, from a disk and without a network, write only.

The file is the player (built from ``agentrec/web/page``, see docs/page.md) and the packed recording:

======== =================================================================================
outline  facts, markers and quiet times, see :mod:`agentrec.export.outline`
events   what people read beside the screen:
         ``[ms since the one before, "track/kind", data, span, actor, parent]`` a line, without
         trailing nulls; a note has its ``id``
film     frames, see :mod:`agentrec.terminal.output.frame_deltas`; several parts, each begins with a
         complete frame
lines    ``[ms, text]`` a line: what went by too fast to be in any frame, for the search; lines of text
         that came at once are one. Without text: from there on, such lines are left out
licenses of what the player is made of
======== =================================================================================

Each part is UTF-8 text, deflated (zlib) and in Base64, which every browser can decode by itself.
"""

from __future__ import annotations

import base64
import hashlib
import html
import os
import tempfile
import zlib
from contextlib import contextmanager
from importlib.resources import files
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, BinaryIO

from agentrec.export import ahr
from agentrec.export.conversion import Loss
from agentrec.export.line_codec import dumps
from agentrec.export.outline import is_shown, outline
from agentrec.json_values import words
from agentrec.recording.append import NOTE
from agentrec.recording.events import OUTPUT, RESIZE
from agentrec.recording.format.work_limit import WorkLimit
from agentrec.recording.markers import to_marker
from agentrec.recording.reader import Recording
from agentrec.times import NS_PER_MS, format_clock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from agentrec.json_values import JsonObject
    from agentrec.recording.events import Event
    from agentrec.terminal.seek.timeline import Timeline

# Thirty frames a second at most.
FRAME_EVERY_NS = 33_000_000
# A new part of the film begins after this many characters of frames.
_MAX_FILM_PART_CHARS = 1 << 20
# Text to search in that is in no frame: characters; packed, as a share of the recording's size, but
# not less than some bytes; and how many lines are joined.
_MAX_LINES_CHARS = 8 << 20
_MAX_LINES_SHARE = 0.75
_MIN_LINES_BYTES = 4096
_JOINED_LINES = 100
_MAX_TITLE_CHARS = 200
# How much of the work after reading is the film, about.
_FILM_SHARE = 0.8

_HEAD = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="dark light">
<meta name="referrer" content="no-referrer">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src '{style_hash}'; \
script-src '{script_hash}'; base-uri 'none'; form-action 'none'">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
<div id="page"></div>
<noscript>This file plays the recording of a terminal, which needs JavaScript.</noscript>
"""
_TAIL = """<script>{script}</script>
</body>
</html>
"""


def write(
    header: JsonObject,
    events: Iterable[Event],
    out: BinaryIO,
    advance: Callable[[float], object] = bool,
) -> Loss:
    """``advance`` is called with the share that is done after the last event is read.

    Raises AgentrecError where there is no terminal engine, OSError."""
    from agentrec.terminal.seek.timeline import Timeline

    loss = Loss()
    style, script = _asset("recording.css"), _asset("recording.js")
    with tempfile.TemporaryDirectory(prefix="agentrec-") as folder:
        path = os.path.join(folder, "recording.ahr")
        with open(path, "xb") as spool:
            ahr.write(header, _counted(events, loss), spool)
        with Recording.open(path) as recording, Timeline(recording) as timeline:
            # What was read is limited already; this copy of it is small, but all of it is needed.
            recording.work = WorkLimit(1 << 40)
            about = outline(recording, timeline)
            head = _HEAD.format(
                title=html.escape(title_of(about)[:_MAX_TITLE_CHARS]),
                style=style,
                style_hash=_hash(style),
                script_hash=_hash(script),
            )
            out.write(head.encode("utf-8", "replace"))
            with _part(out, "outline") as part:
                part.add(dumps(about))
            _body(recording, timeline, out, loss, advance)
            with _part(out, "licences") as part:
                part.add(_asset("licences.md").encode())
            out.write(_TAIL.format(script=script).encode())
    return loss


def title_of(about: JsonObject) -> str:
    """A name for the recording of an outline: its title, the first prompt, or its command."""
    for name in ("title", "prompt"):
        if text := str(about.get(name, "")).strip():
            return text
    argv = words(about["command"])
    return " ".join([os.path.basename(argv[0]), *argv[1:]]) if argv else "recording"


def _asset(name: str) -> str:
    """A file that the build of the page made; it must not end the tag around it."""
    text = (files("agentrec.export") / "player" / name).read_text("utf-8")
    return text.replace("</script", "<\\/script").replace("</style", "<\\/style")


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"


def _counted(events: Iterable[Event], loss: Loss) -> Iterator[Event]:
    for event in events:
        if not (event.name in (OUTPUT, RESIZE) or is_shown(event) or to_marker(event)):
            loss.leave_out(event)
        yield event


def _body(
    recording: Recording,
    timeline: Timeline,
    out: BinaryIO,
    loss: Loss,
    advance: Callable[[float], object],
) -> None:
    with _part(out, "events") as part:
        _events(recording, part)
    drawn = _film(timeline, out, advance)
    with _part(out, "lines") as part:
        _lines(recording, drawn, part, loss)


def _events(recording: Recording, part: _Part) -> None:
    before = 0
    for event in recording.events():
        if is_shown(event):
            now = -(-event.t // 1_000_000)
            name = f"{event.track}/{event.kind}"
            line = [now - before, name, _data(event), event.span, event.actor, event.parent]
            while line[-1] is None:
                line.pop()
            part.add(dumps(line))
            before = now


def _data(event: Event) -> object:
    if event.name == NOTE and isinstance(event.data, dict):
        return {**event.data, "id": f"n{event.seq}"}
    return event.data


def _film(timeline: Timeline, out: BinaryIO, advance: Callable[[float], object]) -> set[int]:
    """Write the film; returns the keys of the rows in it."""
    from agentrec.terminal.output.frame_deltas import FrameEncoder, sample_times

    drawn: set[int] = set()
    times = sample_times(timeline, 0, timeline.duration, FRAME_EVERY_NS)
    t: int | None = next(times)
    while t is not None:
        encoder = FrameEncoder(drawn)
        with _part(out, "film", begin=-(-t // 1_000_000)) as part:
            while t is not None and part.size < _MAX_FILM_PART_CHARS:
                frame = encoder.frame(t, timeline.screen_at(t))
                if frame:
                    part.add(frame.encode("utf-8", "replace") + b"\n")
                advance(_FILM_SHARE * t / max(1, timeline.duration))
                t = next(times, None)
    return drawn


def _lines(recording: Recording, drawn: set[int], part: _Part, loss: Loss) -> None:
    """Write what was never in a frame, because it was gone too soon; it may be too much."""
    bound = max(_MIN_LINES_BYTES, round(recording.file_size * _MAX_LINES_SHARE))
    for t, texts in groupby(_unseen(recording, drawn), key=itemgetter(0)):
        for some in _in_parts([text for _, text in texts], _JOINED_LINES):
            if part.size >= _MAX_LINES_CHARS or part.packed >= bound:
                at = format_clock(t * NS_PER_MS)
                loss.notes.add(f"what was shown for an instant after {at} cannot be searched")
                part.add(dumps([t, None]))
                return
            part.add(dumps([t, "\n".join(some)]))


def _in_parts(texts: list[str], size: int) -> Iterator[list[str]]:
    for at in range(0, len(texts), size):
        yield texts[at : at + size]


def _unseen(recording: Recording, drawn: set[int]) -> Iterator[tuple[int, str]]:
    """Times (ms) and texts of the lines with a row that is in no frame."""
    from agentrec.terminal.output.frame_deltas import row_key
    from agentrec.terminal.screen_transcript import transcript_lines

    cols = recording.size[0]
    for t, text in transcript_lines(recording.events(tracks=("term",)), *recording.size):
        rows = (text[at : at + cols] for at in range(0, len(text), cols))
        if text.strip() and not all(row_key(row) in drawn for row in rows):
            yield t // 1_000_000, text


class _Part:
    """One element of the page, filled piece by piece.

    ``size``: bytes that were added; ``packed``: bytes they take so far, before Base64.
    """

    def __init__(self, out: BinaryIO) -> None:
        self.size = self.packed = 0
        self._out = out
        self._deflate = zlib.compressobj(9)
        self._rest = b""  # Base64 is written in groups of three bytes

    def add(self, data: bytes) -> None:
        self.size += len(data)
        self._write(self._deflate.compress(data))

    def end(self) -> None:
        self._write(self._deflate.flush(), last=True)

    def _write(self, packed: bytes, *, last: bool = False) -> None:
        self.packed += len(packed)
        ready = self._rest + packed
        cut = len(ready) if last else len(ready) // 3 * 3
        self._out.write(base64.b64encode(ready[:cut]))
        self._rest = ready[cut:]


@contextmanager
def _part(out: BinaryIO, name: str, **more: int) -> Iterator[_Part]:
    attributes = "".join(f' data-{key}="{value}"' for key, value in more.items())
    out.write(f'<script type="text/plain" data-part="{name}"{attributes}>'.encode())
    part = _Part(out)
    yield part
    part.end()
    out.write(b"</script>\n")
