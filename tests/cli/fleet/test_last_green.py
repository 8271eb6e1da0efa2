"""`--against last-green --remote`: the newest good run of a task, recorded on another machine."""

import time

import pytest

from tests.fleet.machines import Machine

GOOD, BETTER, BAD = "echo 1 > a", "echo 2 > a", "echo 3 > a; exit 1"
RULES = ("--fail-on", "duration>+1h")


@pytest.fixture
def pair(tmp_path):
    """Two machines with a project of one name, and a directory that they share."""
    machines = [Machine(tmp_path / name) for name in "ab"]
    for machine in machines:
        machine.work = machine.work / "project"
        machine.work.mkdir()
    return *machines, f"file://{tmp_path}/remote"


def job(machine, script, *options, code=0, title="Mend it"):
    words = ["ci", "--title", title, "--no-page", "-o", machine.work.parent / "out" / script[5]]
    return machine.agentrec(*words, *options, "--", "sh", "-c", script, code=code)


def test_the_newest_good_run_of_the_task_is_pulled_and_compared_with(pair):
    first, second, url = pair
    for script, code in ((GOOD, 0), (BETTER, 0), (BAD, 1)):
        job(first, script, "--push", "--remote", url, code=code)
        time.sleep(1)  # a name in a remote says the second
    job(first, "echo 4 > a", "--push", "--remote", url, title="Other")
    newest = first.run("ls", "--remote", url)
    better = next(row["id"] for row in newest if BETTER in row["command"])
    options = ("--against", "last-green", "--remote", url, *RULES)
    job(second, "echo 5 > a", *options)
    # Of the two that were newer, the failed one was pulled to see how it ended.
    pulled = {row["id"] for row in second.run("ls") if row["id"] in {it["id"] for it in newest}}
    assert better in pulled
    assert len(pulled) == 2
    again = second.agentrec("compare", "last", *options, "--json")
    assert better in again.stdout


def test_a_newer_run_on_this_machine_counts_before_older_ones_there(pair):
    first, second, url = pair
    job(first, GOOD, "--push", "--remote", url)
    time.sleep(1)
    path = second.recorded("echo 2 > a")[1]
    second.here("title", path, "Mend it")
    job(second, "echo 3 > a", "--against", "last-green", "--remote", url, *RULES)
    assert [row for row in second.run("ls", "--remote", url) if row["file"]] == []


def test_what_cannot_work_is_said_before_anything_runs(pair):
    first, second, url = pair
    options = ("--against", "last-green", "--remote", url, *RULES)
    done = job(second, "echo 1 > a", *options, code=3)
    assert "is not a directory" in done.stderr
    job(first, BAD, "--push", "--remote", url, code=1)
    done = job(second, "echo 1 > a", *options, code=2)
    assert "no good run of 'Mend it'" in done.stderr
    path = second.made()
    done = second.agentrec("compare", path, "--against", path, "--remote", url, code=2)
    assert "--remote needs --against last-green" in done.stderr
    done = second.agentrec("ci", "--remote", url, "--", "touch", "a", code=2)
    assert "--remote needs --push or --against last-green" in done.stderr
    assert not (second.work / "a").exists()
