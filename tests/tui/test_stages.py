"""Recordings without a terminal in the player: steps, states, diffs, errors, edit and resume."""

import asyncio
import os
import sys
import textwrap
from pathlib import Path

import pytest

from agentrec.branches.journal import BranchJournal
from agentrec.sdk.read.run import Run
from agentrec.sdk.read.stage import has_stage
from agentrec.tui.screens.branch_dialog import BranchDialog
from agentrec.tui.stages import StagePlayer
from tests.branches.from_commit.test_commit_origin import START, Desk
from tests.capture.terminal import PATIENCE, Terminal, environment
from tests.library.helpers import make
from tests.sdk.runs import program
from tests.tui.helpers import drawn, until

AGENT = """
    from agentrec import Recorder
    from agentrec.sdk import current_recorder, step

    @step
    def plan(state):
        return {**state, "plan": ["search", "answer"]}

    @step
    def act(state):
        if state["query"] == "bad":
            raise ValueError("a bad question")
        return {**state, "answer": f"answer to {state['query']}"}

    def go_on(state):
        return act(state if "plan" in state else plan(state))

    if __name__ == "__main__":
        with Recorder("run.ahr", name="agent", entry=go_on) as r:
            with r.step("everything", {"query": "bad"}):
                try:
                    go_on({"query": "bad"})
                except ValueError:
                    pass
"""


@pytest.fixture(scope="module")
def work(tmp_path_factory):
    import subprocess

    folder = tmp_path_factory.mktemp("stage")
    argv = program(folder, AGENT)
    subprocess.run(argv, cwd=folder, env=environment(folder), check=True, timeout=PATIENCE)
    return folder


def shown(player):
    return "\n".join(player.text_page.page.lines)


def said(player):
    return f"{player.query_one('#where').content} {player.query_one('#hints').content}"


def test_keys_walk_steps_and_show_states(work):
    async def drive():
        with Run.load(work / "run.ahr") as run:
            player = StagePlayer(run)
            async with player.run_test(size=(120, 30)) as pilot:
                assert [row.label for row in player.rows] == [
                    "everything",
                    "plan",
                    "act  ValueError: a bad question",
                ]
                assert [row.depth for row in player.rows] == [0, 1, 1]
                assert player.rows[2].role == "error"
                await pilot.press("right")
                assert '"plan": [' in shown(player)
                await pilot.press("right")
                assert shown(player).startswith("ValueError: a bad question")
                await pilot.press("left", "d")
                assert shown(player).splitlines()[0] == "@ plan"
                assert '+ ["search", "answer"]' not in shown(player)
                assert '+   "search",' in shown(player)
                await pilot.press("g", "right_square_bracket")
                assert player.current == 2
                await pilot.press("d", "left", "left", "left")
                assert player.current == 0
                assert '"query": "bad"' in shown(player)

    asyncio.run(drive())


def test_edit_and_resume_in_a_real_terminal(work, tmp_path):
    editor = tmp_path / "editor"
    editor.write_text(
        f"#!{sys.executable}\n"
        + textwrap.dedent("""
        import sys
        text = open(sys.argv[1]).read().replace('"bad"', '"good"')
        open(sys.argv[1], "w").write(text)
    """)
    )
    editor.chmod(0o755)
    env = environment(work, EDITOR=str(editor))
    argv = [sys.executable, "-m", "agentrec", "replay", "run.ahr"]
    with Terminal(argv, env, size=(120, 30), cwd=work) as terminal:
        terminal.until(b"a bad question")
        terminal.send(b"G")
        terminal.send(b"e")
        terminal.until(b"press e again")
        terminal.send(b"e")
        terminal.until(b"press o to open")
        terminal.send(b"o")
        terminal.until(b"answer to good")
        terminal.send(b"q")
    made = [path for path in work.glob("**/*.ahr") if path.name != "run.ahr"]
    assert len(made) == 1
    with Run.load(made[0]) as child, Run.load(work / "run.ahr") as parent:
        assert child.parent["id"] == parent.id
        assert child.state(0)["answer"] == "answer to good"
        assert [frame.node for frame in child.steps] == ["act"]


def test_without_an_entry_point_it_says_so(work, tmp_path):
    from agentrec import Recorder

    with Recorder(tmp_path / "r.ahr") as r:
        r.record_step("only", {"n": 1}, {"n": 2})

    async def drive():
        with Run.load(tmp_path / "r.ahr") as run:
            player = StagePlayer(run)
            async with player.run_test(size=(120, 30)) as pilot:
                await pilot.press("e")
                assert "recorded without Recorder(entry=...)" in said(player)
                await pilot.press("f", "o")
                assert "nothing has been resumed" in said(player)

    asyncio.run(drive())


def go_on(state):
    return state


