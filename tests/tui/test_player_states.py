"""Every sort of file people may have: it opens, moves, and says what is wrong with it."""

from pathlib import Path

import pytest

from agentrec.recording.reader import Recording
from tests.tui.helpers import Script, playing, run, settled, text, until
from tests.tui.workspace import Made

FILES = sorted((Path(__file__).parents[2] / "fixtures" / "recordings").glob("*.ahr"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_fixture_plays(path):
    with Recording.open(str(path)) as recording:
        whole = recording.ended
        for _ in recording.frames():
            pass
        damaged = bool(recording.damage)

    async def test():
        async with playing(str(path), size=(140, 40)) as (player, pilot):
            for key in ("G", "comma", "full_stop", "5", "right_square_bracket", "g"):
                await pilot.press(key)
                await settled(pilot)
            await pilot.press("slash", *"e", "enter")
            await until(pilot, lambda: not player.state.searching)
            await pilot.press("escape")
            player._message = ""
            player.update_position()
            said = player.status_line.text
            assert ("cut short" in said) == (not whole)
            assert ("unreadable" in said) == (damaged and whole)

    run(test())


def test_a_recording_whose_size_changes_while_it_plays(tmp_path):
    script = Script().out(0, "wide")
    for cols in (100, 20, 1, 60):
        script.resize(50, cols, 10).out(50, f"\r\n{cols}")
    path = script.save(tmp_path / "sizes.ahr")

    async def test():
        async with playing(path, paused=False) as (player, pilot):
            await until(pilot, lambda: player.state.clock.at_end)
            await settled(pilot)
            assert player.terminal_view.picture.cols == 60
            assert player.terminal_view.placement.framed
            assert text(player).endswith("60")

    run(test())


@pytest.mark.parametrize("size", [(1, 1), (2, 2), (20, 5), (300, 100)])
def test_any_window(tmp_path, size):
    path = Script().out(0, "some words").save(tmp_path / "a.ahr")

    async def test():
        async with playing(path, size=size) as (player, pilot):
            for key in ("tab", "question_mark", "escape", "slash", "escape", "alt+right", "tab"):
                await pilot.press(key)
            for other in ((80, 24), (3, 40), (200, 2)):
                await pilot.resize_terminal(*other)
                await pilot.pause()
            assert player.is_running

    run(test())


@pytest.mark.parametrize("size", [(1, 1), (20, 5), (300, 100)])
@pytest.mark.parametrize("key", ["s", "d", "i"])
def test_files_and_dialog_in_any_window(tmp_path, size, key):
    made = Made(tmp_path)

    async def test():
        async with playing(made.path, size=size, start=made.times[1]) as (player, pilot):
            await pilot.press(key)
            await until(pilot, lambda: len(player.screen_stack) == 2 and not player.screen.busy)
            for other in ((80, 24), (3, 40), (200, 2)):
                await pilot.resize_terminal(*other)
                await pilot.pause()
            await pilot.press("down", "tab", "escape")
            await until(pilot, lambda: len(player.screen_stack) == 1)

    run(test())


def test_a_title_cannot_break_the_frame(tmp_path):
    script = Script().out(0, "\x1b]0;" + "very long title " * 20 + "\u202e\x07x")
    path = script.save(tmp_path / "a.ahr")

    async def test():
        async with playing(path, size=(100, 30)) as (player, _):
            top = player.terminal_view.render_line(player.terminal_view.placement.y - 1)
            assert top.cell_length == player.terminal_view.size.width
            assert "…" in top.text
            assert top.text.rstrip().endswith("╮")

    run(test())
