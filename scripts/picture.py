"""Records a real agent and draws the player on it: ``python -m scripts.picture [AGENT] [FOLDER]``."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import sys
import tempfile
from pathlib import Path

from agentrec.recording.append import append_moment
from agentrec.recording.reader import Recording
from agentrec.terminal.screen_transcript import transcript_lines
from agentrec.terminal.seek.timeline import Timeline
from agentrec.tui.playback.player_state import PlayerState
from agentrec.tui.player import Player
from fixtures.modelserver import ModelServer
from tests.agents_env import AGENTS
from tests.agents_env.drive import drive

ROOT = Path(__file__).resolve().parents[1]
WINDOW = (150, 38)
TERMINAL = (94, 30)
PROMPT = "Write area.py with a test, and make it pass. [[scenario:fix-tests]]"
# What somebody watching would mark: a label, and what was on screen then.
MOMENTS = (
    ("the prompt", r"Write area\.py"),
    ("the test fails", r"0 passed, 1 failed"),
    ("sees the fault", r"adds where it should multiply"),
    ("the test passes", r"The test passes now"),
)
SHOWN = "sees the fault"


def main(name: str = "claude", out: str = str(ROOT / "docs/images")) -> None:
    folder = Path(tempfile.mkdtemp(prefix="picture-"))
    work = Path(tempfile.gettempdir()) / "area"  # its name is in the picture
    shutil.rmtree(work, ignore_errors=True)
    try:
        path = record(name, folder, work)
        mark(path)
        os.environ["XDG_DATA_HOME"] = str(
            folder / "home/.local/share"
        )  # the agent's, with the files
        pictures = asyncio.run(draw(path))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        shutil.rmtree(work, ignore_errors=True)
    Path(out).mkdir(parents=True, exist_ok=True)
    for title, svg in pictures.items():
        file = Path(out) / f"{title}.svg"
        file.write_text(plain_fonts(svg))
        print(file)


def record(name: str, folder: Path, work: Path) -> str:
    """A session of the agent through the recorder; returns the recording's path."""
    agent = AGENTS[name]
    path = str(folder / f"{name}.ahr")
    recorder = [sys.executable, "-m", "agentrec", "record", "-q", "-o", path, "--"]
    with ModelServer(delay=0.01) as server:
        env = agent.start(folder / "home", work, server.url)
        env["PYTHONPATH"] = str(ROOT)
        steps = agent.session((PROMPT, "The test passes now"))
        drive(agent.argv(agent.tui), env, work, *TERMINAL, steps, prefix=recorder)
    return path


def mark(path: str) -> None:
    """Add the moments, each where its text was first seen."""
    with Recording.open(path) as recording:
        lines = list(transcript_lines(recording.events(), *recording.size))
    for label, pattern in MOMENTS:
        seen = [t for t, text in lines if re.search(pattern, text)]
        if seen:
            append_moment(path, min(seen), label, "player")


async def draw(path: str) -> dict[str, str]:
    """The player, paused at the moment to show, and the files after the edit, as SVG."""
    title = f"agentrec replay {Path(path).name}"
    with Recording.open(path) as recording, Timeline(recording) as timeline:
        player = Player(lambda deliver: PlayerState(recording, timeline, deliver))
        async with player.run_test(size=WINDOW) as pilot:
            state = player.state
            state.clock.pause()
            await until(
                pilot, lambda: state.loaded and state.anchored and player.timeline_bar.activity
            )
            point = next(point for point in state.markers if point.label == SHOWN)
            state.clock.seek(point.t + 300_000_000)
            player.wake()
            if state.items:
                player.side_panel.shown = "events"
            await until(pilot, lambda: player.terminal_view.picture.t == state.clock.t)
            pictures = {"player": player.export_screenshot(title=title)}
            await pilot.press("w", "w")
            player.hush()
            await until(pilot, lambda: player.side_panel.shown == "trace")
            pictures["trace"] = player.export_screenshot(title=title)
            shown = state.clock.t  # the snapshot after it has the edit
            state.clock.seek(
                next(p.t for p in state.markers if p.kind == "snapshot" and p.t > shown)
            )
            await pilot.press("s")
            await until(pilot, lambda: getattr(player.screen, "view", None))
            await until(pilot, lambda: not player.screen.busy)
            return pictures | {"files": player.export_screenshot(title=title)}


async def until(pilot, happened) -> None:
    while not happened():
        await pilot.pause(0.02)
    await pilot.pause(0.1)


def plain_fonts(svg: str) -> str:
    """No fonts from elsewhere: whoever looks at the picture has a monospaced one."""
    svg = re.sub(r"@font-face\s*\{[^}]*\}\s*", "", svg)
    return svg.replace("Fira Code", "ui-monospace, Menlo, Consolas, DejaVu Sans Mono")


if __name__ == "__main__":
    main(*sys.argv[1:])
