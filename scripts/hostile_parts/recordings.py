"""Recordings that do harm: bombs, floods, claims, loops. Each is a function of the size in bytes."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import brotli

from agentrec.recording.format import batch, frames
from scripts.hostile_parts import pieces
from scripts.hostile_parts.pieces import (
    claim,
    events,
    json_record,
    repeated,
    segment,
    start,
    stored,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from agentrec.json_values import JsonObject
    from agentrec.recording.format.batch import Record

    Maker = Callable[[int], Iterator[bytes]]

_MB = 1 << 20
# Of a file that is small and unpacks to much.
_SMALL_BYTES = 14_000


def _output(data: bytes, times: int = 1, gap: int = pieces.MS) -> list[Record]:
    return [(number * gap, batch.OUTPUT, data) for number in range(times)]


def _filled(part: bytes, size: int) -> Iterator[bytes]:
    yield start()
    yield part * (size // len(part))


def _one_claim(size: int) -> Iterator[bytes]:
    """Broken frames, each after a segment, that all lead to the same large one."""
    step = len(segment()) + frames.FRAME.size
    number = size // 8 // step
    yield start()
    for at in range(number):
        yield segment() + claim((number - at - 1) * step)
    rest = min(size - size // 8, frames.MAX_PAYLOAD_BYTES)
    yield claim(rest) + bytes(rest)


def _flood(records: list[Record], size: int) -> Iterator[bytes]:
    yield start()
    yield from repeated(records, size)


def _event_flood(make: Callable[[int], tuple[str, JsonObject]], size: int) -> Iterator[bytes]:
    """As many events as a file of ``size`` bytes would hold at 128 bytes each: half a million in 64 MB."""
    yield start()
    yield from events(make(number) for number in range(size // 128))


def _json_bomb(name: str, data: JsonObject, size: int) -> Iterator[bytes]:
    payload = json_record(name, data)
    return _flood([(0, batch.JSON, payload)] * max(1, (60 << 20) // len(payload)), size)


def _resizes(size: int, *, output: bool) -> Iterator[bytes]:
    dice = random.Random(1)
    sizes = [(65535, 65535), (1, 1), (0, 0), (1000, 1000), (500, 24), (2, 500), (80, 65535)]
    records: list[Record] = []
    for number in range(8192):
        records.append((number * 1000, batch.RESIZE, batch.SIZE.pack(*dice.choice(sizes))))
        if output:
            records.append((number * 1000, batch.OUTPUT, b"some text that wraps " * 20))
    return _flood(records, min(size, _MB))


def _stored_output(data: bytes, size: int) -> Iterator[bytes]:
    """One record after the other, each as large as it may be."""
    yield start()
    for number in range(max(1, size // len(data))):
        yield segment(number, number, number) + stored([(0, batch.OUTPUT, data)])


def _endless(part: bytes) -> Maker:
    def make(size: int) -> Iterator[bytes]:
        length = min(size, batch.MAX_RECORD_BYTES)
        return _stored_output((part * (length // len(part) + 1))[:length], size)

    return make


def _keyframes(_size: int) -> Iterator[bytes]:
    """States that lie about where they are, and unpack to as much as a frame may."""
    body = segment() + stored(_output(b"text\r\n", 100))
    bomb = brotli.compress(bytes(frames.MAX_PAYLOAD_BYTES), quality=5)
    rows = []
    offset = len(start()) + len(body)
    for seq in (0, 50, 100, 1 << 40):
        for meta in (b"{}", b'{"engine":"ghostty","version":"1","scrollback":1e9}', b"[", b""):
            payload = frames.KEYFRAME_BODY.pack(seq, seq * pieces.MS, len(meta)) + meta + bomb
            frame = frames.pack(frames.KEYFRAME, payload, frames.COMPRESSED | frames.DERIVED)
            rows.append([offset, min(seq, 1 << 40), 0])
            body, offset = body + frame, offset + len(frame)
    index = _index(segments=[[len(start()), 0, 0]], keyframes=rows)
    yield pieces.ended(body, index, 100, 100 * pieces.MS)


def _index(**fields: object) -> JsonObject:
    empty: JsonObject = {
        "segments": [],
        "keyframes": [],
        "marks": [],
        "counts": {},
        "bytes": {},
        "raw": 0,
        "stored": 0,
    }
    return empty | fields


def _lying_index(size: int) -> Iterator[bytes]:
    body = segment() + stored(_output(b"text\r\n", 100))
    at = len(start())
    big = (1 << 63) - 1
    index = _index(
        segments=[[at + number, number, number] for number in range(min(size // 100, 300_000))],
        marks=[[number, number] for number in range(10_000)],
        counts={"term/output": big, "mark/moment": big, "agent/message": big},
        bytes={"term/output": big},
        raw=big,
        stored=big,
    )
    index["segments"] = [row for row in index["segments"] if row[0] < at + len(body)]  # type: ignore[attr-defined]
    yield pieces.ended(body, index, big, big)


def _index_bomb(size: int) -> Iterator[bytes]:
    counts = {f"x/{number}": 1 for number in range(min(size // 64, 500_000))}
    body = segment() + stored(_output(b"text\r\n", 100))
    index = _index(segments=[[len(start()), 0, 0]], counts=counts, bytes=counts)
    yield pieces.ended(body, index, 100, 100 * pieces.MS)


def _headers(size: int, most: int) -> Iterator[bytes]:
    """A header of about three times ``most`` bytes, whose fields are not what they should be."""
    text = "\x1b]0;x\x07\u202e" * (min(size, most) // 20)
    header: JsonObject = {
        "id": ["../../x"],
        "cols": 1 << 70,
        "rows": -1,
        "command": [text, {"a": []}, 7] * 2,
        "title": text,
        "cwd": "/" + "x/" * 10_000,
        "env": {str(number): text[:100] for number in range(10_000)},
        "created": "9999-99-99T99:99:99Z",
        "parent": {"id": "hostile", "relation": "branch", "file": "/dev/zero", "at_ns": 1 << 80},
    }
    yield start(header) + segment() + stored(_output(b"text\r\n", 100))


def _deep(size: int) -> Iterator[bytes]:
    """JSON that is deep, wide or broken, where a reader expects an event."""
    payloads = [
        b'{"track":"a","kind":"b","data":' + b"[" * 100_000,
        b'{"track":"a","kind":"b","data":{"a":' + b"[" * 300 + b'"' + b'\\"' * 1_000_000,
        b'{"track":"a","kind":"b","data":{"a":[' + b"[[[[]]]]," * 200_000 + b"[]]}}",
        b'{"track":"a","kind":"b","data":{"a":' + b"[" * 190 + b"]" * 190 + b"}}",
        b'{"track":"tool","kind":"call","data":{"input":'
        + b'{"a":' * 150
        + b"1"
        + b"}" * 151
        + b"}",
    ]
    records: list[Record] = [(0, batch.JSON, payload) for payload in payloads]
    return _flood(records, min(size, _MB))


def _moment(number: int) -> tuple[str, JsonObject]:
    return "mark/moment", {"label": f"moment {number}", "source": "auto", "at_ns": number}


def _snapshot(number: int) -> tuple[str, JsonObject]:
    commit = f"{number:040x}"
    return "fs/snapshot", {"id": f"s{number}", "label": f"after {number}", "commit": commit}


def _agent(number: int) -> tuple[str, JsonObject]:
    """Everything that a reader might keep by name: tools, models, files, sessions, turns."""
    usage = {"input": number, "output": 1}
    kinds: list[tuple[str, JsonObject]] = [
        ("tool/call", {"id": f"t{number}", "name": f"tool-{number}", "input": {"command": "ls"}}),
        ("tool/result", {"id": f"t{number - 1}", "is_error": True, "output": "no " * 20}),
        ("llm/call", {"model": f"model-{number}", "usage": usage, "call_id": f"c{number}"}),
        ("sys/file", {"path": f"/src/{number}.py", "action": "write"}),
        ("agent/session", {"agent": f"agent-{number}", "session_id": f"x{number}"}),
        ("agent/turn", {"number": number}),
        ("agent/message", {"role": "user", "text": f"word{number} " * 10}),
        ("sys/command", {"command": f"make {number}", "exit": 1, "duration_ms": number}),
        ("sys/process", {"pid": number, "argv": ["x", str(number)], "event": "start"}),
        ("guard/redacted", {"rule": f"rule-{number}", "where": f"place-{number}", "count": 1}),
        ("mark/note", {"id": f"n{number}", "text": "a note", "answers": f"n{number + 7}"}),
    ]
    return kinds[number % len(kinds)]


_WIDE = {"a": [0] * 900_000}
_LONG = {"role": "assistant", "text": "word " * (3 << 20)}
_CLEARS = b"\x1b[2J\x1b[H$ ls\r\n"

RECORDINGS: dict[str, Maker] = {
    "zeros": lambda size: iter([bytes(size)]),
    "zeros after the header": lambda size: _filled(b"\0" * 64, size),
    "sync bytes": lambda size: _filled(frames.SYNC, size),
    "junk between segments": lambda size: _filled(segment() + b"junk" * 4, size),
    "claims of one large frame": _one_claim,
    "marks of segments": lambda size: _filled(
        claim(4000, frames.SEGMENT) + frames.SEGMENT_MARK, size
    ),
    "tiny frames": lambda size: _filled(frames.pack(200, b""), size),
    "tiny segments": lambda size: _filled(segment(), size),
    "tiny keyframes": lambda size: _filled(
        frames.pack(frames.KEYFRAME, frames.KEYFRAME_BODY.pack(1, 1, 0)), size
    ),
    "tiny chunks": lambda size: _filled(segment() + stored([(0, batch.OUTPUT, b"x")]), size),
    "tiny records": lambda size: _flood(_output(b"", 65_536), size),
    "tiny outputs": lambda size: _flood(_output(b"x", 65_536), size),
    "small bomb of output": lambda size: _flood(
        _output(bytes(15 << 20), 4), min(size, _SMALL_BYTES)
    ),
    "bomb of output": lambda size: _flood(_output(b"x" * (15 << 20), 4), size),
    "bomb of lines": lambda size: _flood(_output(b"line of text\r\n" * 70_000, 60), size),
    "small bomb of a message": lambda size: _json_bomb(
        "agent/message", _LONG, min(size, _SMALL_BYTES)
    ),
    "bomb of messages": lambda size: _json_bomb("agent/message", _LONG, size),
    "small bomb of values": lambda size: _json_bomb("tool/call", _WIDE, min(size, _SMALL_BYTES)),
    "bomb of values": lambda size: _json_bomb("tool/result", {"output": _WIDE}, size),
    "moments": lambda size: _event_flood(_moment, size),
    "snapshots": lambda size: _event_flood(_snapshot, size),
    "agent events": lambda size: _event_flood(_agent, size),
    "deep JSON": _deep,
    "headers that lie": lambda size: _headers(size, 8 * _MB),
    "headers as large as they may be": lambda size: _headers(size, 4 * _MB),
    "an index that lies": _lying_index,
    "an index of many kinds": _index_bomb,
    "keyframes that lie": _keyframes,
    "resizes": lambda size: _resizes(size, output=False),
    "resizes with output": lambda size: _resizes(size, output=True),
    "a title without end": _endless(b"\x1b]0;" + b"x" * 1_000_000),
    "titles": _endless(b"\x1b]0;" + b"title " * 20 + b"\x07"),
    "a line without end": _endless(b"word "),
    "letters on one cell": _endless("e\u0301\u0301\u0301".encode()),
    "wide letters": _endless("\u6f22\U0001f469\u200d\U0001f4bb".encode()),
    "repeats": _endless(b"x\x1b[65535b"),
    "scrolls": _endless(b"\x1b[65535S\x1b[65535L"),
    "screens cleared": _endless(_CLEARS),
    "screens switched": _endless(b"\x1b[?1049hx\x1b[?1049ly"),
    "frames begun and ended": _endless(b"\x1b[?2026hx\x1b[?2026l"),
    "images": _endless(b"\x1bPq" + b"#0;2;0;0;0~~" * 1000 + b"\x1b\\"),
    "queries": _endless(b"\x1b[c\x1b[6n\x1b]11;?\x07"),
    "shell marks": _endless(b"\x1b]133;A\x07$ \x1b]133;C\x07\x1b]133;D;1\x07"),
    "control bytes": _endless(bytes(range(32)) + bytes(range(127, 160))),
    "line feeds": _endless(b"\n"),
    "centuries": lambda size: _flood(_output(b"x\r\n", 1000, 1 << 40), min(size, _MB)),
}


def write(path: Path, maker: Maker, size: int) -> None:
    """Make one file of at most about ``size`` bytes."""
    with path.open("wb") as file:
        file.writelines(maker(size))
