"""Real agents, branched from the middle by the command line: what the model was sent, what the files are."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from agentrec.branches.branch_point import find_point
from agentrec.recording.reader import Recording
from agentrec.snapshots.lookup import recorded_snapshots
from fixtures.modelserver import ModelServer
from tests.agents_env import AGENTS, require
from tests.agents_env.drive import Settle, Wait, drive
from tests.agents_env.recorded import PACKAGE, events, named, record
from tests.branches.helpers import OURS, files, fill, git, picture, repository
from tests.e2e.test_resume_agents import ANSWER, ANSWERED, MESSAGE, SAID, SPOKEN, main_answers

pytestmark = pytest.mark.agents
BOTH = pytest.mark.parametrize("name", AGENTS)
CLI = [sys.executable, "-P", "-m", "agentrec"]
BRANCH = [*CLI, "branch"]


@pytest.fixture
def server():
    with ModelServer(delay=0.002, thinks=0.4) as running:  # a model takes its time
        yield running


class Run:
    """An agent that mends something in a repository with work that was not committed."""

    def __init__(self, name, server, folder):
        self.agent, self.server = require(AGENTS[name]), server
        self.name, self.folder = name, folder
        self.work, self.home, self.file = folder / "work", folder / "home", folder / "run.ahr"
        self.env = self.agent.start(self.home, self.work, server.url) | {"PYTHONPATH": PACKAGE}
        fill(self.work, {"kept.txt": "committed\n", "dirty.txt": "committed\n"})
        git(self.work, "init", "-q")
        git(self.work, "add", ".")
        git(self.work, "commit", "-qm", "first")
        fill(self.work, {"dirty.txt": "not committed\n", "new/untracked.txt": "untracked\n"})
        argv = self.agent.argv(self.agent.headless, "Go on. [[scenario:fix-tests]]")
        record(self.file, argv, self.env, self.work)
        self.pairs = main_answers(server)
        self.events = events(self.file)
        with Recording.open(str(self.file)) as recording:
            self.kept, self.id = recorded_snapshots(recording), recording.header["id"]
        (point, *_) = named(self.events, "agent/conversation")
        self.transcript = Path(point.data["transcript"])
        self.before = self.untouched()

    def untouched(self):
        """What a branch must leave alone, byte for byte."""
        repo = repository(self.work / ".git", without=OURS)
        return self.file.read_bytes(), self.transcript.read_bytes(), picture(self.work), repo

    def after(self, count):
        """The snapshot after so many tools have returned, known by what they wrote."""
        written = {
            1: (b"width + height", False),  # area.py, test_area.py
            2: (b"width + height", True),
            5: (b"width * height", True),
        }
        store, _ = self.kept[0].open(self.env)
        try:
            for kept in self.kept:
                snapshot = store.snapshot(kept.commit)
                names = store.contents(snapshot).files
                text = store.read(snapshot, "area.py") if "area.py" in names else b""
                if written[count][0] in text and ("test_area.py" in names) is written[count][1]:
                    return kept
        finally:
            store.close()
        raise AssertionError(f"no snapshot after {count} tools")

    def history(self, count):
        """What the model was sent when so many tools had returned."""
        return SPOKEN[self.name](self.pairs[count][0])

    def opened(self, kept):
        """The files of a snapshot, written by the command that shows them."""
        place = self.folder / f"open-{kept.id}"
        line = [sys.executable, "-P", "-m", "agentrec", "open", "--writable"]
        self.call([*line, f"{self.file}@{kept.id}", str(place)])
        return picture(place)

    def call(self, line, cwd=None):
        done = subprocess.run(
            line,
            env=self.env,
            cwd=cwd or self.work,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done

    def branch(self, *options, file=None):
        """Branch headless; what the model was sent of that, the child's header, and what was said."""
        count, known = len(main_answers(self.server)), set(self.entries())
        done = self.call([*BRANCH, str(file or self.file), "--headless", *options])
        (new,) = set(self.entries()) - known
        return main_answers(self.server)[count:], self.header(new), done

    def entries(self):
        folder = self.home / ".local/share/agentrec/branches"
        return {path.stem for path in folder.glob("*.json")}

    def child(self, name):
        (path,) = (self.home / ".local/share/agentrec/recordings").rglob(f"{name}.ahr")
        return path

    def header(self, name):
        with Recording.open(str(self.child(name))) as recording:
            return recording.header


