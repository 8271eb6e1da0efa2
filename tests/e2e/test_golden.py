"""Golden runs of real agents: kept, played again, refused where they do not fit."""

import json
import shutil
from types import SimpleNamespace

import pytest

from tests.agents_env import AGENTS
from tests.e2e.test_ghost import AGENTREC, NOWHERE, Runs

pytestmark = pytest.mark.agents
BEFORE = {"before.txt": "was there\n"}


@pytest.fixture(scope="module", params=AGENTS)
def kept(request, tmp_path_factory):
    """A golden run of an agent; the model's server is off. Tests have directories of their own."""
    runs = Runs(request.param, tmp_path_factory.mktemp(f"golden-{request.param}"))
    runs.record("fix-tests", BEFORE)

    def golden(*words, cwd=None):
        return runs._run([*AGENTREC, "golden", *words], cwd or runs.folder)

    saved = golden("save", "good", str(runs.path("run")), "--json")
    assert saved.returncode == 0, saved.stderr
    return SimpleNamespace(runs=runs, golden=golden, saved=json.loads(saved.stdout))


def play(kept, name, *options):
    """Play it in a new directory called ``name``, or one with files."""
    work = kept.runs.folder / name
    kept.runs.env |= kept.runs.agent.start(kept.runs.folder / "home", work, NOWHERE)
    options = ["-o", str(kept.runs.path(name)), "--headless", *options]
    return kept.golden("run", "good", "--in", str(work), *options)


def test_what_is_known_of_it(kept):
    agent = kept.runs.agent
    assert kept.saved["playable"] is True
    assert kept.saved["task"] == "Go on. [[scenario:fix-tests]]"
    assert kept.saved["version"] == agent.version
    (listed,) = json.loads(kept.golden("list", "--json").stdout)
    assert listed == {name: it for name, it in kept.saved.items() if name != "playable"}
    shown = json.loads(kept.golden("show", "good", "--json").stdout)
    assert shown["start"]["files"] == 1
    assert shown["start"]["here"] is True
    assert shown["spent"]["tokens"] > 0
    text = kept.golden("show", "--task", " Go on.  [[scenario:fix-tests]]").stdout
    assert f"took       {shown['spent']['tokens']:,} tokens, " in text
    pinned = kept.runs._run([*AGENTREC, "pin", "--json"], kept.runs.folder)
    assert json.loads(pinned.stdout) == [kept.saved["id"]]


def test_it_is_played_in_a_new_directory_for_nothing(kept):
    ledger = kept.runs.folder / "ledger.json"
    done = play(kept, "new", "--ledger", str(ledger))
    assert done.returncode == 0, done.stdout + done.stderr
    assert kept.runs.files("new") == kept.runs.files("work")
    figures = json.loads(ledger.read_text())
    spent = json.loads(kept.golden("show", "good", "--json").stdout)["spent"]
    assert figures["original"] == spent
    assert (figures["this_run"]["tokens"], figures["this_run"]["cost_usd"]) == (0, 0)
    assert figures["saved"]["tokens"] == spent["tokens"]
    assert figures["saved"]["cost_usd"] == spent["cost_usd"] > 0
    assert figures["this_run"]["seconds"] > 0
    lines = [line for line in done.stderr.splitlines() if "  " in line]
    assert any(line.split()[1:3] == ["saved", f"{spent['tokens']:,}"] for line in lines)


def test_it_is_played_where_the_files_are_the_same(kept):
    work = kept.runs.folder / "same"
    work.mkdir()
    (work / "before.txt").write_text(BEFORE["before.txt"])
    done = play(kept, "same")
    assert done.returncode == 0, done.stdout + done.stderr
    assert kept.runs.files("same") == kept.runs.files("work")


def test_other_files_are_named(kept):
    work = kept.runs.folder / "other"
    work.mkdir()
    (work / "before.txt").write_text("is different\n")
    (work / "more.txt").write_text("more\n")
    done = play(kept, "other")
    assert done.returncode == 123
    assert "before.txt (changed), more.txt (added)" in done.stderr
    assert sorted(it.name for it in work.iterdir()) == ["before.txt", "more.txt"]
    assert not kept.runs.path("other").exists()


