"""Frames of a streamed answer: server-sent events, or the elements of one JSON array."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agentrec.json_values import JsonObject


def parse(body: bytes) -> tuple[list[JsonObject], int]:
    """Return the JSON objects of a stream's events, and how many events hold something else."""
    text = body.decode("utf-8", "replace").replace("\r\n", "\n").replace("\r", "\n")
    if text.lstrip().startswith("["):
        return _array(text)
    frames: list[JsonObject] = []
    odd = 0
    for data in _data(text):
        if data == "[DONE]":
            continue
        value = _json(data)
        if isinstance(value, dict):
            frames.append(value)
        else:
            odd += 1
    return frames, odd


def _data(text: str) -> Iterator[str]:
    """The data of each event; one that is cut at the end is not an event."""
    for block in text.split("\n\n"):
        lines = [line[5:].removeprefix(" ") for line in block.split("\n") if line[:5] == "data:"]
        if lines:
            yield "\n".join(lines)


def _array(text: str) -> tuple[list[JsonObject], int]:
    """Gemini without ``alt=sse``: one array, which may be cut."""
    decoder = json.JSONDecoder()
    frames: list[JsonObject] = []
    at = text.index("[") + 1
    while True:
        while at < len(text) and text[at] in ", \n\t":
            at += 1
        try:
            value, at = decoder.raw_decode(text, at)
        except (ValueError, RecursionError):
            return frames, 0
        if isinstance(value, dict):
            frames.append(value)


def _json(text: str) -> object:
    try:
        value: object = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value


def encode(name: str, data: JsonObject) -> bytes:
    """Return one event as bytes."""
    head = f"event: {name}\n" if name else ""
    return f"{head}data: {json.dumps(data, ensure_ascii=False)}\n\n".encode()
