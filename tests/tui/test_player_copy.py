"""Text selected with the mouse, and copied with it or with a key."""

import pytest

from agentrec.tui.widgets.terminal_view import TerminalView
from tests.tui.helpers import S, Script, playing, run, settled, story, text


@pytest.fixture
def path(tmp_path):
    return story().save(tmp_path / "story.ahr")


async def drag(player, pilot, start, stop):
    """From one recorded cell (column, row) to another."""
    view = player.terminal_view
    (x, y), (x2, y2) = (
        (a + view.placement.x - view.placement.left, b + view.placement.y - view.placement.top)
        for a, b in (start, stop)
    )
    await pilot.mouse_down(TerminalView, offset=(x, y))
    await pilot.hover(TerminalView, offset=(x2, y2))
    await pilot.mouse_up(TerminalView, offset=(x2, y2))
    await pilot.pause()


def test_a_drag_copies_what_it_selects(path):
    async def test():
        async with playing(path, start=4 * S) as (player, pilot):
            await drag(player, pilot, (5, 0), (3, 1))
            assert player.clipboard == "06 passed\ntest"
            assert "copied 2 lines" in player.status_line.text
            await drag(player, pilot, (8, 2), (0, 2))
            assert player.clipboard == "test 08 p"
            assert "copied 9 characters" in player.status_line.text

    run(test())


def test_the_key_copies_the_selection_or_the_screen(path):
    async def test():
        async with playing(path, start=4 * S) as (player, pilot):
            await pilot.press("y")
            assert player.clipboard == text(player)
            await drag(player, pilot, (0, 0), (3, 0))
            player.copy_to_clipboard("")
            await pilot.press("y")
            assert player.clipboard == "test"
            await pilot.press("escape", "y")
            assert player.clipboard == text(player)

    run(test())


def test_two_clicks_take_a_word_and_three_a_line(path):
    async def test():
        async with playing(path, start=4 * S) as (player, pilot):
            view = player.terminal_view
            at = (view.placement.x + 9, view.placement.y)
            await pilot.click(TerminalView, offset=at)
            assert view.selection is None
            await pilot.click(TerminalView, offset=at, times=2)
            assert player.clipboard == "passed"
            await pilot.click(TerminalView, offset=at, times=3)
            assert player.clipboard == "test 06 passed"

    run(test())


def test_selecting_pauses(path):
    async def test():
        async with playing(path, paused=False, speed=0.01) as (player, pilot):
            await pilot.click(TerminalView, offset=(20, 5))
            assert player.state.clock.playing
            await drag(player, pilot, (0, 0), (1, 0))
            assert not player.state.clock.playing

    run(test())


def test_a_selection_lasts_as_long_as_its_text(path):
    async def test():
        async with playing(path, start=round(13.7 * S)) as (player, pilot):
            await drag(player, pilot, (0, 1), (10, 1))
            assert player.clipboard == "top of file"
            await pilot.press("full_stop")  # draws in another row
            await settled(pilot)
            assert "needle again" in text(player)
            assert player.terminal_view.selection
            await pilot.press("full_stop")
            await settled(pilot)
            assert player.terminal_view.selection is None

    run(test())


def test_a_panned_terminal_and_a_drag_beyond_it(path):
    async def test():
        async with playing(path, size=(40, 12), start=4 * S) as (player, pilot):
            view = player.terminal_view
            placement = view.placement
            await pilot.mouse_down(TerminalView, offset=(placement.x, placement.y))
            await pilot.hover(offset=(39, 11))  # on the status line
            await pilot.mouse_up(offset=(39, 11))
            await pilot.pause()
            rows = text(player).splitlines()[placement.top : placement.top + placement.height]
            assert player.clipboard == "\n".join(rows)

    run(test())


def test_nothing_to_copy(tmp_path):
    path = Script().out(0, "\x1b[8mhidden").save(tmp_path / "empty.ahr")

    async def test():
        async with playing(path) as (player, pilot):
            await pilot.press("y")
            assert player.clipboard == ""
            assert "nothing to copy" in player.status_line.text

    run(test())


def test_what_is_selected_is_drawn_reversed(path):
    async def test():
        async with playing(path, start=4 * S) as (player, pilot):
            await drag(player, pilot, (5, 0), (6, 0))
            view = player.terminal_view
            line = view.render_line(view.placement.y)
            reversed_text = "".join(s.text for s in line if s.style and s.style.reverse)
            assert reversed_text == "06"

    run(test())
