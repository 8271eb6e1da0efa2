"""``pace.py FILE MB``: writes a file to the terminal at so many megabytes a second."""

import os
import sys
import time

TICK = 0.05  # seconds


def main(path: str, rate: float) -> None:
    with open(path, "rb") as file:
        due = time.monotonic()
        while piece := file.read(int(rate * 1e6 * TICK)):
            while piece:
                piece = piece[os.write(1, piece) :]
            due += TICK
            time.sleep(max(0.0, due - time.monotonic()))


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]))
