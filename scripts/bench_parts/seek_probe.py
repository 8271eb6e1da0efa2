"""Opens a recording as a player does and prints what it took, as JSON.

Run as a program: ``python -m scripts.bench_parts.seek_probe FILE SEEKS [zero]``. ``zero`` plays it from
start to end instead of seeking. A process of its own: nothing is imported or cached before.
"""

import sys
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from agentrec.recording.reader import Recording
    from agentrec.terminal.engine.screen import Screen
    from agentrec.terminal.seek.timeline import Timeline

LAUNCHED = time.perf_counter()


def main(file: str, seeks: int, *, zero: bool) -> None:
    from agentrec.recording.reader import Recording
    from agentrec.terminal.engine.screen import Screen
    from agentrec.terminal.seek.timeline import Timeline

    loaded = time.perf_counter()
    with Recording.open(file) as recording:
        timeline = Timeline(recording)
        timeline.screen_at(0).styled_rows()
        shown = time.perf_counter()
        found: dict[str, object] = {
            "import ms": (loaded - LAUNCHED) * 1000,
            "first frame ms": (shown - loaded) * 1000,
        }
        if zero:
            found["zero s"] = _play(recording, Screen(*recording.size))
        else:
            found["seek ms"] = _seek(timeline, seeks)
        from scripts.bench_parts.held import most_held

        found["peak MB"] = most_held()
    import json

    print(json.dumps(found))


def _seek(timeline: "Timeline", count: int) -> list[float]:
    """Milliseconds from a random place to the picture of another."""
    import random

    dice = random.Random(1)
    times = []
    for _ in range(count):
        goal = dice.randrange(timeline.duration)
        started = time.perf_counter()
        timeline.screen_at(goal).styled_rows()
        times.append((time.perf_counter() - started) * 1000)
    return times


def _play(recording: "Recording", screen: "Screen") -> float:
    """Seconds to feed everything to a screen, as a player without keyframes has to."""
    started = time.perf_counter()
    for event in recording.events(tracks=("term",)):
        if event.kind == "output" and isinstance(event.data, bytes):
            screen.feed(event.data)
        elif event.kind == "resize" and isinstance(event.data, dict):
            screen.resize(event.data["cols"], event.data["rows"])
    screen.styled_rows()
    return time.perf_counter() - started


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), zero=sys.argv[3:] == ["zero"])
