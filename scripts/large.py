"""Makes a long recording of an agent at work: ``python -m scripts.large OUT.ahr [MEGABYTES [SECONDS]]``.

Built as a recorder builds it, through the writer with its keyframes, only that time runs faster.
"""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Iterator
from typing import NamedTuple

from agentrec.recording.writer import Writer
from agentrec.terminal.seek.keyframe_thread import KeyframeThread
from scripts.bench_parts.streams import STREAMS

READ = 4095  # bytes a PTY gives at most at once
WAITING = 8 << 20  # bytes the writer may have queued
SECOND = 1_000_000_000
SIZES = [(120, 40), (100, 30), (160, 50), (80, 24)]


class Phase(NamedTuple):
    """What the program does for a while: ``share`` of all bytes, written ``rate`` bytes a second."""

    stream: str
    share: float
    rate: int
    alternate: bool = False


PHASES = (
    Phase("repaint", 0.75, 80_000),
    Phase("log", 0.15, 2_000_000),
    Phase("color", 0.1, 400_000, alternate=True),
)
ROUNDS = 24  # how often the phases alternate, with a pause after each


def main(path: str, megabytes: float = 200, seconds: float = 3600) -> None:
    size = int(megabytes * 1e6)
    header = {
        "id": "large",
        "created": "2026-01-02T03:04:05.000000000Z",
        "cols": SIZES[0][0],
        "rows": SIZES[0][1],
        "command": ["agent"],
        "title": "an hour of an agent's work",
    }
    writer = Writer(path, header, overwrite=True)
    writer.attach(KeyframeThread(writer, catch_up_seconds=600))
    writer.start()
    t = 0
    for t, piece in _session(size, round(seconds * SECOND)):
        while writer.pending > WAITING:
            time.sleep(0.01)
        if isinstance(piece, bytes):
            writer.output(t, piece)
        elif isinstance(piece, tuple):
            writer.resize(t, *piece)
        else:
            writer.event(t, "mark", "moment", {"label": piece, "source": "cli"})
    writer.event(t, "term", "exit", {"code": 0, "signal": None})
    writer.close()
    if writer.failure:
        sys.exit(f"cannot write {path}: {writer.failure}")


def _session(size: int, duration: int) -> Iterator[tuple[int, bytes | tuple[int, int] | str]]:
    """``(t in ns, output or new size or label of a moment)``."""
    dice = random.Random(4)
    streams = {phase.stream: STREAMS[phase.stream](size) for phase in PHASES}
    busy = sum(size * phase.share / phase.rate for phase in PHASES) * SECOND
    pause = max(0.0, (duration - busy) / (ROUNDS * len(PHASES)))
    t = 0.0
    for number in range(ROUNDS):
        yield round(t), SIZES[number // 4 % len(SIZES)]
        for phase in PHASES:
            yield round(t), f"{phase.stream} {number + 1}"
            if phase.alternate:
                yield round(t), b"\x1b[?1049h\x1b[H"
            for piece in _reads(streams[phase.stream], round(size * phase.share / ROUNDS)):
                t += len(piece) / phase.rate * SECOND * dice.uniform(0.5, 1.5)
                yield round(t), piece
            if phase.alternate:
                yield round(t), b"\x1b[?1049l"
            t += pause
    yield max(round(t), duration), b"\r\n"


def _reads(pieces: Iterator[bytes], size: int) -> Iterator[bytes]:
    """About ``size`` bytes as they would be read: a frame by itself, of a flood as much as fits."""
    held, waiting = 0, b""
    for piece in pieces:
        waiting += piece.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
        if len(waiting) < 1000:  # lines of a log
            continue
        for start in range(0, len(waiting), READ):
            yield waiting[start : start + READ]
        held += len(waiting)
        waiting = b""
        if held >= size:
            return


if __name__ == "__main__":
    main(sys.argv[1], *map(float, sys.argv[2:]))
