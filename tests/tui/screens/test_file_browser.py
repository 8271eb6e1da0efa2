"""Files of a snapshot in the player: shown, compared, walked through with keys and mouse."""

import pytest

from agentrec.tui.playback.snapshot_loader import BEFORE
from agentrec.tui.widgets.file_list import FileList
from agentrec.tui.widgets.tab_bar import TabBar
from tests.tui.helpers import S, drawn, playing, run, settled, until
from tests.tui.workspace import Made


@pytest.fixture
def made(tmp_path):
    return Made(tmp_path)


def rested(player):
    return getattr(player.screen, "busy", 0) == 0


async def press(player, pilot, *keys):
    for key in keys:
        await pilot.press(key)
        await until(pilot, lambda: rested(player))


def walk(made, *keys, at=2, size=(110, 30)):
    """What is drawn after these keys, on a paused player that stood at snapshot number ``at``."""

    async def test():
        async with playing(made.path, start=made.times[at - 1], size=size) as (player, pilot):
            await press(player, pilot, *keys)
            return drawn(player)

    return run(test())


def test_it_opens_with_what_changed_and_its_diff(made):
    page = walk(made, "s")
    assert "● s2 “after Edit”" in page
    assert "2 of 3 snapshots" in page
    assert "3 changed since s1" in page
    assert "- old.txt" in page
    assert "-to be removed" in page


def test_down_and_up_show_other_files(made):
    page = walk(made, "s", "down")
    assert "-    return width + height" in page
    assert "+    return width * height  # 面積" in page
    assert "-to be removed" in walk(made, "s", "down", "up")


def test_the_head_shows_everything_that_changed(made):
    page = walk(made, "s", "home")
    assert "-to be removed" in page
    assert "+def test():" in page


def test_content_as_it_was(made):
    page = walk(made, "s", "down", "tab", "tab")
    assert "2      return width * height  # 面積" in page
    page = walk(made, "s", "end")
    assert "a symlink to README.md" in page


def test_enter_on_a_changed_file_shows_its_diff(made):
    page = walk(made, "s", "down", "shift+tab", "enter")
    assert "+    return width * height" in page


def test_enter_on_a_file_of_the_tree_shows_its_content(made):
    keys = ["s", *["down"] * 4, "enter", "down", "down", "enter"]  # the folder src, area.py in it
    assert "1  def area(width, height):" in walk(made, *keys, at=2)


def test_until_now(made):
    made.change()
    page = walk(made, "d")
    assert "3 changed since then" in page
    assert "+# Another project" in page
    assert "later.txt" in page
    assert "3 changed since s1" in walk(made, "d", "d")


def test_nothing_changed_until_now(made):
    assert "nothing changed since then" in walk(made, "d", at=3)


def test_the_first_snapshot_has_none_before_it(made):
    page = walk(made, "s", "home", at=1)
    assert "the first snapshot" in page
    assert "there is none before it" in page
    assert "▸ src" in page


def test_a_time_between_takes_the_one_before_and_says_so(made):
    async def test():
        async with playing(made.path, start=made.times[1] + S // 2, size=(110, 30)) as (
            player,
            pilot,
        ):
            await press(player, pilot, "s")
            assert "taking s2, 0.5 s before 0:02.500" in drawn(player)

    run(test())


def test_going_to_other_snapshots_moves_the_player(made):
    async def test():
        async with playing(made.path, start=made.times[1], size=(110, 30)) as (player, pilot):
            await press(player, pilot, "s", "right_curly_bracket")
            assert "● s3" in drawn(player)
            await press(player, pilot, "right_curly_bracket")
            assert "no more snapshots" in drawn(player)
            await pilot.press("escape")
            await settled(pilot)
            assert player.state.clock.t == made.times[2]

    run(test())


def test_leaving_stays_where_one_was_and_keeps_paused(made):
    async def test():
        async with playing(made.path, paused=False, speed=0.1, size=(110, 30)) as (player, pilot):
            await press(player, pilot, "s")
            assert not player.state.clock.playing
            t = player.state.clock.t
            await pilot.press("q")
            await settled(pilot)
            assert player.is_running
            assert player.state.clock.t == t

    run(test())


