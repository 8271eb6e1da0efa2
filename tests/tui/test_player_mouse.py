"""The mouse on timeline, panel and terminal."""

import pytest

from agentrec.tui.widgets.item_list import ItemList
from agentrec.tui.widgets.tab_bar import TabBar
from agentrec.tui.widgets.terminal_view import TerminalView
from agentrec.tui.widgets.timeline_bar import TimelineBar
from tests.tui.helpers import S, Script, playing, run, settled, story


@pytest.fixture
def path(tmp_path):
    return story().save(tmp_path / "story.ahr")


@pytest.mark.parametrize(("x", "seconds"), [(1, 0), (50, 10.1), (98, 20), (99, 20)])
def test_a_click_on_the_timeline_seeks(path, x, seconds):
    async def test():
        async with playing(path) as (player, pilot):
            await pilot.click(TimelineBar, offset=(x, 1))
            await settled(pilot)
            assert player.state.clock.t / S == pytest.approx(seconds, abs=0.11)

    run(test())


def test_a_click_on_a_mark_goes_to_just_that_time(path):
    async def test():
        async with playing(path) as (player, pilot):
            column = 1 + 3_600_000_000 * 98 // (20 * S)
            await pilot.click(TimelineBar, offset=(column, 1))
            await settled(pilot)
            assert player.state.clock.t == 3_600_000_000

    run(test())


def test_dragging_seeks_on_the_way_and_stays_playing(path):
    async def test():
        async with playing(path, paused=False, speed=0.1) as (player, pilot):
            await pilot.mouse_down(TimelineBar, offset=(10, 1))
            await pilot.hover(TimelineBar, offset=(40, 1))
            before = player.state.clock.t
            await pilot.hover(TimelineBar, offset=(80, 0))
            assert before < player.state.clock.t
            await pilot.mouse_up(TimelineBar, offset=(80, 0))
            at = player.state.clock.t
            assert at / S == pytest.approx(16.2, abs=0.2)
            await pilot.hover(TimelineBar, offset=(20, 0))
            assert player.state.clock.t >= at
            assert player.state.clock.playing

    run(test())


def test_a_click_in_the_panel_goes_there(path):
    async def test():
        async with playing(path) as (player, pilot):
            await pilot.click(ItemList, offset=(5, 2))
            await settled(pilot)
            assert player.state.clock.t == 14_600_000_000
            await pilot.click(ItemList, offset=(5, 9))  # below the last
            await settled(pilot)
            assert player.state.clock.t == 14_600_000_000

    run(test())


def test_tabs(path):
    async def test():
        async with playing(path) as (player, pilot):
            await pilot.click(TabBar, offset=(14, 0))
            assert player.side_panel.shown == "events"
            await pilot.click(TabBar, offset=(2, 0))
            assert player.side_panel.shown == "marks"

    run(test())


def test_a_long_panel_keeps_the_current_item_in_sight(tmp_path):
    script = Script()
    for number in range(200):
        script.mark(100, f"step {number}")
    path = script.save(tmp_path / "many.ahr")

    async def test():
        async with playing(path, size=(110, 24)) as (player, pilot):
            await pilot.press("5")
            await settled(pilot)
            items = player.query_one(ItemList)
            assert (
                items.scroll_offset.y <= items.current < items.scroll_offset.y + items.size.height
            )

    run(test())


def test_the_wheel_pans_what_does_not_fit(path):
    async def test():
        async with playing(path, size=(40, 12), start=3 * S) as (player, pilot):
            top = player.terminal_view.placement.top
            await pilot._post_mouse_events([_up()], TerminalView, offset=(3, 3))
            assert player.terminal_view.placement.top == max(0, top - 3)

    run(test())


def _up():
    from textual.events import MouseScrollUp

    return MouseScrollUp
