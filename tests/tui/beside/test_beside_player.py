"""The side-by-side player: keys move both screens; in a real terminal from the command line."""

import sys
import time
from contextlib import asynccontextmanager

import pytest

from agentrec.cli.main import main
from agentrec.compare.compared_run import read_run
from agentrec.compare.comparison import compare_runs
from agentrec.recording.reader import Recording
from agentrec.terminal.seek.timeline import Timeline
from agentrec.tui.beside.beside_player import BesidePlayer
from tests.agents_env.drive import Send, Wait, drive
from tests.agents_env.recorded import PACKAGE
from tests.cli.library.test_compare import told
from tests.library.helpers import make, shown
from tests.tui.helpers import run

S = 1_000_000_000
PATIENCE_SECONDS = 60


def run_of(tmp_path, name, *, factor=1, words="I test it."):
    """A run that shows each second on its screen."""
    events = [(event[0] * factor, *event[1:]) for event in told(words)]
    ticks = [shown(t * factor, f"\r{name} {t}   ") for t in range(8)]
    return make(str(tmp_path / f"{name}.ahr"), *sorted([*events, *ticks], key=lambda it: it[0]))


@pytest.fixture
def runs(tmp_path):
    return run_of(tmp_path, "left"), run_of(tmp_path, "right", factor=3, words="I try it.")


@asynccontextmanager
async def playing(left, right):
    with Recording.open(left) as one, Recording.open(right) as other:
        comparison = compare_runs(read_run(one), read_run(other), {})
        timelines = [Timeline(one), Timeline(other)]
        player = BesidePlayer(comparison, timelines)
        async with player.run_test(size=(100, 30)) as pilot:
            yield player, pilot
        for timeline in timelines:
            timeline.close()


def texts(player):
    """The first row of both screens."""
    pictures = [view.picture for view in player.views]
    return ["".join(run.text for run in it.lines[0]).strip() if it else "" for it in pictures]


async def until(pilot, expected):
    end = time.monotonic() + PATIENCE_SECONDS
    while texts(pilot.app) != expected:
        assert time.monotonic() < end, texts(pilot.app)
        await pilot.pause(0.01)


def test_steps_differences_and_times(runs):
    async def test():
        async with playing(*runs) as (player, pilot):
            await until(pilot, ["left 0", "right 0"])
            await pilot.press("full_stop")
            await until(pilot, ["left 1", "right 1"])  # at 1 s and at 3 s
            assert player.times == (1 * S, 3 * S)
            await pilot.press("d")
            assert player.table.current == player.steps.first_difference == 1
            await until(pilot, ["left 2", "right 1"])
            assert "I try it." in str(player.status.left)
            await pilot.press("full_stop")
            await until(pilot, ["left 2", "right 2"])
            await pilot.press("comma", "comma", "comma", "comma")
            await until(pilot, ["left 1", "right 1"])
            await pilot.press("G")
            await until(pilot, ["left 7", "right 7"])
            await pilot.press("g", "t", "right")
            await until(pilot, ["left 5", "right 1"])  # both at 5 s
            assert player.by_time
            await pilot.press("G")
            assert player.times == (8 * S, 24 * S)

    run(test())


def test_playing_moves_both(runs):
    async def test():
        async with playing(*runs) as (player, pilot):
            await pilot.press(*["plus"] * 8, "space")
            await until(pilot, ["left 7", "right 7"])
            end = time.monotonic() + PATIENCE_SECONDS
            while player.clock.playing:
                assert time.monotonic() < end
                await pilot.pause(0.01)

    run(test())


def test_equal_runs(tmp_path):
    async def test():
        one, other = run_of(tmp_path, "left"), run_of(tmp_path, "other")
        async with playing(one, other) as (player, pilot):
            await pilot.press("d")
            assert "all steps are equal" in str(player.status.left)

    run(test())


@pytest.mark.parametrize("command", [["replay", "--beside"], ["compare", "--open"]])
def test_in_a_terminal(runs, tmp_path, command):
    env = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "TERM": "xterm-256color"}
    env |= {"PYTHONPATH": PACKAGE, "LANG": "C.UTF-8"}
    words = [runs[0], *command[1:], runs[1]] if command[0] == "replay" else [*runs, *command[1:]]
    argv = [sys.executable, "-P", "-m", "agentrec", command[0], *words]
    steps = [Wait("left 0"), Send(b"d"), Wait(r"≠.*I try it"), Wait("left 2"), Send(b"q")]
    result = drive(argv, env, tmp_path, 110, 30, steps)
    assert result.status == 0
    assert result.restored


@pytest.mark.parametrize("more", [["--plain"], ["--follow"], ["--since", "1"], []])
def test_what_does_not_go_together(runs, capsys, more):
    assert main(["replay", runs[0], "--beside", runs[1], *more]) == 2
    words = "cannot be used with" if more else "not a terminal"
    assert words in capsys.readouterr().err
