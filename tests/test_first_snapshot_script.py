"""``scripts/first_snapshot``: a few tries of each change."""

import subprocess
import sys
from pathlib import Path

from scripts.first_snapshot import CHANGES

ROOT = Path(__file__).parents[1]


def test_the_first_snapshot_is_right_whatever_a_command_does_first(tmp_path):
    args = ["--tries", str(len(CHANGES)), "--files", "100", "--pairs", "1"]
    done = subprocess.run(
        [sys.executable, "-m", "scripts.first_snapshot", *args, "--folder", str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    count = len(CHANGES)
    assert f"first snapshot right: {count} of {count}; clean {count}\n" in done.stdout
    assert "start, added by snapshots: " in done.stdout
    assert list(tmp_path.iterdir()) == []
