"""What an agent writes and nobody understands is reported: in the recording, its summary, and at the end."""

import json
import os
import subprocess
import sys

from agentrec.recording.reader import Recording
from tests.agents_env.recorded import PACKAGE, RECORD

# An agent of a version to come, as far as its files go.
PI = """#!/bin/sh
folder="$HOME/.pi/agent/sessions/--$(pwd | sed 's|^/||' | tr / -)--"
mkdir -p "$folder"; sleep 0.5
cat > "$folder/2026_s.jsonl" <<END
{"type": "session", "id": "s", "cwd": "$PWD"}
{"type": "hologram", "n": 1}
{"type": "hologram", "n": 2}
no JSON
END
sleep 0.5
"""
TEXTS = {
    "pi: unknown record kind 'hologram'": 2,
    "pi: lines that are not JSON objects": 1,
}


def run(tmp_path, *options):
    program, work, path = tmp_path / "pi", tmp_path / "work", tmp_path / f"run{len(options)}.ahr"
    program.write_text(PI)
    program.chmod(0o755)
    work.mkdir(exist_ok=True)
    env = os.environ | {"HOME": str(tmp_path), "PYTHONPATH": PACKAGE}
    command = [*RECORD, "-o", str(path), "--headless", *options, "--", str(program)]
    done = subprocess.run(command, env=env, cwd=work, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return path, done.stderr


def test_troubles_are_in_the_recording_its_summary_and_at_the_end(tmp_path):
    path, said = run(tmp_path)
    with Recording.open(str(path)) as recording:
        found = [event.data for event in recording.events() if event.name == ("sys", "trouble")]
    assert {data["text"]: data["count"] for data in found} == TEXTS
    assert len(found) == len(TEXTS)
    (line,) = [line for line in said.splitlines() if "trouble:" in line]
    assert line.startswith("agentrec: trouble: pi: ")
    assert line.endswith(", and 1 more: see agentrec summary")
    for options in ((), ("--json",)):
        shown = subprocess.run(
            [sys.executable, "-m", "agentrec", "summary", *options, str(path)],
            capture_output=True,
            text=True,
            timeout=60,
        ).stdout
        if options:
            assert {row["text"]: row["count"] for row in json.loads(shown)["troubles"]} == TEXTS
        assert all(text in shown for text in TEXTS)


def test_quiet_says_nothing_about_them(tmp_path):
    _, said = run(tmp_path, "-q")
    assert "trouble:" not in said


def test_an_inherited_child_session_of_claude_is_named_at_the_start(tmp_path):
    command = [*RECORD, "-o", str(tmp_path / "a.ahr"), "--headless", "--no-snapshots", "--", "true"]
    said = {}
    for value in ("", "1"):
        env = os.environ | {"CLAUDE_CODE_CHILD_SESSION": value, "PYTHONPATH": PACKAGE}
        done = subprocess.run(
            [*RECORD, "--overwrite", *command[len(RECORD) :]],
            env=env,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == 0, done.stderr
        said[value] = [line for line in done.stderr.splitlines() if "CHILD_SESSION" in line]
    assert said[""] == []
    (line,) = said["1"]
    assert line.startswith("agentrec: CLAUDE_CODE_CHILD_SESSION is set")
