"""scripts/kills measures what it says."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_it_kills_recorders_and_prints_what_was_lost() -> None:
    """With its exit code, whatever this machine can do meanwhile: 1 if something was late."""
    done = subprocess.run(
        [sys.executable, "-m", "scripts.kills", "--kills", "2", "--only", "screen"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    rows = re.findall(r"^screen( --redact)? +(\d+) +(\d+) +([\d ]+)$", done.stdout, re.MULTILINE)
    assert [row[0].strip() for row in rows] == ["", "--redact"], done.stdout + done.stderr
    assert all(int(row[1]) >= 2 and len(row[3].split()) == 6 for row in rows)
    assert done.returncode == any(int(row[2]) for row in rows)
