"""A recording with a bit of everything, and a player on it that tests can drive."""

import asyncio
import time
from contextlib import asynccontextmanager

from agentrec.recording.events import Event
from agentrec.recording.reader import Recording
from agentrec.recording.rewrite import save
from agentrec.terminal.seek.timeline import Timeline
from agentrec.tui.playback.player_state import PlayerState
from agentrec.tui.player import Player

S = 1_000_000_000
PATIENCE = 60  # seconds
HEADER = {"id": "demo", "cols": 60, "rows": 16, "command": ["bash", "-l"], "title": "demo"}


class Script:
    """Events one after the other; ``wait`` in milliseconds before each."""

    def __init__(self):
        self.events = []
        self.t = 0

    def add(self, wait, track, kind, data, **links):
        self.t += wait * 1_000_000
        self.events.append(Event(len(self.events), self.t, track, kind, data, **links))
        return self

    def out(self, wait, text):
        return self.add(wait, "term", "output", text if isinstance(text, bytes) else text.encode())

    def mark(self, wait, label):
        return self.add(wait, "mark", "moment", {"label": label, "source": "cli"})

    def resize(self, wait, cols, rows):
        return self.add(wait, "term", "resize", {"cols": cols, "rows": rows})

    def save(self, path, **header):
        save(str(path), {**HEADER, **header}, self.events)
        return str(path)


def story():
    """20 s: a shell, a failing tool call, a pause of ten seconds, a full-screen program."""
    script = Script().out(0, "$ ")
    for letter in "make test":
        script.out(100, letter)
    script.out(100, "\r\n\x1b[1mrunning\x1b[0m tests\r\n").mark(0, "tests began")
    for number in range(20):
        script.out(100, f"test {number:02} \x1b[32mpassed\x1b[0m\r\n")
    script.add(0, "tool", "call", {"name": "Bash", "input": {"command": "make test"}}, span="a")
    script.add(500, "tool", "result", {"name": "Bash", "is_error": True}, span="a")
    script.out(100, "\x1b[31m1 failed\x1b[0m: needle in test 7\r\n").mark(0, "tests failed")
    script.out(10_000, "\x1b[?1049h\x1b[2J\x1b[H\x1b[44m editor \x1b[0m\x1b[2;1Htop of file")
    script.out(1000, "\x1b[3;1Hneedle again").mark(0, "in the editor")
    script.out(1000, "\x1b[?1049l$ bye\r\n")
    return script.add(4400, "term", "exit", {"code": 1, "signal": None})


@asynccontextmanager
async def playing(path, size=(100, 30), *, paused=True, speed=1.0, idle_limit=None, **options):
    """A player on ``path`` and its pilot, with the first frame and everything beside it shown."""
    with Recording.open(path) as recording:
        timeline = Timeline(recording)

        def make(deliver):
            return PlayerState(recording, timeline, deliver, speed=speed, idle_limit=idle_limit)

        player = Player(make, **options)
        async with player.run_test(size=size) as pilot:
            if paused:
                player.state.clock.pause()
                player.state.clock.seek(options.get("start", 0))
                player.wake()
            await settled(pilot)
            await until(pilot, lambda: player.state.loaded and player.timeline_bar.activity)
            yield player, pilot
        timeline.close()


async def settled(pilot):
    """Wait until every thread has answered and the answers are on screen."""
    state = pilot.app.state
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        await pilot.pause(0.005)
        picture = pilot.app.terminal_view.picture
        shown = picture is not None and picture.serial == state.screens.serial
        if shown and picture.t == state.clock.t and not state.searching:
            await pilot.pause()
            return
    raise AssertionError("the player never came to rest")


async def until(pilot, happened):
    """Wait for something a thread does."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        await pilot.pause(0.005)
        if happened():
            await pilot.pause()
            return
    raise AssertionError("it never happened")


def text(player):
    """What the recorded terminal shows, right-trimmed rows."""
    rows = ["".join(run.text for run in row).rstrip() for row in player.terminal_view.picture.lines]
    return "\n".join(rows).rstrip()


def drawn(player):
    """What the player's own screen shows."""
    return "\n".join(
        "".join(segment.text for segment in line).rstrip()
        for line in player.screen._compositor.render_strips()
    )


def run(coroutine):
    """Run a test that is a coroutine."""
    return asyncio.run(coroutine)
