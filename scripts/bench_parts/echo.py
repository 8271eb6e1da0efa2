"""The child of the latency measurement. Run as a program in a terminal.

Answers every byte with ENQ (0x05) at once. ``p`` starts heavy repainting, ``s`` stops it, ``q`` ends.
"""

import os
import random
import select
import time
import tty

ANSWER = b"\x05"
PAINT, STILL, QUIT = b"psq"
EVERY = 0.005  # seconds between two repaints of some 8 KB: what a compressor can still follow live
WORDS = ("error", "build", "passed", "running", "file", "main", "test", "value", "return", "async")


def screens() -> list[bytes]:
    """Full-screen repaints that differ in about a third of their lines."""
    dice = random.Random(7)
    lines = [_line(dice) for _ in range(40)]
    frames = []
    for _ in range(50):
        for _ in range(13):
            lines[dice.randrange(40)] = _line(dice)
        frames.append(b"\x1b[?2026h\x1b[H" + b"\x1b[K\r\n".join(lines) + b"\x1b[?2026l")
    return frames


def _line(dice: random.Random) -> bytes:
    words = [f"\x1b[{dice.randrange(31, 38)}m{dice.choice(WORDS)}\x1b[0m" for _ in range(14)]
    return f"{dice.randrange(10**6):>6} {' '.join(words)}".encode()


def main() -> None:
    tty.setraw(0)
    frames = screens()
    poll = select.poll()
    poll.register(0, select.POLLIN)
    os.write(1, ANSWER)
    painting, number, due = False, 0, 0.0
    while True:
        wait = max(0.0, (due - time.monotonic()) * 1000) if painting else None
        if poll.poll(wait):
            for byte in os.read(0, 1024) or b"q":
                if byte == QUIT:
                    return
                if byte in (PAINT, STILL):
                    painting = byte == PAINT
                else:
                    os.write(1, ANSWER)
        if painting and time.monotonic() >= due:
            due = time.monotonic() + EVERY
            os.write(1, frames[number % len(frames)])
            number += 1


if __name__ == "__main__":
    main()
