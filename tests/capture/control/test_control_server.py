"""Requests to a recorder by the program that it records."""

import json
import subprocess
import sys

from tests.capture.terminal import environment

# A recorder that is slow to look at its doors.
SLOW = """
import time
from agentrec.capture import recorder
from agentrec.cli.main import entry
before = recorder._Recorder._open_control
def slowly(self, pump):
    time.sleep(1)
    return before(self, pump)
recorder._Recorder._open_control = slowly
entry()
"""
# It knows nothing of agentrec, so it asks long before the recorder is ready.
ASK = """
import json, os, socket
with socket.socket(socket.AF_UNIX) as client:
    client.connect(os.environ["AGENTREC_SOCKET"])
    client.sendall(b'{"op": "status"}\\n')
    print(client.makefile().readline())
"""


def test_a_request_that_comes_before_the_recorder_is_ready_is_answered(tmp_path):
    words = ["record", "-q", "--headless", "-o", str(tmp_path / "r.ahr"), "--"]
    done = subprocess.run(
        [sys.executable, "-P", "-c", SLOW, *words, sys.executable, "-c", ASK],
        env=environment(tmp_path),
        cwd=tmp_path,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads(done.stdout)["ok"]


def test_nothing_is_left_when_the_program_cannot_start(tmp_path):
    env = environment(tmp_path)
    (tmp_path / "run").mkdir(mode=0o700)
    command = [
        sys.executable,
        "-P",
        "-m",
        "agentrec",
        "record",
        "-q",
        "--headless",
        "--",
        "/nowhere",
    ]
    done = subprocess.run(
        command,
        env=env | {"XDG_RUNTIME_DIR": str(tmp_path / "run")},
        capture_output=True,
        timeout=60,
    )
    assert done.returncode == 127
    assert [path.name for path in (tmp_path / "run").rglob("*") if path.is_socket()] == []
