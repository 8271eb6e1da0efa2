"""`agentrec discard`: nothing of a recording is kept."""

import json
import os
import subprocess
import sys

import pytest

from agentrec import Recorder
from agentrec.mcp.tools import TOOLS
from agentrec.snapshots.pruning import all_stores
from tests.cli.test_snapshots import ME
from tests.snapshots.helpers import fill

WAIT = "until [ -e go ]; do sleep 0.05; done"


def chains(desk):
    """The recordings that have snapshots."""
    return [name for store in all_stores(desk.env) for name in store.chains()]


@pytest.mark.parametrize("options", [(), ("--redact",), ("--no-redact",)], ids=str)
def test_file_and_snapshots_go_and_the_exit_code_stays(desk, options):
    desk.record("echo two > a")
    (other,) = chains(desk)
    kept, desk.file = desk.file, desk.file + ".2.ahr"
    script = f"echo three > a; {ME} snapshot x >/dev/null; {ME} discard --yes; exit 3"
    words = ("record", "--headless", "-o", desk.file, *options, "--", "sh", "-c", script)
    done = desk.agentrec(*words, code=3)
    assert "will be deleted when it ends" in done.stdout
    assert "recording discarded" in done.stderr
    assert not os.path.exists(desk.file)
    assert chains(desk) == [other]
    assert os.path.exists(kept)
    assert desk.agentrec("snapshots", kept).stdout
    assert desk.agentrec("show", f"{kept}@last:a").stdout == "two\n"
    (listed,) = json.loads(desk.agentrec("ls", "--json").stdout)
    assert listed["id"] == other


def _running(desk, *options):
    """A recording that waits for the file ``go``, and its id."""
    words = ["record", "-q", "--headless", *options, "--", "sh", "-c", f"echo ready > up; {WAIT}"]
    run = subprocess.Popen(
        [sys.executable, "-P", "-m", "agentrec", *words],
        cwd=desk.work,
        env=desk.env,
        stdin=subprocess.DEVNULL,
    )
    while not (desk.work / "up").exists():
        assert run.poll() is None
    return run


def test_from_another_terminal_by_id_and_back(desk):
    run = _running(desk, "-o", desk.file)
    (live,) = json.loads(desk.agentrec("ls", "--state", "live", "--json").stdout)
    said = json.loads(desk.agentrec("discard", live["id"], "--yes", "--json").stdout)
    assert said == {"file": desk.file, "discard": True}
    assert "will be kept" in desk.agentrec("discard", desk.file, "--undo").stdout
    (desk.work / "go").touch()
    assert run.wait(100) == 0
    assert os.path.exists(desk.file)
    assert "is not running" in desk.agentrec("discard", desk.file, "--yes", code=3).stderr


def test_without_an_answer_it_stays(desk):
    run = _running(desk, "-o", desk.file)
    refused = desk.agentrec("discard", code=2)
    assert "cannot ask for confirmation" in refused.stderr
    assert "--dry-run" not in refused.stderr
    (desk.work / "go").touch()
    assert run.wait(100) == 0
    assert os.path.exists(desk.file)


def test_the_question_is_no_part_of_the_json(desk):
    run = _running(desk, "-o", desk.file)
    user, terminal = os.openpty()
    os.write(user, b"y\n")
    said = subprocess.run(
        [sys.executable, "-P", "-m", "agentrec", "discard", "--json"],
        env=desk.env,
        stdin=terminal,
        capture_output=True,
        check=True,
    )
    os.close(user)
    os.close(terminal)
    assert json.loads(said.stdout)["discard"] is True
    assert b"[y/N]" in said.stderr
    (desk.work / "go").touch()
    assert run.wait(100) == 0
    assert not os.path.exists(desk.file)


def test_ci_says_that_there_are_no_artifacts(desk):
    script = f"{ME} discard --yes -q; exit 4"
    done = desk.agentrec("ci", "--out-dir", "out", "--", "sh", "-c", script, code=4)
    assert "no artifacts" in done.stderr
    assert not [name for name in os.listdir(desk.work) if name.endswith(".ahr")]
    assert not list(desk.work.glob("out/*.ahr"))


def test_an_agent_s_tool_asks_for_the_same():
    action = TOOLS["session_recorder"].arguments({"action": "discard"})
    assert action == ["discard", "--yes"]


def test_a_program_discards_its_own_recording(desk, monkeypatch):
    monkeypatch.chdir(desk.work)
    monkeypatch.setenv("HOME", desk.env["HOME"])
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    with Recorder(desk.file) as recorder:
        recorder.snapshot("x")
        recorder.discard(keep=True)
    assert os.path.exists(desk.file)
    kept = chains(desk)
    with Recorder(desk.file + ".2.ahr") as recorder:
        recorder.snapshot("y")
        recorder.discard()
    assert not os.path.exists(desk.file + ".2.ahr")
    assert chains(desk) == kept == [kept[0]]


def test_a_program_inside_a_recording_discards_that(desk):
    script = "from agentrec import Recorder\nwith Recorder() as r: r.discard()"
    fill(desk.work, {"program.py": script})
    desk.record(f"{sys.executable} program.py")
    assert not os.path.exists(desk.file)
    assert chains(desk) == []
