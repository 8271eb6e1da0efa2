"""What the benchmark of the library stands on."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from agentrec.library.index.digest import digest
from agentrec.recording.reader import Recording
from scripts.library import made_up

ROOT = Path(__file__).resolve().parents[1]


def test_made_up_sessions_are_whole_and_always_the_same(tmp_path):
    one, again = made_up(tmp_path / "a", 8), made_up(tmp_path / "b", 8)
    found = []
    for path in (one, again):
        with Recording.open(str(path)) as recording:
            found.append(list(recording.events()))
            assert recording.ended
            assert not recording.damage
    assert found[0] == found[1]
    read = digest(str(one), 0)
    assert {"message", "tool", "moment", "screen", "session"} <= {
        entry.kind for entry in read.entries
    }
    assert read.columns["relation"] == "branch"
    assert read.columns["tokens"] > 0


@pytest.mark.slow
def test_the_benchmark_of_the_library_works(tmp_path):
    command = [sys.executable, "-m", "scripts.bench_parts", "--quick", "--offline"]
    done = subprocess.run(
        [*command, "--only", "library", "--out", str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    (result,) = (json.loads(path.read_text()) for path in tmp_path.glob("*.json"))
    rows = {row["what"]: row for row in result["rows"]}
    assert rows["lost by two writers and a reader"]["value"] == 0
    assert rows["lost by two writers and a reader"]["figures"]["recordings"] > 0
    assert rows["search, whole command"]["value"] > 0
