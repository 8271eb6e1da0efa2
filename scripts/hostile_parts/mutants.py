"""Golden files with flipped bits, parts cut out, doubled or reordered, the same ones each time."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from agentrec.recording.format.frames import SYNC

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


def mutants(golden: Sequence[bytes], count: int, seed: int = 1) -> Iterator[bytes]:
    """``count`` broken files, made from the ``golden`` ones in turn."""
    dice = random.Random(seed)
    for number in range(count):
        data = golden[number % len(golden)]
        for _ in range(dice.randint(1, 3)):
            data = dice.choice(_WAYS)(data, dice)
        yield data


def _flipped(data: bytes, dice: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(dice.choice((1, 1, 1, 5, 50))):
        if changed:
            changed[dice.randrange(len(changed))] ^= 1 << dice.randrange(8)
    return bytes(changed)


def _cut(data: bytes, dice: random.Random) -> bytes:
    return data[: dice.randrange(len(data) + 1)]


def _without(data: bytes, dice: random.Random) -> bytes:
    start = dice.randrange(len(data) + 1)
    return data[:start] + data[start + dice.randrange(1, 200) :]


def _inserted(data: bytes, dice: random.Random) -> bytes:
    at = dice.randrange(len(data) + 1)
    return data[:at] + dice.randbytes(dice.randrange(100)) + data[at:]


def _zeroed(data: bytes, dice: random.Random) -> bytes:
    start, length = dice.randrange(len(data) + 1), dice.randrange(1, 300)
    return data[:start] + bytes(min(length, len(data) - start)) + data[start + length :]


def _frames(data: bytes) -> list[bytes]:
    """The file in parts that begin with what begins a frame."""
    first, *rest = data.split(SYNC)
    return [first, *(SYNC + part for part in rest)]


def _doubled(data: bytes, dice: random.Random) -> bytes:
    parts = _frames(data)
    at = dice.randrange(len(parts))
    return b"".join([*parts[: at + 1], *parts[at:]])


def _reordered(data: bytes, dice: random.Random) -> bytes:
    first, *rest = _frames(data)
    dice.shuffle(rest)
    return b"".join([first, *rest])


_WAYS = (_flipped, _flipped, _cut, _without, _inserted, _zeroed, _doubled, _reordered)
