"""Keys that a program sends with its model calls are nowhere in its recording."""

import subprocess
import sys
from pathlib import Path

import pytest

from agentrec.cli.main import main
from agentrec.gateway.recorded_calls import calls_of
from agentrec.recording.reader import Recording
from tests.agents_env.recorded import RECORD
from tests.capture.terminal import environment
from tests.gateway.running import Server, answering, http

# Shaped like nothing that a rule knows: only where they stand says that they are keys.
KEYS = ["first-plain-words", "second-plain-words", "third-plain-words"]
CLIENT = """
import json, os, sys, urllib.request
url = os.environ["ANTHROPIC_BASE_URL"] + "/v1/messages?key=" + sys.argv[3]
headers = {"Authorization": "Bearer " + sys.argv[1], "X-Api-Key": sys.argv[2], "Content-Type": "x"}
words = "the keys are " + " and ".join(sys.argv[1:])
body = json.dumps({"model": "m", "messages": [{"role": "user", "content": words}]}).encode()
urllib.request.urlopen(urllib.request.Request(url, body, headers)).read()
"""


@pytest.mark.parametrize("option", ["--redact", "--no-redact"])
def test_keys_are_in_no_byte_of_the_file(option, tmp_path):
    script, path, text = tmp_path / "client.py", tmp_path / "run.ahr", tmp_path / "run.jsonl"
    script.write_text(CLIENT)
    answer = http(f'{{"error": {{"message": "{KEYS[0]} is no key"}}}}'.encode())
    # The program reads its keys from a file, so that only the calls have them.
    (tmp_path / "keys").write_text("\n".join(KEYS))
    command = f"exec {sys.executable} {script} $(cat {tmp_path / 'keys'})"
    with Server(answering(answer)) as server:
        env = environment(tmp_path, ANTHROPIC_BASE_URL=server.url)
        options = ["-q", "--headless", "--no-snapshots", "--model-calls", option]
        argv = [*RECORD, *options, "-o", str(path), "--", "sh", "-c", command]
        done = subprocess.run(argv, env=env, stdin=subprocess.DEVNULL, cwd=tmp_path, timeout=60)
        assert done.returncode == 0
    with Recording.open(str(path)) as recording:
        events = [event for event in recording.events() if event.track in ("llm", "agent")]
        (call,) = calls_of(events)
    assert call.body["messages"][0]["content"].startswith("the keys are ***")
    assert main(["convert", str(path), str(text)]) == 0
    # The command line of the process is the program's own doing, and is masked by rules.
    lines = [it for it in Path(text).read_text().splitlines() if '"process"' not in it]
    assert not [key for key in KEYS for line in lines if key in line]
