"""Agent Harbor's v1 by its layout, written from the description and not from our code.

``block`` and the record functions build files byte by byte; ``strict`` reads one and asserts every
rule its own reader depends on.
"""

from __future__ import annotations

from typing import Any

import brotli


def u(value: int, width: int) -> bytes:
    return value.to_bytes(width, "little")


def record(tag: int, ts: int, body: bytes) -> bytes:
    return bytes([tag, 0, 0, 0]) + u(ts, 8) + body


def data(ts: int, offset: int, payload: bytes) -> bytes:
    return record(0, ts, u(offset, 8) + u(len(payload), 4) + payload)


def resize(ts: int, cols: int, rows: int) -> bytes:
    return record(1, ts, u(cols, 2) + u(rows, 2))


def typed(ts: int, payload: bytes) -> bytes:
    return record(2, ts, u(len(payload), 4) + payload)


def mark(ts: int, code: int, value: int) -> bytes:
    return record(3, ts, u(code, 4) + u(value, 4))


def snapshot(ts: int, number: int, anchor: int, label: bytes) -> bytes:
    return record(4, ts, u(number, 8) + u(anchor, 8) + u(len(label), 2) + label)


def block(
    *records: bytes,
    start_ts: int = 0,
    offset: int = 0,
    last: bool = False,
    header_bytes: int = 44,
    **wrong: int,
) -> bytes:
    """A block; ``wrong`` overrides raw, packed, count, version or claimed with false values."""
    raw = b"".join(records)
    packed = brotli.compress(raw, quality=4)
    header = (
        b"AHRC"
        + u(wrong.get("version", 1), 2)
        + u(wrong.get("claimed", 48), 2)
        + u(start_ts, 8)
        + u(offset, 8)
        + u(wrong.get("raw", len(raw)), 4)
        + u(wrong.get("packed", len(packed)), 4)
        + u(wrong.get("count", len(records)), 4)
        + bytes([int(last)])
        + bytes(7)
    )
    assert len(header) == 44
    return header + bytes(header_bytes - 44) + packed


def strict(file: bytes) -> list[tuple[Any, ...]]:
    """``(tag, ts, *body)`` of every record. Asserts all rules."""
    found: list[tuple[Any, ...]] = []
    at = shown = 0
    last_seen = False
    while at < len(file):
        assert not last_seen, "something follows the last block"
        head = file[at : at + 44]
        assert head[0:4] == b"AHRC"
        assert int.from_bytes(head[4:6], "little") == 1
        assert int.from_bytes(head[6:8], "little") == 48
        start_ts, start_offset = (int.from_bytes(head[i : i + 8], "little") for i in (8, 16))
        raw_length, length, count = (
            int.from_bytes(head[i : i + 4], "little") for i in (24, 28, 32)
        )
        assert head[36] in (0, 1)
        last_seen = head[36] == 1
        assert head[37:44] == bytes(7)
        raw = brotli.decompress(file[at + 44 : at + 44 + length])
        assert len(raw) == raw_length
        assert start_offset == shown
        records = list(_records(raw))
        assert len(records) == count > 0
        assert records[0][1] == start_ts
        for entry in records:
            if entry[0] == 0:
                assert entry[2] == shown
                shown += len(entry[3])
        found += records
        at += 44 + length
    assert at == len(file)
    assert last_seen
    assert found[0][0] == 1, "the first record is not a RESIZE"
    return found


def _records(raw: bytes) -> Any:
    at = 0

    def take(width: int) -> int:
        nonlocal at
        at += width
        assert at <= len(raw)
        return int.from_bytes(raw[at - width : at], "little")

    def take_bytes(width: int) -> bytes:
        nonlocal at
        at += width
        assert at <= len(raw)
        return raw[at - width : at]

    while at < len(raw):
        tag = take(1)
        assert take(3) == 0
        ts = take(8)
        if tag == 0:
            yield tag, ts, take(8), take_bytes(take(4))
        elif tag == 1:
            yield tag, ts, take(2), take(2)
        elif tag == 2:
            yield tag, ts, take_bytes(take(4))
        elif tag == 3:
            yield tag, ts, take(4), take(4)
        else:
            assert tag == 4
            yield tag, ts, take(8), take(8), take_bytes(take(2))
