"""Real agents, run again: other prompts, models and agents; a group killed, resumed, compared, removed."""

import json
import signal
import subprocess
import sys

import pytest
import tomlkit

from agentrec.recording.reader import Recording
from fixtures.modelserver import ModelServer
from tests.agents_env import AGENTS, require
from tests.agents_env.recorded import PACKAGE, record
from tests.branches.helpers import fill, git, picture, repository, wait_for

pytestmark = pytest.mark.agents
AGENTREC = [sys.executable, "-P", "-m", "agentrec"]
SCRIPT = [
    {"text": "I write it.", "calls": [{"write": "calc.py", "content": "ANSWER = 41\n"}]},
    {
        "text": "I look.",
        "calls": [{"shell": "cat calc.py; while [ -e ../hold ]; do sleep 0.1; done"}],
    },
    {"text": "All is done."},
]


class Desk:
    """A repository, a recorded run in it, and what a user does with it."""

    def __init__(self, name, folder):
        self.agent, self.folder, self.name = require(AGENTS[name]), folder, name
        self.work, self.file = folder / "work", folder / "run.ahr"
        scenarios = folder / "scenarios"
        scenarios.mkdir()
        (scenarios / "task.toml").write_text(tomlkit.dumps({"reply": SCRIPT}))
        self.server = ModelServer(delay=0.001, scenarios=scenarios)
        self.server.__enter__()
        self.env = self.agent.start(folder / "home", self.work, self.server.url)
        self.env |= {"PYTHONPATH": PACKAGE, "XDG_DATA_HOME": str(folder / "data")}
        self.env |= {"GIT_CEILING_DIRECTORIES": str(folder)}
        fill(self.work, {"kept.txt": "committed\n"})
        git(self.work, "init", "-q")
        git(self.work, "add", ".")
        git(self.work, "commit", "-qm", "first")
        argv = self.agent.argv(self.agent.headless, "Mend it. [[scenario:task]]")
        record(self.file, argv, self.env, self.work)
        git(self.work, "add", ".")
        git(self.work, "commit", "-qm", "second")

    def call(self, *words, code=0, env=None, cwd=None):
        done = subprocess.run(
            [*AGENTREC, *map(str, words)],
            env=env or self.env,
            cwd=cwd or self.work,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=180,
        )
        assert done.returncode == code, done.stdout + done.stderr
        return done

    def json(self, *words, code=0):
        return json.loads(self.call(*words, "--json", code=code).stdout)

    def start(self, *words):
        return subprocess.Popen(
            [*AGENTREC, *map(str, words)],
            env=self.env,
            cwd=self.work,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def states(self, group):
        runs = self.json("rerun", "--resume", group)["runs"]
        return {run["name"]: run["state"] for run in runs}

    def worktree(self, name):
        return self.folder / f"work-{name}"

    def prompts(self):
        """What the model was asked, without what the agent asks on its own."""
        return [json.dumps(entry.body) for entry in self.server.received()]


@pytest.fixture(scope="module", params=list(AGENTS))
def desk(request, tmp_path_factory):
    made = Desk(request.param, tmp_path_factory.mktemp(request.param))
    yield made
    made.server.__exit__(None, None, None)


def test_a_dry_run_shows_the_matrix_and_writes_nothing(desk):
    before = picture(desk.work, skip=())
    shown = desk.call("rerun", desk.file, "--times", 2, "--prompt", "A", "--prompt", "B").stdout
    assert "mend-it: 4 runs" in shown
    assert "mend-it-rerun-4" in shown
    assert "dry run: nothing was created" in shown
    data = desk.json("rerun", desk.file, "--model", "own-model")
    (run,) = data["runs"]
    assert "own-model" in run["plan"]["argv"]
    assert run["estimate_usd"] is None  # nobody knows what it costs
    assert picture(desk.work, skip=()) == before
    assert not desk.worktree("mend-it-rerun-1").exists()
    assert not (desk.folder / "data/agentrec/branches").exists()


def test_the_same_task_has_the_same_outcome(desk):
    result = desk.json("rerun", desk.file, "--execute", "--name", "same")
    (run,) = result["runs"]
    assert (run["name"], run["code"]) == ("same-rerun-1", 0)
    assert (desk.worktree("same-rerun-1") / "calc.py").read_text() == "ANSWER = 41\n"
    with Recording.open(run["file"]) as recording:
        parent, title = recording.header["parent"], recording.header["title"]
    assert (parent["relation"], parent["group"], title) == ("rerun", "same", "same-rerun-1")
    (compared,) = desk.json("compare", "--group", "same")["comparisons"]
    assert compared["divergence"] is None
    assert compared["files"]["differing"] == []
    assert compared["left"]["file"] == str(desk.file)


def test_another_prompt_and_another_model(desk):
    own = "Mend it well. [[scenario:task]]"
    options = ["--prompt", own, "--model", "claude-haiku-4-5", "--name", "varied"]
    desk.json("rerun", desk.file, "--execute", *options)
    (compared,) = desk.json("compare", "--group", "varied")["comparisons"]
    assert compared["divergence"]["what"] == "prompt"
    assert "Mend it well." in compared["divergence"]["right"]["text"]
    assert any("Mend it well." in text and '"claude-haiku-4-5"' in text for text in desk.prompts())


def test_the_files_of_another_commit(desk):
    desk.json("rerun", desk.file, "--write-only", "--base-ref", "HEAD", "--name", "based")
    assert (desk.worktree("based-rerun-1") / "calc.py").exists()
    assert git(desk.worktree("based-rerun-1"), "status", "--porcelain") == ""
    desk.json("rerun", desk.file, "--write-only", "--base-ref", "HEAD~1", "--name", "older")
    assert not (desk.worktree("older-rerun-1") / "calc.py").exists()
    assert desk.states("older") == {"older-rerun-1": "not run"}
    for group in ("based", "older"):
        desk.call("branches", "--remove-group", group, "--yes")
        assert not desk.worktree(f"{group}-rerun-1").exists()


def test_a_group_killed_resumed_compared_removed(desk):
    before = repository(desk.work / ".git")
    hold = desk.folder / "hold"
    hold.touch()
    words = ["rerun", desk.file, desk.file, desk.file, "--name", "swarm", "--parallel", "3"]
    running = desk.start(*words, "--execute")
    written = [desk.worktree(f"swarm-rerun-{n}") / "calc.py" for n in (1, 2, 3)]
    wait_for(lambda: all(path.exists() for path in written))
    running.kill()
    running.wait()
    wait_for(lambda: set(desk.states("swarm").values()) == {"interrupted"})
    hold.unlink()
    result = desk.json("rerun", "--resume", "swarm", "--execute", "--parallel", 3)
    assert sorted((run["name"], run["code"]) for run in result["runs"]) == [
        (f"swarm-rerun-{n}", 0) for n in (1, 2, 3)
    ]
    assert set(desk.states("swarm").values()) == {"ok"}
    compared = desk.json("compare", "--group", "swarm")["comparisons"]
    assert [it["divergence"] for it in compared] == [None] * 3
    desk.call("branches", "--remove-group", "swarm", "--yes")
    assert not any(path.parent.exists() for path in written)
    assert repository(desk.work / ".git") == before
    assert len(desk.json("compare", "--group", "swarm")["comparisons"]) == 3


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_leaves_everything_consistent(desk, number):
    hold, name = desk.folder / "hold", f"by-{number.name.lower()}"
    hold.touch()
    running = desk.start("rerun", desk.file, "--name", name, "--times", 2, "--execute")
    wait_for((desk.worktree(f"{name}-rerun-1") / "calc.py").exists)
    running.send_signal(number)
    assert running.wait(timeout=60) in (130, 143)
    hold.unlink()
    assert desk.states(name) == {f"{name}-rerun-1": "interrupted", f"{name}-rerun-2": "not run"}
    # It was ended in a hurry: there may have been no time for a last snapshot.
    desk.call("branches", "--remove-group", name, "--yes", "--force")


@pytest.mark.parametrize("option", [("--max-time", "6s"), ("--max-cost", "0.000001")])
def test_a_limit_stops_all(desk, option):
    hold = desk.folder / "hold"
    hold.touch()
    name = option[0].removeprefix("--")
    words = ["rerun", desk.file, "--name", name, "--times", 2, "--execute", *option]
    result = desk.json(*words, code=1)
    hold.unlink()
    assert result["stopped"] == option[0]
    assert set(desk.states(name).values()) == {"interrupted", "not run"}
    desk.call("branches", "--remove-group", name, "--yes")


def test_a_system_prompt_and_more_options(desk):
    prompt = desk.folder / "system.md"
    prompt.write_text("You mend things in silence.\n")
    own = {
        "claude": "--append-system-prompt=Never-shout",
        "codex": "-c developer_instructions=Never-shout",
    }
    words = ["--system", prompt, f"--option={own[desk.name]}"]
    desk.json("rerun", desk.file, "--name", "told", "--execute", *words)
    assert any("You mend things in silence." in text for text in desk.prompts())
    assert any("Never-shout" in text for text in desk.prompts())


@pytest.fixture
def elsewhere(desk, tmp_path):
    """A clone of the repository on a machine that has neither recordings nor snapshots."""
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "-q", str(desk.work), str(clone))
    env = {**desk.env, "XDG_DATA_HOME": str(tmp_path / "data")}

    def call(*words, code=0):
        return desk.call(*words, code=code, env=env, cwd=clone)

    return clone, call


