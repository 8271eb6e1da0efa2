"""The trace in the player: what took how long, in step with the screen."""

import pytest

from agentrec.tui.widgets.item_list import ItemList
from agentrec.tui.widgets.waterfall import Waterfall
from tests.library.helpers import call, ended, make, shown
from tests.report.test_spans import TOLD
from tests.tui.helpers import S, drawn, playing, run, settled


@pytest.fixture
def path(tmp_path):
    turn = (12, "agent", "message", {"role": "user", "text": "more"}, {"actor": "user"})
    late = call(14, "late", duration_ms=1000)
    more = [*TOLD[:-1], turn, late, ended(15)]
    return make(str(tmp_path / "r.ahr"), shown(0, "x"), *more, cols=60, rows=16)


def current(player):
    items = player.query_one(ItemList)
    return items.items[items.current].text


def test_it_follows_the_screen(path):
    async def test():
        async with playing(path, size=(120, 30), start=6 * S) as (player, pilot):
            await pilot.press("w")
            assert player.side_panel.shown == "trace"
            assert current(player).endswith("Grep")
            page = drawn(player)
            assert "Trace 9" in page
            assert "agent/explorer" in page
            await pilot.press("left")
            await settled(pilot)
            assert current(player).endswith("big")

    run(test())


def test_the_current_turn(path):
    async def test():
        async with playing(path, size=(120, 30), start=6 * S) as (player, pilot):
            await pilot.press("w", "w")
            assert "This turn 8.0 s" in drawn(player)
            assert len(player.query_one(ItemList).items) == 7
            player.go_to(13 * S)
            await settled(pilot)
            assert "This turn 2.0 s" in drawn(player)
            assert [item.text.split()[-1] for item in player.query_one(ItemList).items] == [
                "more",
                "late",
            ]
            await pilot.press("w")
            assert "All 15.0 s" in drawn(player)

    run(test())


def test_a_click_on_a_bar_goes_there(path):
    async def test():
        async with playing(path, size=(120, 30)) as (player, pilot):
            await pilot.press("w")
            await pilot.pause()
            waterfall = player.query_one(Waterfall)
            width = waterfall.size.width - 2
            await pilot.click(Waterfall, offset=(1 + width * 5 // 15, 5))  # Task
            await settled(pilot)
            assert player.state.clock.t == 3 * S
            await pilot.click(Waterfall, offset=(1 + width * 10 // 15, 5))  # nothing
            await settled(pilot)
            assert player.state.clock.t == 3 * S

    run(test())


def test_without_any(tmp_path):
    path = make(str(tmp_path / "r.ahr"), shown(0, "x"), ended(1))

    async def test():
        async with playing(path) as (player, pilot):
            await pilot.press("w")
            assert "no model calls and tools" in player.status_line.text
            assert player.side_panel.shown != "trace"

    run(test())
