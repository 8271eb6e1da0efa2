"""Drives the player as a person does, in a terminal, and prints what it took, as JSON.

Run as a program: ``python -m scripts.bench_parts.player_probe FILE SPEED SECONDS KEYS``. FILE is made first:
a program that draws 60 numbered frames a second on 120x40, each with several changed rows.
"""

from __future__ import annotations

import json
import os
import re
import select
import sys
import time
from typing import NamedTuple

import ptyprocess

from agentrec.recording.writer import Writer
from agentrec.terminal.query_responder import QueryResponder

FPS = 60
COLS, ROWS = 120, 40
WINDOW = (48, 126)  # rows and columns: the recorded terminal fits, with its frame
SECOND = 1_000_000_000
START = 4.0  # seconds that the recording is longer, for a player that is slow to start
BETWEEN = 0.07  # seconds between a key and the next
WARM_UP = 1.5  # seconds until it plays smoothly and has read what there is
_FRAME = re.compile(rb"frame (\d{7})")
_ASKED = b"go to"  # the prompt that `t` opens


class Drawn(NamedTuple):
    """A frame that reached the terminal, and when (s)."""

    number: int
    at: float


class Player:
    """The player in a terminal; what it draws is read as fast as it comes."""

    def __init__(self, path: str, speed: float) -> None:
        command = [sys.executable, "-m", "agentrec", "replay", "--speed", str(speed), path]
        env = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor"}
        self._process = ptyprocess.PtyProcess.spawn(command, env=env, dimensions=WINDOW)
        self._answerer = QueryResponder(WINDOW[1], WINDOW[0])
        self.drawn: list[Drawn] = []
        self._tail = b""

    def read(self, seconds: float, word: bytes = b"") -> float | None:
        """Read for so long, or until ``word`` comes; how long that took (s)."""
        started = time.perf_counter()
        while (left := seconds - (time.perf_counter() - started)) > 0:
            if not select.select([self._process.fd], [], [], left)[0]:
                break
            data = os.read(self._process.fd, 1 << 16)
            now = time.perf_counter()
            for reply in self._answerer.feed(data):
                os.write(self._process.fd, reply)
            text = self._tail + data
            for match in _FRAME.finditer(text):
                number = int(match[1])
                if not self.drawn or self.drawn[-1].number != number:
                    self.drawn.append(Drawn(number, now))
            if word and word in text:
                self._tail = b""
                return now - started
            self._tail = text[-16:]
        return None

    def press(self, key: bytes, word: bytes = b"") -> float | None:
        """Type a key; seconds until ``word`` is drawn."""
        self._tail = b""
        os.write(self._process.fd, key)
        return self.read(5.0, word) if word else None

    def close(self) -> None:
        os.write(self._process.fd, b"\x03")
        self._process.close(force=True)


def main(path: str, speed: float, seconds: float, keys: int) -> None:
    make(path, (START + WARM_UP + seconds + keys * 4 * BETWEEN) * speed)
    player = Player(path, speed)
    try:
        if player.read(30.0, b"frame ") is None:
            raise SystemExit("the player shows nothing")
        player.read(WARM_UP)
        player.drawn.clear()
        player.read(seconds)
        drawn = player.drawn
        times = _latencies(player, keys)
    finally:
        player.close()
    lag = _lag(drawn, speed)
    rate = (len(drawn) - 1) / (drawn[-1].at - drawn[0].at)
    print(json.dumps({"drawn a second": rate, "behind ms": lag, "key ms": times}))


def make(path: str, seconds: float) -> None:
    """A recording of that length."""
    header = {"id": "frames", "cols": COLS, "rows": ROWS, "command": ["frames"], "title": "frames"}
    writer = Writer(path, header, overwrite=True)
    writer.start()
    for number in range(round(seconds * FPS)):
        writer.output(number * SECOND // FPS, _frame(number))
        if number % 600 == 0:
            writer.flush()
    writer.close()


def _frame(number: int) -> bytes:
    """A repaint: counter, a spinner, a bar, and three rows of text that is still being written."""
    rows = [f"frame {number:07}  {'|/-'[number % 3]}  " + "█" * (number % 90)]
    rows += [f"  \x1b[3{n}mrow {n}\x1b[0m {'word ' * (number // 7 % 20)}" for n in range(1, 4)]
    rows += [f"  line {number // 30 + n} of a log that moves twice a second" for n in range(30)]
    text = "\x1b[K\r\n".join(rows)
    return f"\x1b[?2026h\x1b[H{text}\x1b[K\x1b[?2026l".encode()


def _lag(drawn: list[Drawn], speed: float) -> list[float]:
    """How much later than the earliest one each frame was drawn (ms), as its number says."""
    offsets = [one.at - one.number / FPS / speed for one in drawn]
    return [round((offset - min(offsets)) * 1000, 3) for offset in offsets]


def _latencies(player: Player, keys: int) -> list[float]:
    """Milliseconds from a key to what it shows, while it plays."""
    times = []
    for _ in range(keys):
        took = player.press(b"t", _ASKED)
        if took is None:
            raise SystemExit("a key was lost")
        times.append(round(took * 1000, 3))
        player.press(b"\r")  # nothing typed: nowhere to go
        player.read(BETWEEN)
    return times


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4]))
