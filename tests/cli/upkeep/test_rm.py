"""`agentrec rm` as a user runs it, with real snapshots."""

import json
import os

import pytest

from tests.cli.test_snapshots import ME, Desk


@pytest.fixture
def desk(tmp_path):
    made = Desk(tmp_path)
    made.record(f"echo one >a; {ME} snapshot x >/dev/null; echo two >a")
    return made


def chains(desk):
    """How many snapshots there are on the disk."""
    usage = json.loads(desk.agentrec("du", "--json").stdout)
    return sum(store["snapshots"] for store in usage["snapshots"])


def test_a_recording_goes_with_its_snapshots(desk):
    before = chains(desk)
    done = desk.agentrec("rm", desk.file, code=2)
    assert "cannot ask" in done.stderr
    desk.agentrec("rm", desk.file, "-n")
    assert os.path.exists(desk.file)
    done = desk.agentrec("rm", desk.file, "--yes")
    assert f"{before} snapshots" in done.stdout
    assert not os.path.exists(desk.file)
    assert chains(desk) == 0


def test_snapshots_that_a_cut_needs_stay(desk, tmp_path):
    before = chains(desk)
    part = str(tmp_path / "part.ahr")
    desk.agentrec("cut", desk.file, "--since", "0.01", "-o", part)
    done = desk.agentrec("rm", desk.file, "--yes")
    assert f"{part} is cut from it" in done.stdout
    assert "its snapshots stay" in done.stdout
    assert chains(desk) == before
    desk.agentrec("prune", "--keep-last", "0", "--yes")
    assert chains(desk) == before
    assert desk.agentrec("show", f"{part}@last:a").stdout == "two\n"
    desk.agentrec("rm", part, "--yes")
    desk.agentrec("prune", "--keep-last", "0", "--yes")
    assert chains(desk) == 0


def test_pinned_and_golden_runs_need_force(desk):
    desk.agentrec("golden", "save", "good", desk.file)
    done = desk.agentrec("rm", desk.file, "--yes", code=2)
    assert "is pinned" in done.stderr
    done = desk.agentrec("rm", desk.file, "--yes", "--force")
    assert "golden run good is this recording" in done.stdout
    assert json.loads(desk.agentrec("golden", "list", "--json").stdout) == []
    assert json.loads(desk.agentrec("pin", "--json").stdout) == []