@BOTH
def test_from_the_middle(name, server, tmp_path):
    run = Run(name, server, tmp_path)
    assert len(named(run.events, "tool/result")) >= 4
    for count in (1, 2, 5):
        kept = run.after(count)
        ((request, _),), header, done = run.branch("--at", kept.id, "-m", MESSAGE)
        assert SPOKEN[name](request) == [*run.history(count), SAID[name]]
        assert ANSWER in done.stdout
        parent = header["parent"]
        assert files(parent["worktree"]) == run.opened(kept)
        assert (Path(parent["worktree"]) / "dirty.txt").read_text() == "not committed\n"
        assert (Path(parent["worktree"]) / "new/untracked.txt").read_text() == "untracked\n"
        assert run.untouched() == run.before
        assert {key: parent[key] for key in ("id", "snapshot", "message", "method", "at_ns")} == {
            "id": run.id,
            "snapshot": kept.id,
            "message": MESSAGE,
            "method": "trimmed-transcript",
            "at_ns": kept.t,
        }
        assert header["cwd"] == parent["worktree"]
        assert parent["fidelity"] in done.stderr
    told = run.call([sys.executable, "-m", "agentrec", "branches", "--json", str(run.file)])
    nodes = json.loads(told.stdout)
    assert nodes[0]["id"] == run.id
    points = [run.after(count).id for count in (1, 2, 5)]
    assert [node["parent"]["snapshot"] for node in nodes[1:]] == points


@BOTH
def test_a_branch_of_a_branch_and_the_end(name, server, tmp_path):
    run = Run(name, server, tmp_path)
    pairs, header, _ = run.branch("-m", "Once more. [[scenario:write-file]]")
    request, answer = run.pairs[-1]
    history = SPOKEN[name](request) + ANSWERED[name](answer)
    assert SPOKEN[name](pairs[0][0])[:-1] == history
    assert "Once more" in str(SPOKEN[name](pairs[0][0])[-1])
    child = run.child(header["id"])
    kept_bytes = child.read_bytes()
    ((request, _),), deeper, _ = run.branch("-m", MESSAGE, file=child)
    history = SPOKEN[name](pairs[-1][0]) + ANSWERED[name](pairs[-1][1])
    assert SPOKEN[name](request) == [*history, SAID[name]]
    assert deeper["parent"]["id"] == header["id"]
    assert files(deeper["parent"]["worktree"]) == files(header["parent"]["worktree"])
    assert child.read_bytes() == kept_bytes
    assert run.untouched() == run.before


@BOTH
def test_the_last_point_and_one_before_the_first_prompt(name, server, tmp_path):
    """Neither starts an empty conversation: the second run continues the first."""
    run = Run(name, server, tmp_path)
    request, answer = run.pairs[-1]
    whole = SPOKEN[name](request) + ANSWERED[name](answer)
    ((request, _),), header, _ = run.branch("--at", "last", "-m", MESSAGE)
    assert SPOKEN[name](request) == [*whole, SAID[name]]
    assert header["parent"]["method"] == "trimmed-transcript"
    second = tmp_path / "second.ahr"
    argv = run.agent.argv(run.agent.again, "And then? [[scenario:write-file]]")
    record(second, argv, run.env, run.work)
    ((request, _),), header, _ = run.branch("--at", "first", "-m", MESSAGE, file=second)
    spoken = SPOKEN[name](request)
    assert (spoken[: len(whole)], spoken[-1]) == (whole, SAID[name])
    # A quick agent has got its prompt before the first snapshot.
    assert all("And then?" in str(words) for words in spoken[len(whole) : -1])
    assert header["parent"]["snapshot"] == "s1"


HOMES = {"claude": ".claude", "codex": ".codex"}


