"""The process that checks snapshots, as a recorder talks to it."""

import json
import subprocess
import sys

from agentrec.snapshots.snapshotter import Snapshotter
from tests.capture.terminal import environment

WIDE = "def wide(a, b, c, d, e, f, g, h):\n    return a\n"


def test_it_answers_each_request_and_ends_with_its_input(tmp_path):
    env, work = environment(tmp_path), tmp_path / "work"
    work.mkdir()
    taken = Snapshotter.open(str(work), env, "run")
    first, _ = taken.take("first", "start")
    (work / "a.py").write_text(WIDE)
    second, _ = taken.take("second", "turn")
    store = taken.store.name
    taken.store.close()
    requests = [
        {"store": store, "first": first.commit, "before": first.commit, "after": first.commit},
        {"store": store, "first": first.commit, "before": first.commit, "after": second.commit},
        {"store": store, "first": first.commit, "before": second.commit, "after": second.commit},
        {"store": "nowhere", "first": "", "before": "", "after": ""},
        {"store": store, "first": first.commit, "before": "x", "after": first.commit},
        {},
    ]
    done = subprocess.run(
        [sys.executable, "-P", "-m", "agentrec.guard.guard_process"],
        input="".join(json.dumps(request) + "\n" for request in requests),
        env=env,
        capture_output=True,
        text=True,
        timeout=60,
    )
    replies = [json.loads(line) for line in done.stdout.splitlines()]
    assert [reply["ok"] for reply in replies] == [True, True, True, False, False, False]
    assert [len(reply["findings"]) for reply in replies[:3]] == [0, 1, 0]
    assert replies[1]["findings"][0]["rule"] == "parameters"
    assert "not on this machine" in replies[3]["error"]
    assert (done.returncode, done.stderr) == (0, "")
