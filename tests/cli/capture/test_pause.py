"""`agentrec pause` and `agentrec resume`: a stretch that is not recorded."""

import json

import pytest

from agentrec import Recorder, Run
from agentrec.mcp.tools import TOOLS
from tests.cli.test_snapshots import ME


def record(desk, script, *options):
    words = ("record", "-q", "--headless", "--tty", "-o", desk.file, *options, "--", "sh", "-c")
    return desk.agentrec(*words, script)


def events(desk):
    return [
        json.loads(line)
        for line in desk.agentrec("events", "--json", "--all", desk.file).stdout.splitlines()
    ]


SCRIPT = f"""
echo before
{ME} pause -q
echo hidden > b
printf 'hidden\\r\\033[K'
echo seen
{ME} event custom something
{ME} note kept >/dev/null
{ME} resume -q
{ME} mark after >/dev/null
echo three > c
"""


@pytest.mark.parametrize("options", [(), ("--redact",)], ids=str)
def test_a_stretch_is_left_out(desk, options):
    done = record(desk, SCRIPT, *options)
    assert "hidden" in done.stdout
    told = events(desk)
    names = [f"{it['track']}/{it['kind']}" for it in told]
    assert names.index("term/paused") < names.index("mark/note") < names.index("term/resumed")
    assert "custom/something" not in names
    assert "hidden" not in desk.agentrec("cat", "--raw", desk.file).stdout
    shown = desk.agentrec("cat", desk.file).stdout.split("\n")
    assert shown[:2] == ["before", "seen"]
    assert shown.count("before") == 1
    assert not any(it["track"] == "sys" and it["data"].get("path") == "b" for it in told)
    # What has changed meanwhile is in the files after it.
    assert desk.agentrec("show", f"{desk.file}@last:b").stdout == "hidden\n"


def test_what_the_commands_say(desk):
    script = f"{ME} pause; {ME} pause --json; {ME} resume; {ME} resume --json"
    said = record(desk, script).stdout
    assert f"paused: {desk.file}\n" in said
    assert f"recording: {desk.file}\n" in said
    objects = [json.loads("{" + part.partition("}")[0] + "}") for part in said.split("{")[1:]]
    assert objects == [
        {"file": desk.file, "paused": paused, "changed": False} for paused in (True, False)
    ]


def test_without_a_running_recording(desk):
    for command in ("pause", "resume"):
        assert "no recording is running" in desk.agentrec(command, code=3).stderr
    record(desk, "true")
    assert "is not running" in desk.agentrec("pause", desk.file, code=3).stderr


def test_a_program_pauses_its_own_recording(tmp_path):
    path = str(tmp_path / "own.ahr")
    with Recorder(path, join_running=False) as r:
        r.record_step("a", {"n": 1, "text": "x" * 300}, {"n": 2, "text": "x" * 300})
        r.pause()
        r.record_step("hidden", {"n": 2}, {"n": 3, "text": "secret" * 100})
        r.resume()
        r.record_step("b", {"n": 3, "text": "x" * 300}, {"n": 4, "text": "x" * 300})
    with Run.load(path) as run:
        assert [step.node for step in run.steps] == ["a", "b"]
        assert run.state(1)["n"] == 4


def test_agents_can():
    tool = TOOLS["session_recorder"]
    for action in ("pause", "resume"):
        assert tool.command({"action": action}) == [action]
