"""A stretch cut out with the player's keys."""

import pytest

from agentrec.recording.reader import Recording
from tests.tui.helpers import S, playing, run, settled, story, until


@pytest.fixture
def path(tmp_path):
    return story().save(tmp_path / "story.ahr")


def test_in_and_out_and_cut(path, tmp_path):
    async def test():
        async with playing(path, start=2 * S) as (player, pilot):
            await pilot.press("left_parenthesis")
            assert "0:02 to 0:20" in player.status_line.text
            await pilot.press("right")
            await settled(pilot)
            await pilot.press("right_parenthesis")
            assert "0:02 to 0:07" in player.status_line.text
            kinds = [mark.kind for mark in player.timeline_bar.marks]
            assert (kinds.count("start"), kinds.count("end")) == (1, 1)
            await pilot.press("x")
            await until(pilot, lambda: "story.cut.ahr" in player.status_line.text)
            await pilot.press("escape")
            assert not player.state.cut

    run(test())
    with Recording.open(str(tmp_path / "story.cut.ahr")) as recording:
        assert recording.duration == 5 * S
        assert recording.header["parent"]["since_ns"] == 2 * S


def test_one_end_is_enough_and_none_is_not(path, tmp_path):
    async def test():
        async with playing(path, start=5 * S) as (player, pilot):
            await pilot.press("x")
            assert "set the start" in player.status_line.text
            await pilot.press("right_parenthesis", "x")
            await until(pilot, lambda: "story.cut.ahr" in player.status_line.text)

    run(test())
    with Recording.open(str(tmp_path / "story.cut.ahr")) as recording:
        assert recording.duration == 5 * S


def test_a_cut_that_cannot_be_written_is_said(path, tmp_path):
    async def test():
        async with playing(path, start=5 * S) as (player, pilot):
            (tmp_path / "story.ahr").rename(tmp_path / "moved.ahr")
            await pilot.press("left_parenthesis", "x")
            await until(pilot, lambda: "does not exist" in player.status_line.text)

    run(test())
