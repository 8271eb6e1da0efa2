"""Recordings that name snapshots which nobody took: they say what they like, and get nothing by it.

And recordings that have none, which say why.
"""

import json
import subprocess
import sys

import pytest

from agentrec.branches.branch_plan import BranchRequest
from agentrec.branches.plan_text import plan_lines
from agentrec.branches.planner import plan_branch
from agentrec.errors import InputError
from agentrec.recording.events import Event
from agentrec.recording.reader import Recording
from agentrec.snapshots.lookup import find_snapshot
from tests.library.helpers import ended, make
from tests.recording.helpers import HEADER, write
from tests.snapshots.helpers import environment


def agentrec(tmp_path, *args):
    command = [sys.executable, "-P", "-m", "agentrec", *map(str, args)]
    return subprocess.run(
        command, env=environment(tmp_path), cwd=tmp_path, capture_output=True, text=True, timeout=60
    )


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
        assert said.returncode == 3, command
        assert "invalid snapshot name" in said.stderr


@pytest.mark.parametrize(
    ("events", "header", "why"),
    [
        ([(5, "step", "run", {"name": "x"})], {}, "it is a run of the Python library"),
        ([ended(0.2)], {}, "it ended before one could be taken"),
        ([ended(9)], {"imported": {"format": "codex"}}, "it was imported"),
        ([ended(9)], {}, "it was recorded without them"),
        ([(9, "sys", "dropped", {"what": "snapshots", "reason": "no git"})], {}, "no git"),
    ],
    ids=["steps", "short", "imported", "unknown", "said"],
)
def test_where_there_are_none_it_says_why(tmp_path, events, header, why):
    with (
        Recording.open(make(tmp_path / "a.ahr", *events, **header)) as recording,
        pytest.raises(InputError, match="has no snapshots") as refused,
    ):
        find_snapshot(recording, "last")
    assert refused.value.hint.startswith(why)
