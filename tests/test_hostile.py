"""Files that try to do harm, small ones of each kind: one clear line, the right exit code, nothing active."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from agentrec.cli.main import main
from agentrec.recording.reader import Recording
from scripts.hostile_parts.imports import IMPORTS
from scripts.hostile_parts.mutants import mutants
from scripts.hostile_parts.recordings import RECORDINGS, write

GOLDEN = sorted((Path(__file__).parents[1] / "fixtures" / "recordings").glob("v2*.ahr"))
CASTS = sorted((Path(__file__).parents[1] / "fixtures" / "casts").glob("*.cast"))
SMALL_BYTES = 50_000
# Those that unpack to much even when they are small take seconds: `scripts/hostile` runs them.
LARGE = {name for name in RECORDINGS if "bomb" in name} | {
    "tiny records",
    "tiny outputs",
    "an index of many kinds",
    "resizes with output",
    "keyframes that lie",
    "zipped lines.cast.gz",
    "bomb.ahr1",
    "deep JSON",
    "resizes",
    "centuries",
}
CODES = (0, 1, 2, 3, 5)
COMMANDS = (
    ["info"],
    ["info", "--json"],
    ["summary", "--json"],
    ["events", "--json", "--all"],
    ["cat"],
    ["verify"],
    ["branch-points"],
    ["snapshots", "list"],
)


def act_on_a_terminal(text):
    return [char for char in text if not (char.isprintable() or char in "\n\t\u200d")]


@pytest.mark.parametrize("name", sorted(set(RECORDINGS) - LARGE))
def test_a_recording_that_does_harm(name, tmp_path, capsys):
    path = tmp_path / "a.ahr"
    write(path, RECORDINGS[name], SMALL_BYTES)
    for command in COMMANDS:
        assert main([*command, str(path)]) in CODES
        said = capsys.readouterr()
        assert not act_on_a_terminal(said.out + said.err), command


@pytest.mark.parametrize("name", sorted(set(IMPORTS) - LARGE))
def test_an_import_that_does_harm(name, tmp_path, capsys):
    path = tmp_path / name.replace(" ", "-")
    path.write_bytes(IMPORTS[name](SMALL_BYTES)[:SMALL_BYTES])
    code = main(["convert", str(path), str(tmp_path / "out.ahr")])
    said = capsys.readouterr()
    assert code in (0, 3)
    assert (tmp_path / "out.ahr").exists() == (code == 0)
    assert not act_on_a_terminal(said.out + said.err)


def test_broken_golden_files_are_read_or_refused(tmp_path, capsys):
    path = tmp_path / "a.ahr"
    for data in mutants([file.read_bytes() for file in GOLDEN], 60):
        path.write_bytes(data)
        for command in (["info", "--json"], ["verify"], ["events"], ["branch-points"]):
            assert main([*command, str(path)]) in CODES
    for data in mutants([file.read_bytes() for file in CASTS], 60):
        path.write_bytes(data)
        argv = ["convert", str(path), str(tmp_path / "out.jsonl"), "--overwrite"]
        assert main(argv) in CODES
    capsys.readouterr()


@pytest.mark.parametrize("name", ["small bomb of output", "small bomb of a message"])
def test_a_small_bomb_is_left_out_and_said(name, tmp_path):
    path = tmp_path / "a.ahr"
    write(path, RECORDINGS[name], SMALL_BYTES)
    command = [sys.executable, "-m", "agentrec", "summary", str(path)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert (done.returncode, done.stderr.count("\n")) == (0, 1)
    assert "left out the last" in done.stderr
    assert "what is before unpacks to too much" in done.stderr


def test_what_is_left_out_is_no_damage(tmp_path, monkeypatch, capsys):
    path = tmp_path / "a.ahr"
    write(path, RECORDINGS["moments"], 2_000_000)
    with Recording.open(str(path)) as recording:
        whole = sum(1 for _ in recording.events())
        assert (recording.unread, recording.damage) == (0, [])
    monkeypatch.setattr("agentrec.recording.format.work_limit.LIMIT_NS", 10_000_000)
    with Recording.open(str(path)) as recording:
        assert 0 < sum(1 for _ in recording.events()) < whole
        assert recording.unread > 0
        assert recording.damage == []
    assert main(["info", "--json", str(path)]) == 0
    said = capsys.readouterr()
    assert json.loads(said.out)["unread"] > 0
    assert json.loads(said.out)["state"] == "torn"
    assert "left out the last" in said.err
    monkeypatch.setattr("agentrec.recording.format.work_limit.LIMIT_NS", 100_000)
    assert main(["verify", str(path)]) == 1
    assert "not read: what is before it unpacks to too much" in capsys.readouterr().out


def test_playing_stops_within_one_large_output(tmp_path):
    path = tmp_path / "a.ahr"
    write(path, RECORDINGS["line feeds"], 1_000_000)
    code = (
        "import sys; from agentrec.cli.main import main; from agentrec.recording.format import work_limit;"
        "work_limit.MAX_CPU_NS = 20_000_000; sys.exit(main(sys.argv[1:]))"
    )
    command = [sys.executable, "-c", code, "replay", "--plain", str(path)]
    done = subprocess.run(command, capture_output=True, check=True)
    assert 0 < len(done.stdout) < 900_000