def test_an_encrypted_one_is_not_edited(tmp_path, monkeypatch):
    pyrage = pytest.importorskip("pyrage")
    from agentrec import Recorder
    from agentrec.recording.encryption import identities

    identity = pyrage.x25519.Identity.generate()
    (tmp_path / "key").write_text(f"{identity}\n")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv(identities.VARIABLE, str(tmp_path / "key"))
    (tmp_path / "config" / "agentrec").mkdir(parents=True)
    setting = f'[record]\nencrypt-to = ["{identity.to_public()}"]\n'
    (tmp_path / "config" / "agentrec" / "config.toml").write_text(setting)
    with Recorder(tmp_path / "r.ahr", entry=go_on) as r:
        r.record_step("only", {"n": 1}, {"n": 2})
    identities.allow()

    async def drive():
        with Run.load(tmp_path / "r.ahr") as run:
            player = StagePlayer(run)
            async with player.run_test(size=(120, 30)) as pilot:
                await pilot.press("e")
                assert "an encrypted recording cannot be resumed from" in said(player)

    try:
        asyncio.run(drive())
    finally:
        identities.forget()


def test_fork_with_another_mode_reports_what_ran(work, monkeypatch):
    monkeypatch.chdir(work)

    async def drive():
        with Run.load(work / "run.ahr") as run:
            player = StagePlayer(run)
            async with player.run_test(size=(120, 30)) as pilot:
                await pilot.press("right", "m", "m", "f", "f")
                await until(pilot, lambda: "it failed: ValueError" in said(player))
                assert "mode: mock" in said(player)
        with Run.load(player.result) as child:
            assert child.errors[0].text == "ValueError: a bad question"

    monkeypatch.setenv("XDG_DATA_HOME", str(work / "data"))
    asyncio.run(drive())
    assert os.environ["XDG_DATA_HOME"]


def test_a_conversation_is_the_stage_where_there_are_no_steps(tmp_path):
    from agentrec import Recorder

    with Recorder(tmp_path / "talk.ahr") as r:
        r.record_message("user", "hello\nthere")
        r.record_tool_call("", "search", {"q": 1}, error="no network")
        r.record_message("assistant", "hi")

    async def drive():
        with Run.load(tmp_path / "talk.ahr") as run:
            assert has_stage(run.recording)
            player = StagePlayer(run)
            async with player.run_test(size=(100, 20)) as pilot:
                assert [row.role for row in player.rows] == ["agent", "tool", "error", "agent"]
                assert shown(player) == "hello\nthere"
                await pilot.press("right", "d")
                assert shown(player) == "a message has no state to compare"
                await pilot.press("i")
                assert "has no snapshots to branch from" in said(player)

    asyncio.run(drive())


async def opened(player, pilot):
    await pilot.press("i")
    await until(pilot, lambda: isinstance(player.screen, BranchDialog) and not player.screen.busy)
    return " ".join(f"{row.word} {row.text}" for row in player.screen.rows)


def test_an_imported_session_branches_with_the_dialog(tmp_path, monkeypatch):
    """The files of its commit, the message that was typed; how the branch ended is said."""
    desk = Desk(tmp_path)
    commit = desk.commit("one", at=START - 60)
    path = desk.session(commit)
    for name, value in desk.env.items():
        monkeypatch.setenv(name, value)

    async def drive():
        with Run.load(path) as run:
            player = StagePlayer(run)
            async with player.run_test(size=(110, 30)) as pilot:
                assert "i branch" in said(player)
                await pilot.press("right")
                plan = await opened(player, pilot)
                assert f"the files are those of commit {commit[:12]}" in plan
                page = drawn(player)
                assert page.count("In this terminal") == 1
                assert "trimmed-transcript" in page
                assert "enter branch" in page
                await pilot.press("escape")
                await until(pilot, lambda: not isinstance(player.screen, BranchDialog))
                await pilot.press("i")
                await pilot.press(*"go on", "tab", "enter")
                await until(pilot, lambda: "exit 0" in said(player))

    asyncio.run(drive())
    (branch,) = BranchJournal(desk.env).all()
    assert (Path(str(branch["worktree"])) / "file.txt").read_text() == "one"


def test_an_imported_session_without_a_commit_says_so_in_the_dialog(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    talk = [
        (0.5, "agent", "message", {"role": "user", "text": "mend it"}, {"actor": "user"}),
        (1.2345, "agent", "message", {"role": "assistant", "text": "done"}, {"actor": "agent"}),
    ]
    path = make(tmp_path / "imported-x.ahr", *talk, imported={"format": "codex"}, cwd="/nowhere")

    async def drive():
        with Run.load(path) as run:
            player = StagePlayer(run)
            async with player.run_test(size=(100, 20)) as pilot:
                await pilot.press("right")
                plan = await opened(player, pilot)
                assert "no files of the session: /nowhere is not a directory" in plan
                await pilot.press("escape", "left")
                await until(pilot, lambda: shown(player) == "mend it")

    asyncio.run(drive())
