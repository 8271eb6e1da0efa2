"""Intervening: the dialog by its keys, and a branch of a real program that runs alone.

With a terminal handed over it is tested in a real one, in tests/e2e/test_player_intervene.py.
"""

import os

import pytest
from textual.widgets import TextArea

from agentrec.branches.journal import BranchJournal
from agentrec.recording.reader import Recording
from agentrec.tui.playback.branch_runner import branches_of
from agentrec.tui.screens.branch_dialog import BranchDialog
from tests.branches.from_commit.test_commit_origin import START
from tests.branches.from_commit.test_commit_origin import Desk as ImportDesk
from tests.branches.helpers import stub_agent
from tests.tui.helpers import S, drawn, playing, run, settled, story, until
from tests.tui.workspace import Made

DOES = "cat src/area.py > seen; exit 3"
PROGRAM = ["sh", "-c", DOES]


@pytest.fixture
def made(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    return Made(tmp_path, command=PROGRAM, cwd=str(tmp_path / "work"))


@pytest.fixture
def made_by_agent(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    env = {"PATH": os.environ["PATH"]}
    agent = stub_agent(tmp_path, env, DOES)
    monkeypatch.setenv("PATH", env["PATH"])
    return Made(tmp_path, command=[agent], cwd=str(tmp_path / "work"))


async def opened(player, pilot):
    await pilot.press("i")
    await until(pilot, lambda: isinstance(player.screen, BranchDialog) and not player.screen.busy)
    return player.screen


def plan_text(dialog):
    return "\n".join(f"{row.word} {row.text}" for row in dialog.rows)


async def typed(pilot, dialog, *keys):
    """Type, and wait for the plan that is made then."""
    before = plan_text(dialog)
    await pilot.press(*keys)
    await until(pilot, lambda: not dialog.busy and plan_text(dialog) != before)


def test_what_would_be_is_shown(made):
    async def test():
        async with playing(made.path, start=made.times[1] + S // 2) as (player, pilot):
            dialog = await opened(player, pilot)
            assert not player.state.clock.playing
            page = drawn(player)
            assert "Intervene at 0:02.500" in page
            assert "command is run again" in page
            assert "Your message to the agent" in page
            said = plan_text(dialog)
            assert "at s2, 2.0 s (after Edit)" in said
            assert "taking s2, 0.5 s before 2.5 s" in said
            assert "method none: the command is run again from its start" in said
            assert not BranchJournal({"XDG_DATA_HOME": str(made.folder.parent / "data")}).all()

    run(test())


def test_several_lines_and_no_terminal(made):
    async def test():
        async with playing(made.path, start=made.times[1]) as (player, pilot):
            dialog = await opened(player, pilot)
            await typed(pilot, dialog, *"one", "ctrl+j", *"two")
            assert dialog.query_one(TextArea).text == "one\ntwo"
            assert "cannot give sh a message" in plan_text(dialog)
            assert "leave the message out" in plan_text(dialog)
            await typed(pilot, dialog, *["backspace"] * len("one two"))
            assert "without a terminal" not in plan_text(dialog)
            await typed(pilot, dialog, "tab")
            assert "(without a terminal)" in plan_text(dialog)
            await typed(pilot, dialog, "tab")
            assert not dialog.headless

    run(test())


def test_the_same_command_again(made_by_agent):
    async def test():
        async with playing(made_by_agent.path, start=made_by_agent.times[1]) as (player, pilot):
            dialog = await opened(player, pilot)
            await typed(pilot, dialog, "x")
            assert "a new conversation" in plan_text(dialog)
            await typed(pilot, dialog, "ctrl+r")
            assert "cannot run the same command again with a message" in plan_text(dialog)
            await typed(pilot, dialog, "backspace")
            assert "the command is run again from its start" in plan_text(dialog)
            await typed(pilot, dialog, "ctrl+r")
            await typed(pilot, dialog, "x")
            assert "a new conversation" in plan_text(dialog)

    run(test())


def test_the_mouse_chooses_where_it_runs(made):
    async def test():
        async with playing(made.path, start=made.times[1]) as (player, pilot):
            dialog = await opened(player, pilot)
            await pilot.click("BranchDialog TabBar", offset=(25, 0))
            await until(pilot, lambda: not dialog.busy)
            assert dialog.headless

    run(test())


def test_escape_makes_nothing(made):
    before = sorted(path.name for path in made.folder.parent.iterdir())

    async def test():
        async with playing(made.path, start=made.times[1]) as (player, pilot):
            await opened(player, pilot)
            await pilot.press(*"never", "escape")
            await settled(pilot)
            assert len(player.screen_stack) == 1
            assert player.state.clock.t == made.times[1]

    run(test())
    assert sorted(path.name for path in made.folder.parent.iterdir()) == before


def test_what_cannot_be_is_said_and_the_dialog_stays(made):
    made.forget()

    async def test():
        async with playing(made.path, start=made.times[1]) as (player, pilot):
            dialog = await opened(player, pilot)
            assert "the files of this snapshot are not on this machine" in plan_text(dialog)
            await pilot.press("enter")
            await until(pilot, lambda: not dialog.busy)
            assert player.screen is dialog
            await pilot.press("escape")

    run(test())


def test_a_branch_that_runs_alone_shows_in_gutter_timeline_and_panel(made_by_agent):
    made = made_by_agent

    async def test():
        async with playing(made.path, start=made.times[1], size=(140, 30)) as (player, pilot):
            await opened(player, pilot)
            await pilot.press(*"try again", "tab", "enter")
            await until(
                pilot, lambda: any(point.kind == "branch" for point in player.state.markers)
            )
            await until(pilot, lambda: player.state.anchored)
            page = drawn(player)
            assert "⑂ try again" in page
            assert any(line.lstrip().startswith("⑂│") for line in page.splitlines())
            assert "⑂" in page.splitlines()[player.timeline_bar.region.bottom - 1]

    run(test())
    with Recording.open(made.path) as recording:
        name = recording.header["id"]
    (point,) = branches_of(name, {"XDG_DATA_HOME": str(made.folder.parent / "data")})
    assert (point.kind, point.t, point.label) == ("branch", made.times[1], "try again")
    (entry,) = BranchJournal({"XDG_DATA_HOME": str(made.folder.parent / "data")}).all()
    seen = (made.folder.parent / entry["worktree"] / "seen").read_text()
    assert "width * height" in seen
    assert not (made.folder / "seen").exists()


def test_a_branch_is_not_a_mark_to_go_to(made_by_agent):
    made = made_by_agent

    async def test():
        async with playing(made.path, start=made.times[1]) as (player, pilot):
            await opened(player, pilot)
            await pilot.press("tab", "x", "enter")
            await until(pilot, lambda: any(p.kind == "branch" for p in player.state.markers))
            await pilot.press("g", "right_square_bracket")
            assert "no mark" in player.status_line.text or "no marks" in player.status_line.text

    run(test())


def test_a_branch_says_where_it_comes_from(tmp_path):
    parent = {"id": "first", "relation": "branch", "snapshot": "s3", "message": "again\nplease"}
    path = story().save(tmp_path / "child.ahr", parent=parent)

    async def test():
        async with playing(path, size=(140, 30)) as (player, _):
            assert "0:00 ⑂ from first at s3: again please" in drawn(player)

    run(test())


@pytest.mark.parametrize("parent", [None, 7, [], {"relation": "nested"}, {"relation": ["branch"]}])
def test_what_is_no_branch_says_nothing(tmp_path, parent):
    path = story().save(tmp_path / "child.ahr", parent=parent)

    async def test():
        async with playing(path, size=(140, 30)) as (player, _):
            assert "⑂" not in drawn(player)

    run(test())


def test_an_imported_session_has_the_files_of_a_commit(tmp_path, monkeypatch):
    desk = ImportDesk(tmp_path)
    for name, value in desk.env.items():
        monkeypatch.setenv(name, value)
    commit = desk.commit("one", START - 100)

    async def test():
        async with playing(desk.session(commit), start=250 * S) as (player, pilot):
            said = plan_text(await opened(player, pilot))
            assert f"at {commit[:12]}, 250.0 s" in said
            assert "which the session names; what was not committed is not in them" in said

    run(test())