@BOTH
def test_from_a_recording_whose_agents_home_is_gone(name, server, tmp_path):
    run = Run(name, server, tmp_path)
    shutil.rmtree(run.home / HOMES[name])
    run.agent.start(run.home, run.work, server.url)  # installed anew
    assert not run.transcript.exists()
    request, answer = run.pairs[-1]
    whole = SPOKEN[name](request) + ANSWERED[name](answer)
    for at, history in (
        (run.after(1).id, run.history(1)),
        (run.after(5).id, run.history(5)),
        ("last", whole),
    ):
        ((request, _),), header, done = run.branch("--at", at, "-m", MESSAGE)
        assert SPOKEN[name](request) == [*history, SAID[name]]
        assert header["parent"]["method"] == "trimmed-transcript"
        assert "own transcript is gone" in done.stderr


@BOTH
def test_cuts_count_and_branch_like_their_original(name, server, tmp_path):
    """From the snapshot before its start and from one in it, also when the agent's home is gone."""
    run = Run(name, server, tmp_path)
    first, later = run.after(1), run.after(5)
    since = f"{(first.t + 1000) / 1e9:.9f}"
    part = tmp_path / "part.ahr"
    for file, stretch in (("early.ahr", "--until"), ("part.ahr", "--since")):
        run.call([*CLI, "cut", str(run.file), stretch, since, "-o", str(tmp_path / file)])
    early, late, whole = (
        json.loads(run.call([*CLI, "summary", "--json", str(tmp_path / file)]).stdout)
        for file in ("early.ahr", "part.ahr", "run.ahr")
    )
    assert min(half["tokens"]["input"] for half in (early, late)) > 0
    for kind in ("input", "output", "cache_read", "cache_write"):
        assert early["tokens"][kind] + late["tokens"][kind] == whole["tokens"][kind]
    assert early["turns"] + late["turns"] == whole["turns"]
    line = [*CLI, "stats", "--json", "--folder", str(tmp_path)]
    counted = json.loads(run.call(line).stdout)
    assert (counted["recordings"], counted["turns"]) == (1, whole["turns"])
    assert run.untouched() == run.before
    with Recording.open(str(part)) as recording:
        assert recorded_snapshots(recording)[0].id == first.id
    shutil.rmtree(run.home / HOMES[name])
    run.agent.start(run.home, run.work, server.url)
    for kept, count in ((first, 1), (later, 5)):
        ((request, _),), header, _ = run.branch("--at", kept.id, "-m", MESSAGE, file=part)
        assert SPOKEN[name](request) == [*run.history(count), SAID[name]]
        assert files(header["parent"]["worktree"]) == run.opened(kept)


def test_rollouts_that_codex_compressed_or_archived(server, tmp_path):
    """Without the copy: one of a recording that was made before copies were kept."""
    run = Run("codex", server, tmp_path)
    stores = run.home / ".local/share/agentrec/snapshots"
    for kept in stores.glob("*/conversations"):
        shutil.rmtree(kept)
    archive = run.home / ".codex/archived_sessions"
    archive.mkdir()
    moved = archive / run.transcript.name
    run.transcript.rename(moved)
    zipped = [run.transcript.with_name(f"{run.transcript.name}.zst"), archive / f"{moved.name}.zst"]
    for place in (moved, *zipped):
        if place != moved:
            subprocess.run(["zstd", "-q", str(moved), "-o", str(place)], check=True)
            kept_bytes = moved.read_bytes()
            moved.unlink()
        ((request, _),), _, _ = run.branch("--at", run.after(2).id, "-m", MESSAGE)
        assert SPOKEN["codex"](request) == [*run.history(2), SAID["codex"]]
        if place != moved:
            place.unlink()
            moved.write_bytes(kept_bytes)


