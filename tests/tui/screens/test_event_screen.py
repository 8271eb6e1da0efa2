"""A message or tool call in full."""

import pytest

from tests.library.helpers import call, ended, make, shown
from tests.report.test_event_parts import EDIT
from tests.tui.helpers import S, drawn, playing, run, until


@pytest.fixture
def path(tmp_path):
    text = "Now `y`:\n\n```python\ny = 3  # three\n```\n" + "\n".join(
        f"line {n}" for n in range(60)
    )
    return make(
        str(tmp_path / "r.ahr"),
        shown(0, "x"),
        (1, "tool", "call", {"name": "Edit", "input": EDIT}, {"span": "a"}),
        (2, "tool", "result", {"output": "other", "is_error": True}, {"span": "b"}),
        (3, "tool", "result", {"output": "written", "duration_ms": 12}, {"span": "a"}),
        (4, "agent", "message", {"role": "assistant", "text": text}),
        call(5),
        ended(6),
    )


async def opened(player, pilot):
    await pilot.press("o")
    await until(pilot, lambda: not getattr(player.screen, "busy", True))
    return player.screen


def test_a_tool_call_with_its_result(path):
    async def test():
        async with playing(path, start=1 * S) as (player, pilot):
            screen = await opened(player, pilot)
            page = drawn(player)
            for text in ("Edit", "-y = 2", "+y = 3", "result, 12 ms", "written"):
                assert text in page
            assert "other" not in page
            number = screen.page.page.lines.index("+y = 3")
            parts = screen.page._segments(number, screen._role_styles["text"])
            assert len({part.style.color for part in parts}) > 1
            await pilot.press("escape")
            assert player.screen is player.player_screen

    run(test())


def test_a_result_is_shown_with_its_call(path):
    async def test():
        async with playing(path, start=3 * S) as (player, pilot):
            await opened(player, pilot)
            page = drawn(player)
            for text in ("+y = 3", "result, 12 ms", "written"):
                assert text in page

    run(test())


def test_a_message_can_be_scrolled(path):
    async def test():
        async with playing(path, start=4 * S) as (player, pilot):
            screen = await opened(player, pilot)
            assert "y = 3  # three" in drawn(player)
            await pilot.press("G")
            await pilot.pause()
            assert "line 59" in drawn(player)
            await pilot.press("g", "space", "down")
            await pilot.pause()
            assert screen.page.scroll_offset.y > 10

    run(test())


def test_without_colors(path):
    async def test():
        async with playing(path, start=1 * S, no_color=True) as (player, pilot):
            await opened(player, pilot)
            assert "+y = 3" in drawn(player)

    run(test())


def test_before_the_first_event(path):
    async def test():
        async with playing(path) as (player, pilot):
            await pilot.press("o")
            assert "no event before this time" in player.status_line.text

    run(test())
