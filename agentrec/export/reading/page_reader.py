"""Pages that :mod:`agentrec.export.html` made, read only: what they show, not the bytes of the terminal."""

from __future__ import annotations

import base64
import binascii
import heapq
import json
import re
import zlib
from typing import TYPE_CHECKING, NamedTuple

from agentrec.errors import FormatError
from agentrec.export.conversion import (
    MAX_TIME_NS,
    ImportedRecording,
    Notes,
    Source,
    is_number,
    is_size,
)
from agentrec.export.reading.film_output import FilmOutput
from agentrec.json_values import JsonObject, table, tables, text, words
from agentrec.recording.events import MOMENT, Event
from agentrec.times import NS_PER_MS

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_FILE_BYTES = 256 << 20
_PART = re.compile(
    rb'<script type="text/plain" data-part="([a-z]{1,20})"[^>]{0,100}>([A-Za-z0-9+/=]*)</script>'
)
_PIECE_BYTES = 1 << 20
_MAX_LINE_BYTES = 64 << 20
_FACTS = ("id", "title", "cwd", "created")
_NO_TIME = -1


class Pending(NamedTuple):
    """An event without its number, at ``t`` ns; ``id`` is what answers to it call it."""

    t: int
    order: int
    name: tuple[str, str]
    data: bytes | JsonObject
    links: tuple[str | None, str | None, str | None] = (None, None, None)
    id: str = ""


def read(source: Source) -> ImportedRecording:
    """Raises FormatError when it is not a page of agentrec."""
    page = source.stream.read(MAX_FILE_BYTES + 1)
    if len(page) > MAX_FILE_BYTES:
        raise FormatError(
            f"{source.name} is too large", f"at most {MAX_FILE_BYTES >> 20} MB are read"
        )
    parts: dict[str, list[bytes]] = {}
    for match in _PART.finditer(page):
        parts.setdefault(match[1].decode(), []).append(match[2])
    if "outline" not in parts or "film" not in parts:
        raise FormatError(f"{source.name} is not a page that agentrec made")
    notes = Notes()
    notes.add("a page has the pictures of the screen, 30 a second, not the bytes of the terminal")
    about = table(next((_parsed(line) for line in _lines(parts["outline"], notes)), None))
    cols, rows = about.get("cols"), about.get("rows")
    header: JsonObject = {name: about[name] for name in _FACTS if text(about.get(name))}
    header["command"] = words(about.get("command"))
    if not is_size(cols, rows):
        raise FormatError(f"{source.name} is not a page that agentrec made")
    header |= {"cols": cols, "rows": rows}
    film = FilmOutput((int(str(cols)), int(str(rows))))
    events = heapq.merge(
        _marks(about),
        _events(parts.get("events", []), notes),
        _film(parts["film"], film, notes),
        key=lambda one: one[:2],
    )
    return ImportedRecording(header, _numbered(events), notes)


def _numbered(pending: Iterator[Pending]) -> Iterator[Event]:
    """Events with their numbers; answers to notes name these."""
    seqs: dict[str, str] = {}
    for seq, one in enumerate(pending):
        data = one.data
        if one.id:
            seqs[one.id] = f"n{seq}"
        if isinstance(data, dict) and data.get("answers") in seqs:
            data = {**data, "answers": seqs[str(data["answers"])]}
        span, actor, parent = one.links
        yield Event(seq, one.t, *one.name, data, span, parent, actor)


def _marks(about: JsonObject) -> Iterator[Pending]:
    """Marks and snapshots; the files of these are elsewhere."""
    marks = []
    for number, point in enumerate(tables(about.get("points"))):
        t = _ns(point.get("t"))
        if t == _NO_TIME:
            continue
        data: JsonObject = {"label": text(point.get("label"))}
        if point.get("kind") == "snapshot":
            data |= {name: point[name] for name in ("id", "files", "changed") if name in point}
            marks.append(Pending(t, number, ("fs", "snapshot"), data))
        elif point.get("kind") == "moment":
            data |= {"source": text(point.get("source")), "kind": text(point.get("what"))}
            data |= {"status": text(point.get("status"))}
            marks.append(Pending(t, number, MOMENT, {k: v for k, v in data.items() if v != ""}))
    yield from sorted(marks, key=lambda mark: mark[:2])


def _events(parts: list[bytes], notes: Notes) -> Iterator[Pending]:
    t = 0
    for number, line in enumerate(_lines(parts, notes)):
        value = _parsed(line)
        if not isinstance(value, list) or len(value) < 3 or not is_number(value[0], 0, 1 << 50):
            notes.add("an event was left out: it is broken")
            continue
        t = min(t + round(value[0]) * NS_PER_MS, MAX_TIME_NS)
        track, _, kind = text(value[1]).partition("/")
        data = dict(table(value[2]))
        if not kind or track == "fs" or (track == "term" and kind != "exit"):
            notes.add("an event was left out: it is broken")
            continue
        name = text(data.pop("id", "")) if (track, kind) == ("mark", "note") else ""
        span, actor, parent = (text(link) or None for link in (*value[3:6], "", "", "")[:3])
        yield Pending(t, number, (track, kind), data, (span, actor, parent), name)


def _film(parts: list[bytes], film: FilmOutput, notes: Notes) -> Iterator[Pending]:
    number = t = 0
    for part in parts:
        film.begin()
        for line in _lines([part], notes):
            frame = table(_parsed(line))
            if (at := _ns(frame.get("t"))) == _NO_TIME:
                notes.add("a picture was left out: it is broken")
                continue
            t = max(t, at)
            for name, data in film.events(frame):
                yield Pending(t, number, name, data)
                number += 1


def _lines(parts: list[bytes], notes: Notes) -> Iterator[bytes]:
    """The lines of a part of the page, inflated piece by piece."""
    for part in parts:
        inflater, rest = zlib.decompressobj(), b""
        try:
            packed = base64.b64decode(part, validate=True)
            while packed and not inflater.eof:
                rest += inflater.decompress(packed, _PIECE_BYTES)
                packed = inflater.unconsumed_tail
                *lines, rest = rest.split(b"\n")
                yield from filter(None, lines)
                if len(rest) > _MAX_LINE_BYTES:
                    raise ValueError("a line is too long")
        except (zlib.error, binascii.Error, ValueError):
            notes.add("a part of the page is damaged: the rest of it was left out")
            continue
        if rest:
            yield rest


def _parsed(line: bytes) -> object:
    try:
        value: object = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return value


def _ns(value: object) -> int:
    return round(value * NS_PER_MS) if is_number(value, 0, 1 << 50) else _NO_TIME
