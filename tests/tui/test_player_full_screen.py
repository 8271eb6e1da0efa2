"""The recorded terminal alone: nothing of the player takes its cells."""

import pytest

from agentrec.tui.widgets.prompt import Prompt
from tests.tui.helpers import S, Script, drawn, playing, run, settled, story, text, until


@pytest.fixture
def path(tmp_path):
    return story().save(tmp_path / "story.ahr")


def test_a_window_of_the_recorded_size_shows_all_of_it(tmp_path):
    rows = "\r\n".join(f"{n:02}".ljust(59, "·") + "|" for n in range(16))
    path = Script().out(0, rows).save(tmp_path / "full.ahr")

    async def test():
        async with playing(path, size=(60, 16)) as (player, pilot):
            assert not player.terminal_view.shows_all
            await pilot.press("f")
            await settled(pilot)
            assert player.terminal_view.shows_all
            assert drawn(player) == rows.replace("\r", "")
            await pilot.press("f")
            await settled(pilot)
            assert not player.terminal_view.shows_all

    run(test())


def test_the_keys_work_and_their_messages_go_with_the_next_one(path):
    async def test():
        async with playing(path, size=(60, 16), start=4 * S) as (player, pilot):
            await pilot.press("f")
            await settled(pilot)
            alone = drawn(player)
            assert alone.rstrip() == text(player)
            await pilot.press("plus")
            await until(pilot, lambda: "speed 1.5" in drawn(player).splitlines()[-1])
            assert player.terminal_view.placement.y == 0
            await pilot.press("escape", "f")
            await settled(pilot)
            assert drawn(player) == alone
            await pilot.press("slash")
            await until(pilot, lambda: "search everything" in drawn(player).splitlines()[-1])
            assert drawn(player).split("\n")[:-1] == alone.split("\n")[:-1]
            await pilot.press(*"needle", "enter")
            await settled(pilot)
            assert not player.query_one(Prompt).display

    run(test())


def test_escape_clears_one_thing_after_the_other(path):
    async def test():
        async with playing(path, size=(60, 16), start=4 * S) as (player, pilot):
            view = player.terminal_view
            await pilot.press("f", "slash", *"test", "enter")
            await settled(pilot)
            await pilot.mouse_down(view, offset=(0, 0))
            await pilot.hover(view, offset=(5, 0))
            await pilot.mouse_up(view, offset=(5, 0))
            for expected in [(None, True, True), (None, False, True), (None, False, False)]:
                await pilot.press("escape")
                await settled(pilot)
                state = (view.selection, bool(player.state.pattern), player.full_screen)
                assert state == expected

    run(test())


def test_the_panel_comes_back(path):
    async def test():
        async with playing(path, size=(100, 30)) as (player, pilot):
            assert player.side_panel.display
            await pilot.press("f")
            await settled(pilot)
            assert not player.side_panel.display
            assert player.terminal_view.size == (100, 30)
            await pilot.press("tab")
            await settled(pilot)
            assert (player.side_panel.display, player.full_screen) == (True, False)

    run(test())


def test_a_narrow_window_covered_by_the_panel(path):
    async def test():
        async with playing(path, size=(50, 20)) as (player, pilot):
            await pilot.press("tab", "f")
            await settled(pilot)
            assert player.terminal_view.size == (50, 20)
            await pilot.press("f")
            await settled(pilot)
            assert player.side_panel.display
            assert not player.terminal_view.display

    run(test())
