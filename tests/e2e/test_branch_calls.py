"""Branches of real agents whose transcript nobody can cut: recorded answers drive them to the point."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from agentrec.branches.call_replay import REPLAYED_CALLS
from agentrec.gateway.call_mask import CallMask
from agentrec.gateway.recorded_calls import calls_of
from agentrec.ghost.volatile import Normalizer
from agentrec.recording.reader import Recording
from agentrec.snapshots.lookup import recorded_snapshots
from fixtures.modelserver import ModelServer
from tests.agents_env import ALL, RARE, require
from tests.agents_env.recorded import PACKAGE, RECORD, named
from tests.branches.helpers import files, picture
from tests.e2e.test_ghost import AGENTREC, events
from tests.e2e.test_rare_agents import installed

pytestmark = pytest.mark.agents
MESSAGE = "Use other names instead."
# An agent that agentrec knows nothing about: Claude Code under another name.
OTHER = "other"


class Run:
    """A recorded run, and branches of it. The server answers both."""

    def __init__(self, name, folder, scenario="fix-tests", wrote="", options=()):
        self.folder, self.work, self.file = folder, folder / "work", folder / "run.ahr"
        self.agent = require((ALL | RARE)["claude" if name == OTHER else name])
        self.server = ModelServer(thinks=1.0, delay=0.01)
        self.server.__enter__()
        home = folder / "home"
        self.env = self.agent.start(home, self.work, self.server.url) | {"PYTHONPATH": PACKAGE}
        self.env["GIT_CEILING_DIRECTORIES"] = str(folder)
        (self.work / "before.txt").write_text("was there\n")
        if wrote:
            (self.work / "area.py").write_text(wrote)
        program, *words = self.agent.argv(self.agent.headless, f"Go on. [[scenario:{scenario}]]")
        words = [*options, *words]
        if name == OTHER:
            link = folder / "other-agent"
            link.symlink_to(program)
            program = str(link)
        record = [*RECORD, "-q", "-o", str(self.file), "--headless", "--model-calls", "--"]
        self.run([*record, program, *words], self.work)
        self.before = picture(self.work), self.file.read_bytes()
        with Recording.open(str(self.file)) as recording:
            self.kept = recorded_snapshots(recording)
        self.calls = [it for it in calls_of(events(self.file)) if it.request.tools]

    def run(self, argv, cwd, **options):
        return subprocess.run(
            argv,
            env=self.env,
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=180,
            **options,
        )

    def branch(self, name, *options):
        """The result, and what the server was asked during it."""
        asked = len(self.server.received())
        shutil.rmtree(self.folder / name, ignore_errors=True)  # of a try before
        (self.folder / f"{name}.ahr").unlink(missing_ok=True)
        where = ["--worktree", str(self.folder / name), "-o", str(self.folder / f"{name}.ahr")]
        words = ["branch", str(self.file), "--headless", *where, *options]
        done = self.run([*AGENTREC, *words], self.folder)
        return done, [it for it in self.server.received()[asked:] if it.method == "POST"]

    def middle(self):
        """The snapshot with both files, before the mistake was mended."""
        for kept in self.kept:
            text, names = self.content(kept)
            if b"width + height" in text and "test_area.py" in names:
                return kept
        raise AssertionError("no such snapshot")

    def content(self, kept):
        store, snapshot = kept.open(self.env)
        try:
            names = store.contents(snapshot).files
            return (store.read(snapshot, "area.py") if "area.py" in names else b""), names
        finally:
            store.close()


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """A run of each agent, made when a test wants it."""
    made = {}

    def run_of(name):
        if name not in made:
            made[name] = Run(name, tmp_path_factory.mktemp("calls"))
        return made[name]

    yield run_of
    for run in made.values():
        run.server.__exit__(None, None, None)


@pytest.fixture(params=[OTHER, "gemini", "opencode"])
def run(request, runs):
    return runs(request.param)


@pytest.fixture
def other(runs):
    return runs(OTHER)


def messages(body, directory):
    """Of a request, without what is declared to differ between two equal runs."""
    api = "gemini" if "contents" in body else ""
    found = Normalizer(str(directory), CallMask()).body(api, body)
    return found.get("messages") or found.get("contents")


def said(message):
    return json.dumps(message)


def test_the_model_gets_exactly_the_history_and_the_message(run):
    point = run.middle()
    done, asked = run.branch("middle", "--at", point.id, "--yes", "-m", MESSAGE)
    assert done.returncode == 0, done.stdout + done.stderr
    first = next(it.body for it in asked if MESSAGE in said(it.body))
    worktree = run.folder / "middle"
    *history, message = messages(first, worktree)
    recorded = [messages(call.body, run.work) for call in run.calls]
    assert history in recorded
    assert MESSAGE in said(message)
    assert message["role"] == "user"
    assert [it for it in history if MESSAGE in said(it)] == []
    # From there on the message keeps its place.
    later = [messages(it.body, worktree) for it in asked if it.body is not first]
    later = [it for it in later if it[: len(history)] == history]
    assert later
    assert all(it[len(history)] == message for it in later)
    # Nothing was asked before.
    assert asked[0].body is first


def test_the_files_are_those_of_the_run_at_its_end(run):
    """The scripted model goes on as it did: what was done again and what is new come to the same."""
    worktree = run.folder / "middle"
    if not worktree.exists():
        run.branch("middle", "--at", run.middle().id, "--yes", "-m", MESSAGE)
    assert files(worktree) == files(run.work)
    assert (picture(run.work), run.file.read_bytes()) == run.before
    with Recording.open(str(run.folder / "middle.ahr")) as child:
        parent, snapshots = child.header["parent"], recorded_snapshots(child)
        spoken = [event.data["text"] for event in named(list(child.events()), "agent/message")]
    assert (parent["method"], parent["message"]) == (REPLAYED_CALLS, MESSAGE)
    assert "recorded answers drive" in parent["fidelity"]
    assert parent["snapshot"] == run.middle().id
    assert snapshots[0].record.files == 1
    assert MESSAGE in spoken


def test_aider_goes_on_after_an_edit_that_its_answer_was(tmp_path):
    """It has no tools: it edits files by its answers, runs the test, and tells the model how that ended."""
    installed("aider")
    failing = ("--auto-test", "--test-cmd", "sh -c 'echo still wrong; exit 1'")
    options = (*failing, "--edit-format", "diff", "--map-tokens", "0", "--file", "area.py")
    run = Run("aider", tmp_path, "edit-block", "def area(a, b):\n    return a + b\n", options)
    try:
        point = next(kept for kept in run.kept if b"a * b" in run.content(kept)[0])
        done, asked = run.branch("middle", "--at", point.id, "--yes", "-m", MESSAGE)
        assert done.returncode == 0, done.stdout + done.stderr
        *history, message = asked[0].body["messages"]
        assert MESSAGE in said(message)
        calls = [it for it in calls_of(events(run.file)) if it.request.operation == "generate"]
        recorded = [messages(it.body, run.work) for it in calls]
        assert messages({"messages": history}, run.folder / "middle") in recorded[1:]
        assert "still wrong" in said(history)
        assert (run.folder / "middle/area.py").read_text().count("a * b") == 1
    finally:
        run.server.__exit__(None, None, None)


def test_what_runs_again_is_listed_and_needs_a_yes(other):
    point = other.middle()
    done, asked = other.branch("asks", "--at", point.id, "-m", MESSAGE)
    assert done.returncode == 2
    assert "runs again: " in done.stderr
    assert "area.py" in done.stderr
    assert "would run again, and cannot ask" in done.stderr
    assert asked == []
    assert not (other.folder / "asks").exists()
    plan, _ = other.branch("asks", "--at", point.id, "-m", MESSAGE, "--dry-run", "--json")
    shown = json.loads(plan.stdout)
    assert shown["method"] == REPLAYED_CALLS
    assert 1 < len(shown["runs_again"]) < len(other.calls) + 1
    words = ["--dry-run", "--json", "--method", "replayed-prompts", "-m", MESSAGE]
    prompts, _ = other.branch("asks", "--at", point.id, *words)
    assert REPLAYED_CALLS not in prompts.stdout


def test_at_the_end_the_answer_belongs_to_the_history(run):
    done, asked = run.branch("end", "--yes", "-m", MESSAGE)
    assert done.returncode == 0, done.stdout + done.stderr
    first = next(it.body for it in asked if MESSAGE in said(it.body))
    *history, message = messages(first, run.folder / "end")
    last = messages(run.calls[-1].body, run.work)
    assert history[:-1] == last
    assert "The test passes now" in said(history[-1])
    assert history[-1]["role"] in ("assistant", "model")
    assert MESSAGE in said(message)


def test_another_way_stops_it_and_says_where(other):
    """A python that prints other words."""
    tools = other.folder / "tools"
    if not tools.exists():
        tools.mkdir()
        (tools / "python3").write_text(f'#!/bin/sh\necho other words\nexec {sys.executable} "$@"\n')
        (tools / "python3").chmod(0o755)
        for name in (".profile", ".bashrc"):
            (other.folder / "home" / name).write_text(f'export PATH="{tools}:$PATH"\n')
    before, other.env = other.env, other.env | {"PATH": f"{tools}:{other.env['PATH']}"}
    try:
        done, asked = other.branch("another", "--yes", "-m", MESSAGE)
    finally:
        other.env = before
        for name in (".profile", ".bashrc"):
            (other.folder / "home" / name).unlink()
    assert done.returncode == 123, done.stdout + done.stderr
    assert "went another way than the recorded one, before the point" in done.stderr
    assert "other words" in done.stderr
    assert not any(MESSAGE in said(it.body) for it in asked)
    assert Path(other.folder / "another/area.py").exists()