def test_a_replay_costs_nothing(kept):
    spent = json.loads(kept.golden("show", "good", "--json").stdout)["spent"]
    done = play(kept, "costs")
    assert done.returncode == 0, done.stdout + done.stderr
    costs = kept.runs._run([*AGENTREC, "cost", "--by", "project", "--json"], kept.runs.folder)
    rows = {it["project"]: it for it in json.loads(costs.stdout)["rows"]}
    assert str(kept.runs.folder / "costs") not in rows
    work = rows[str(kept.runs.folder / "work")]
    assert work["cost_usd"] == pytest.approx(spent["cost_usd"])


def test_another_version_is_refused(kept):
    """The program that is found says another version than the recording has."""
    program = kept.runs.folder / "bin" / kept.runs.agent.program().name
    program.parent.mkdir()
    program.write_text(
        f'#!/bin/sh\n[ "$1" = --version ] && echo 0.0.1 && exit\nexec {kept.runs.agent.program()} "$@"\n'
    )
    program.chmod(0o755)
    words = [str(program), *kept.runs.agent.headless, "Go on. [[scenario:fix-tests]]"]
    done = play(kept, "old", "--", *words)
    assert done.returncode == 123
    assert f"{kept.runs.agent.version}, and 0.0.1 is installed" in done.stderr
    done = play(kept, "old", "--any-version", "--", *words)
    assert done.returncode == 0, done.stdout + done.stderr
    assert kept.runs.files("old") == kept.runs.files("work")


def test_another_task_is_refused(kept):
    done = kept.golden("run", "good", "--task", "Something else")
    assert done.returncode == 123
    assert "is of another task: Go on. [[scenario:fix-tests]]" in done.stderr
    done = kept.golden("run", "--task", "Something else")
    assert done.returncode == 3
    assert "no golden run has the task 'Something else'" in done.stderr


def test_a_miss_ends_it_and_the_ledger_is_shown(kept):
    argv = kept.runs.agent.argv(kept.runs.agent.headless, "Go away. [[scenario:fix-tests]]")
    done = play(kept, "miss", "--", *argv)
    assert done.returncode == 123
    assert "Go away." in done.stderr
    assert "this run" in done.stderr


def test_what_the_real_model_answers_is_in_the_ledger(kept):
    from fixtures.modelserver import ModelServer

    ledger = kept.runs.folder / "live.json"
    work = kept.runs.folder / "live"
    with ModelServer() as server:
        kept.runs.env |= kept.runs.agent.start(kept.runs.folder / "home", work, server.url)
        options = ["--headless", "-o", str(kept.runs.path("live")), "--live-after", "3"]
        words = ["run", "good", "--in", str(work), *options, "--ledger", str(ledger)]
        done = kept.golden(*words)
    assert done.returncode == 0, done.stdout + done.stderr
    figures = json.loads(ledger.read_text())
    assert 0 < figures["this_run"]["tokens"] < figures["original"]["tokens"]
    assert 0 < figures["this_run"]["cost_usd"] < figures["original"]["cost_usd"]


def test_runs_are_compared_with_it(kept):
    words = ["compare", "golden:good", str(kept.runs.path("run")), "--json"]
    done = kept.runs._run([*AGENTREC, *words], kept.runs.folder)
    (comparison,) = json.loads(done.stdout)["comparisons"]
    assert comparison["divergence"] is None
    assert comparison["left"]["id"] == kept.saved["id"]
    rules = ["--fail-on", "cost>+20%"]
    words = ["compare", str(kept.runs.path("run")), "--against", "golden:good", *rules]
    done = kept.runs._run([*AGENTREC, *words], kept.runs.folder)
    assert done.returncode == 0, done.stdout + done.stderr
    words = ["compare", str(kept.runs.path("run")), "--against", "golden:bad"]
    done = kept.runs._run([*AGENTREC, *words], kept.runs.folder)
    assert done.returncode == 3
    assert "no golden run is named bad" in done.stderr


def test_its_files_can_be_gone(kept, tmp_path):
    """The snapshots are not on this machine."""
    data = kept.runs.folder / "home/.local/share/agentrec"
    shutil.copytree(data / "golden", tmp_path / "agentrec/golden")
    env = kept.runs.env | {"XDG_DATA_HOME": str(tmp_path)}
    kept.runs.env, before = env, kept.runs.env
    try:
        done = play(kept, "gone")
    finally:
        kept.runs.env = before
    assert done.returncode == 123
    assert "the files that the run starts from are not here" in done.stderr