def test_folders_fold_with_left_and_right(made):
    async def test():
        async with playing(made.path, start=made.times[1], size=(110, 30)) as (player, pilot):
            await press(player, pilot, "s", *["down"] * 4)
            files = player.screen.query_one(FileList)
            assert files.row.path == "src"
            count = len(files.tree_of_files.rows)
            await press(player, pilot, "right", "right")
            assert files.row.path == "src/long name of a folder"
            assert len(files.tree_of_files.rows) == count + 2
            await press(player, pilot, "left")
            assert files.row.path == "src"
            await press(player, pilot, "left")
            assert len(files.tree_of_files.rows) == count

    run(test())


def test_a_file_is_found_by_a_part_of_its_path(made):
    async def test():
        async with playing(made.path, start=made.times[1], size=(110, 30)) as (player, pilot):
            await press(player, pilot, "s", "slash", *"read")
            page = drawn(player)
            assert "1 file with “read”" in page
            await press(player, pilot, "enter", "down")
            assert "1  # A project" in drawn(player)
            await press(player, pilot, "escape")
            assert "6 files" in drawn(player)
            files = player.screen.query_one(FileList)
            assert files.row.path == "README.md"
            await press(player, pilot, "slash", *"sd/q", "escape")
            assert "6 files" in drawn(player)
            await press(player, pilot, "escape")
            assert len(player.screen_stack) == 1

    run(test())


def test_binary_files_are_told_not_shown(made):
    page = walk(made, "s", *["down"] * 4, "right", "right", "right", "down")
    assert "binary file, 300 bytes" in page


def test_the_mouse(made):
    async def test():
        async with playing(made.path, start=made.times[1], size=(110, 30)) as (player, pilot):
            await press(player, pilot, "s")
            files = player.screen.query_one(FileList)
            await pilot.click(FileList, offset=(5, 3))
            await until(pilot, lambda: rested(player))
            assert files.row.path == "tests/test_area.py"
            await pilot.click(FileList, offset=(5, 6))
            await until(pilot, lambda: rested(player))
            assert "tests" in files.tree_of_files.open
            await pilot.click(TabBar, offset=(3, 0))
            assert player.screen.tab == "content"

    run(test())


def test_a_narrow_window_stands_them_above_each_other(made):
    page = walk(made, "s", size=(60, 24))
    lines = page.splitlines()
    head = next(n for n, line in enumerate(lines) if "3 changed since s1" in line)
    diff = next(n for n, line in enumerate(lines) if "diff --git" in line)
    assert diff > head + 3


@pytest.mark.parametrize("key", ["s", "d"])
def test_a_store_that_is_gone_is_one_line(made, key):
    made.forget()

    async def test():
        async with playing(made.path, start=made.times[1], size=(160, 30)) as (player, pilot):
            await pilot.press(key)
            await until(pilot, lambda: "not on this machine" in player.status_line.text)
            assert len(player.screen_stack) == 1

    run(test())


def test_a_directory_that_is_gone_has_no_now_but_a_then(made):
    made.folder.rename(made.folder.with_name("elsewhere"))

    async def test():
        async with playing(made.path, start=made.times[1], size=(160, 30)) as (player, pilot):
            await press(player, pilot, "s", "tab")
            assert player.screen.tab == BEFORE
            await press(player, pilot, "down")
            assert "return width * height" in drawn(player)

    run(test())


def test_a_tree_of_ten_thousand_files(tmp_path):
    many = {f"d{n % 50}/f{n}": f"{n}\n" for n in range(10_000)}
    made = Made(tmp_path, first=many, second={"d7/f7": "seven\n", "d9/new": "new\n"})

    async def test():
        async with playing(made.path, start=made.times[1], size=(110, 30)) as (player, pilot):
            await press(player, pilot, "s")
            page = drawn(player)
            assert "2 changed since s1" in page
            assert "10,001 files" in page
            files = player.screen.query_one(FileList)
            await press(player, pilot, "end", "left", "up", "right")
            assert len(files.tree_of_files.rows) > 200

    run(test())
