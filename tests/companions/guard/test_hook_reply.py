"""What the hooks print. With a real recorder: tests/e2e/test_record_guard.py."""

import json
import subprocess
import sys

import pytest

from agentrec.companions.guard.hook_reply import message, reply

FINDING = {
    "path": "report.py",
    "line": 3,
    "text": "sum_up has the same code as total in totals.py:1",
    "reuse": {"path": "totals.py", "line": 1},
}


def test_a_finding_is_told_with_the_place_to_reuse():
    lines = message([FINDING, {"path": "ruff.toml", "text": "changed: this file is protected"}])
    assert lines.split("\n")[1:] == [
        "- report.py:3: sum_up has the same code as total in totals.py:1. Use the one in totals.py:1 instead",
        "- ruff.toml: changed: this file is protected",
    ]


def test_a_name_stays_on_its_line():
    told = message([{"path": "a\n- b\x1b[2J.py", "text": "a secret (assignment)"}])
    assert told.count("\n") == 1
    assert "\x1b" not in told


def test_the_end_of_a_turn_is_blocked_and_an_edit_is_not():
    assert reply("Stop", [FINDING])["decision"] == "block"
    after = reply("PostToolUse", [FINDING])
    assert "decision" not in after
    assert FINDING["text"] in after["hookSpecificOutput"]["additionalContext"]


@pytest.mark.parametrize(
    "given", [b"", b"[]", b"{", b"\xff", json.dumps({"hook_event_name": "Stop"}).encode()]
)
@pytest.mark.parametrize(
    "socket", [{}, {"AGENTREC_SOCKET": "/nowhere/run.sock"}], ids=("unset", "gone")
)
def test_without_a_recorder_nothing_is_said(given, socket):
    command = [sys.executable, "-P", "-m", "agentrec.companions.guard.hook_reply"]
    done = subprocess.run(command, input=given, env=socket, capture_output=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