@BOTH
def test_in_a_terminal(name, server, tmp_path):
    """The child has the terminal, and asks for no trust that its repository has."""
    run = Run(name, server, tmp_path)
    kept = run.after(2)
    line = [*BRANCH, str(run.file), "--at", kept.id, "-m", MESSAGE]
    count = len(main_answers(server))
    steps = [Wait(ANSWER), Settle(1.0), *run.agent.leave]
    assert drive(line, run.env, run.work, 100, 40, steps).status == 0
    ((request, _), *_) = main_answers(server)[count:]
    assert SPOKEN[name](request) == [*run.history(2), SAID[name]]
    (new,) = run.entries()
    header = run.header(new)
    assert files(header["cwd"]) == run.opened(kept)
    assert run.untouched() == run.before
    assert header["headless"] is False
    assert header["parent"]["method"] == "trimmed-transcript"
    assert os.path.basename(header["command"][0]) == os.path.basename(run.agent.argv(())[0])


@BOTH
def test_at_no_time_does_the_agent_know_of_more_than_the_files_hold(name, server, tmp_path):
    run = Run(name, server, tmp_path)
    results = sorted(event.data["at_ns"] for event in named(run.events, "tool/result"))
    assert len(results) == 6
    # How many tools had returned, by what the files hold: the third and fourth change nothing.
    fitting = {(False, False, False): {0}, (True, False, False): {1}}
    fitting |= {(True, True, False): {2, 3, 4}, (True, True, True): {5, 6}}
    exact = 0
    with Recording.open(str(run.file)) as recording:
        store, _ = run.kept[0].open(run.env)
        times = range(0, recording.duration, recording.duration // 60)
        for t in times:
            point = find_point(recording, t)
            snapshot = store.snapshot(point.recorded.commit)
            names = store.contents(snapshot).files
            area = store.read(snapshot, "area.py") if "area.py" in names else b""
            there = "area.py" in names, "test_area.py" in names, b"*" in area
            told = (point.conversation or {}).get("at_ns", -1)
            returned = sum(at <= told for at in results)
            assert returned <= max(fitting[there]), (t, there, returned)
            exact += returned in fitting[there]
        store.close()
    assert exact >= 0.8 * len(times)


def test_a_worktree_of_claudes_own_is_where_the_branch_starts(server, tmp_path):
    agent = require(AGENTS["claude"])
    work, home = tmp_path / "work", tmp_path / "home"
    env = agent.start(home, work, server.url) | {"PYTHONPATH": PACKAGE}
    fill(work, {"top.txt": "x\n"})
    git(work, "init", "-q")
    git(work, "add", ".")
    git(work, "commit", "-qm", "first")
    argv = agent.argv((*agent.headless, "-w", "tree"), "Go on. [[scenario:write-file]]")
    record(tmp_path / "run.ahr", argv, env, work)
    shutil.rmtree(work / ".claude")
    line = [*BRANCH, str(tmp_path / "run.ahr"), "--headless", "-m", MESSAGE, "-n", "--json"]
    done = subprocess.run(line, env=env, cwd=work, capture_output=True, text=True, check=True)
    plan = json.loads(done.stdout)
    assert plan["cwd"] == f"{plan['worktree']}/.claude/worktrees/tree"
    assert plan["method"] == "trimmed-transcript"
    assert "-w" not in plan["argv"]
    (told,) = [word for word in plan["argv"] if "This conversation began in" in word]
    assert f"began in {work}. You now work in a copy of it, {plan['worktree']}:" in told


def test_all_of_the_old_workspace_is_kept_from_a_run_that_began_below_it(server, tmp_path):
    agent = require(AGENTS["claude"])
    work, home = tmp_path / "work", tmp_path / "home"
    env = agent.start(home, work / "sub", server.url) | {"PYTHONPATH": PACKAGE}
    fill(work, {"top.txt": "x\n", "sub/inner.txt": "y\n"})
    git(work, "init", "-q")
    argv = agent.argv(agent.headless, "Go on. [[scenario:write-file]]")
    record(tmp_path / "run.ahr", argv, env, work / "sub")
    line = [*BRANCH, str(tmp_path / "run.ahr"), "--headless", "-m", MESSAGE, "-n", "--json"]
    done = subprocess.run(line, env=env, cwd=work, capture_output=True, text=True, check=True)
    plan = json.loads(done.stdout)
    assert plan["cwd"] == f"{plan['worktree']}/sub"
    assert f"Edit(/{work}/**)" in plan["argv"]
