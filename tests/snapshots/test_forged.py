"""Recordings that name snapshots which nobody took: they say what they like, and get nothing by it."""

import json
import subprocess
import sys

import pytest

from agentrec.branches.branch_plan import BranchRequest
from agentrec.branches.plan_text import plan_lines
from agentrec.branches.planner import plan_branch
from agentrec.companions.snapshots import event_data
from agentrec.recording.events import Event
from agentrec.recording.reader import Recording
from agentrec.snapshots.model import SnapshotError
from tests.recording.helpers import HEADER, write
from tests.snapshots.helpers import environment, fill, taker, workspace


@pytest.fixture
def taken(tmp_path):
    """The data of a snapshot's event, and its taker."""
    folder = workspace(tmp_path)
    fill(folder, {"a": "one\n"})
    the_taker = taker(folder, tmp_path)
    snapshot, _ = the_taker.take("step")
    data = event_data(snapshot._asdict()) | {"store": the_taker.store.name, "took_ms": 1.5}
    yield data, the_taker
    the_taker.store.close()


def agentrec(tmp_path, *args):
    command = [sys.executable, "-P", "-m", "agentrec", *map(str, args)]
    return subprocess.run(
        command, env=environment(tmp_path), cwd=tmp_path, capture_output=True, text=True, timeout=60
    )


@pytest.mark.parametrize(
    "name", ["refs/recordings/run", "HEAD", "abbreviated", "two\nlines", "", "^{commit}", "\ud800"]
)
def test_only_the_whole_name_of_a_commit_is_a_name(taken, name):
    """A guess must not do: what a recording branches to is run in the files of its snapshot."""
    data, the_taker = taken
    named = {
        "abbreviated": data["commit"][:10],
        "two\nlines": f"{data['commit']}\n{data['commit']}",
    }.get(name, name)
    with pytest.raises(SnapshotError):
        the_taker.store.snapshot(named)
    assert the_taker.store.snapshot(data["commit"]).label == "step"  # and the next one is right


def test_fields_of_the_wrong_sort(taken, tmp_path):
    data = taken[0] | {"parent": "s0"}
    fields = ("files", "bytes", "changed", "left", "took_ms", "label", "id")
    values = (None, -1, 1e308, "many", ["x"], {"a": 1}, True)
    every = [data | {field: value} for field in fields for value in values]
    events = [Event(seq, seq, "fs", "snapshot", one) for seq, one in enumerate(every)]
    header = HEADER | {"cwd": str(tmp_path / "work"), "command": ["sh", "-c", "true"]}
    file = write(tmp_path / "forged.ahr", events, header)
    listed = agentrec(tmp_path, "snapshots", file)
    assert (listed.returncode, listed.stderr) == (0, "")
    rows = json.loads(agentrec(tmp_path, "snapshots", "--json", file).stdout)
    assert len(rows) == len(every)
    assert all(row["here"] for row in rows)
    with Recording.open(file) as recording:
        for number in range(len(every)):
            found = plan_branch(
                recording, number, BranchRequest(agent="true"), env=environment(tmp_path)
            )
            found.close()
            assert plan_lines(found)


def test_a_last_snapshot_without_a_commit_is_said(taken, tmp_path):
    events = [
        Event(0, 0, "fs", "snapshot", taken[0]),
        Event(1, 1, "fs", "snapshot", taken[0] | {"id": "s2", "commit": 5}),
    ]
    file = write(tmp_path / "forged.ahr", events, HEADER)
    for command in ("diff", "restore", "open"):
        said = agentrec(tmp_path, command, f"{file}@s1")
        assert "Traceback" not in said.stderr
        assert said.returncode in (3, 4), command
        assert "invalid snapshot name" in said.stderr