def options_of(desk):
    return ["--option=--dangerously-skip-permissions"] if desk.name == "claude" else []


def test_a_bundle_runs_elsewhere(desk, elsewhere):
    clone, call = elsewhere
    bundle = clone.parent / "task.bundle.json"
    said = desk.json("bundle", desk.file, "-o", bundle)
    assert said["workers"] == ["mend-it"]
    (worker,) = json.loads(bundle.read_text())["workers"]
    assert worker["expected"]["changed"] == ["calc.py"]
    assert worker["handoff"] == "All is done."
    assert (worker["status"], worker["files"]) == ("completed", {})
    before = picture(clone, skip=())
    program = str(desk.agent.program())
    words = ["rerun", bundle, "--agent", program, *options_of(desk)]
    shown = call(*words).stdout
    assert "dry run" in shown
    assert "in the bundle are not used" in shown
    assert picture(clone, skip=()) == before
    assert not (clone.parent / "data/agentrec/recordings").exists()
    call(*words, "--execute")
    assert (clone.parent / "clone-mend-it-rerun-1/calc.py").read_text() == "ANSWER = 41\n"
    compared = json.loads(call("compare", "--group", "mend-it", "--json").stdout)["comparisons"]
    assert compared[0]["left"]["exit"]["code"] == compared[0]["right"]["exit"]["code"] == 0
    assert compared[0]["left"]["handoff"] == compared[0]["right"]["handoff"]
    call("branches", "--remove-group", "mend-it", "--yes")


def test_a_bundle_of_work_that_was_not_committed(desk, elsewhere):
    clone, call = elsewhere
    fill(desk.work, {"dirty.txt": "not committed\n", "kept.txt": "changed\n"})
    again = clone.parent / "again.ahr"
    record(
        again,
        desk.agent.argv(desk.agent.headless, "Mend it. [[scenario:task]]"),
        desk.env,
        desk.work,
    )
    git(desk.work, "checkout", "-q", ".")
    (desk.work / "dirty.txt").unlink()
    bundle = clone.parent / "swarm.bundle.tar"
    desk.call("bundle", again, desk.file, "--full", "-o", bundle)
    words = ["rerun", bundle, "--agent", desk.agent.program(), "--write-only", "--name", "dirty"]
    call(*words)
    tree = clone.parent / "clone-dirty-rerun-1"
    assert (tree / "dirty.txt").read_text() == "not committed\n"
    assert (tree / "kept.txt").read_text() == "changed\n"
    assert (tree / "calc.py").exists()  # the commit has it
    assert not (clone.parent / "clone-dirty-rerun-2/dirty.txt").exists()
    call("bundle", bundle, "--extract", clone.parent / "out")
    assert (clone.parent / "out/recordings/mend-it-2.ahr").exists()
    call("verify", clone.parent / "out/recordings/mend-it.ahr")


def test_a_kodelyth_bundle_runs_and_comes_back_equal(desk, elsewhere):
    clone, call = elsewhere
    worker = {"slug": "mend", "task": "Mend it. [[scenario:task]]", "handoff": "", "status": "open"}
    example = {
        "schema": "kodelyth.session-bundle/v1",
        "session": "mending",
        "exported_at": "2026-05-01T12:00:00Z",
        "exported_by": "somebody",
        "meta": {"task": "Mend", "agents": ["a"], "harness": desk.name, "base_ref": "HEAD~1"},
        "workers": [worker, {**worker, "slug": "mend-more"}],
    }
    file, ours, back = (clone.parent / name for name in ("k.json", "o.json", "b.json"))
    file.write_text(json.dumps(example))
    program = desk.agent.program()
    call("rerun", file, "--agent", program, *options_of(desk), "--parallel", 2, "--execute")
    for slug in ("mend", "mend-more"):
        assert (clone.parent / f"clone-{slug}-rerun-1/calc.py").read_text() == "ANSWER = 41\n"
    call("bundle", file, "-o", ours)
    assert json.loads(ours.read_text())["schema"] == "agentrec.bundle/v1"
    call("bundle", ours, "--format", "kodelyth", "-o", back)
    assert json.loads(back.read_text()) == example


def test_a_bundle_whose_commit_is_not_here(desk, elsewhere):
    clone, call = elsewhere
    bundle = clone.parent / "x.json"
    data = {
        "schema": "agentrec.bundle/v1",
        "workers": [{"slug": "x", "task": "y", "agent": desk.name, "base_commit": "f" * 40}],
    }
    bundle.write_text(json.dumps(data))
    assert f"has no commit {'f' * 40}" in call("rerun", bundle, code=2).stderr


def test_two_agents(desk):
    other = require(AGENTS["codex" if desk.name == "claude" else "claude"])
    env = other.start(desk.folder / "home", desk.folder / "unused", desk.server.url)
    desk.env = {**env, **desk.env}
    program = str(other.program())
    allowed = ["--option=--dangerously-skip-permissions"] if other.name == "claude" else []
    words = ["rerun", desk.file, "--agent", program, "--name", "other", *allowed]
    assert "are not passed to" in desk.call(*words).stdout
    desk.json(*words, "--execute")
    (compared,) = desk.json("compare", "--group", "other")["comparisons"]
    assert compared["right"]["agent"] != compared["left"]["agent"]
    assert compared["divergence"] is None
    assert compared["files"]["differing"] == []
