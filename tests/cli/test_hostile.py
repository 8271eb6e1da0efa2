"""Recordings made to do harm, at the command line: one clear line, nothing acts on the terminal."""

import os
import subprocess
import sys

import pytest

from agentrec.cli.main import main
from agentrec.recording.events import Event
from scripts.hostile_parts.bundles import BUNDLES
from scripts.hostile_parts.commands import ON_BUNDLES, ON_LINEAGES
from scripts.hostile_parts.lineages import LINEAGES, write_lineage
from tests.recording.helpers import write
from tests.test_hostile import act_on_a_terminal


def agentrec(*args, **options):
    command = [sys.executable, "-m", "agentrec", *map(str, args)]
    return subprocess.run(command, capture_output=True, timeout=60, **options)


@pytest.fixture
def resized(tmp_path):
    sizes = [(65535, 65535), (0, 0), (0, 24), (16384, 16384), (80, 24)]
    events = [Event(0, 0, "term", "output", b"before\r\n")]
    for cols, rows in sizes:
        size = {"cols": cols, "rows": rows}
        events.append(Event(len(events), len(events), "term", "resize", size))
    events.append(Event(len(events), len(events), "term", "output", b"after"))
    return write(tmp_path / "a.ahr", events)


@pytest.mark.parametrize("command", [["cat"], ["replay", "--fast"], ["replay", "--start", "0"]])
def test_sizes_that_cannot_be_shown_change_nothing(resized, command):
    shown = agentrec(*command, resized)
    assert (shown.returncode, shown.stderr) == (0, b"")
    assert shown.stdout == b"before\nafter\n"


def test_text_of_a_recording_with_such_sizes(resized, tmp_path):
    assert agentrec("convert", resized, tmp_path / "a.txt").returncode == 0
    assert (tmp_path / "a.txt").read_text() == "before\nafter\n"


def test_a_pause_of_centuries_is_a_long_pause(tmp_path):
    events = [Event(0, 0, "term", "output", b"a"), Event(1, 2**63 - 1, "term", "output", b"b")]
    path = write(tmp_path / "a.ahr", events)
    command = [sys.executable, "-m", "agentrec", "replay", "--plain", "--speed", "0.01", path]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as playing:
        assert playing.stdout.read(1) == b"a"  # a line with the error would end it
        with pytest.raises(subprocess.TimeoutExpired):
            playing.wait(0.5)
        playing.kill()
        assert playing.stderr.read() == b""


def test_names_of_files_and_events_do_not_act_on_the_terminal(tmp_path):
    event = Event(0, 0, "x\x1b]0;owned\x07", "y\x9b2J", {})
    path = write(tmp_path / "\x1b]0;owned\x07.ahr", [event])
    (tmp_path / "\x1b[c.txt").write_text("no recording")
    for args in (
        ["convert", path, tmp_path / "a.cast"],
        ["verify", path],
        ["events", path],
        ["info", path],
        ["compare", path, path, "--fail-on", "exit"],
        ["compare", path, path, "--md", "--fail-on", "exit"],
        ["info", tmp_path / "\x1b[c.txt"],
        ["repair", tmp_path / "\x1b[c.txt"],
        ["nonsense\x1b[c"],
    ):
        said = agentrec(*args)
        assert b"\x1b" not in said.stdout + said.stderr, args
        assert "\x9b" not in (said.stdout + said.stderr).decode(), args


@pytest.mark.parametrize("command", ["info", "info --json", "cat", "replay --plain", "events"])
@pytest.mark.parametrize("closed", ["<&-", ">&-", "<&- >&- 2>&-"])
def test_closed_standard_descriptors(resized, command, closed):
    line = f'exec "$0" -m agentrec {command} "$1" {closed}'
    done = subprocess.run(["sh", "-c", line, sys.executable, resized], capture_output=True)
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
@pytest.mark.parametrize("command", ["info", "info --json", "cat", "replay --plain"])
def test_a_full_disk_behind_standard_output_is_said_in_a_line(resized, command):
    line = f'exec "$0" -m agentrec {command} "$1" >/dev/full'
    done = subprocess.run(["sh", "-c", line, sys.executable, resized], capture_output=True)
    assert done.returncode == 4
    assert done.stderr == b"agentrec: cannot continue: No space left on device\n"


@pytest.mark.parametrize("command", ["repair", "convert"])
def test_a_link_that_waits_under_the_temporary_name_is_not_followed(resized, tmp_path, command):
    """Whoever can write to the folder can guess the name; not make us write elsewhere."""
    precious, target = tmp_path / "precious", tmp_path / "out.ahr"
    precious.write_text("mine")
    given = {"repair": [resized, "-o", target], "convert": [resized, target]}[command]
    program = (
        "import os, sys; from agentrec.cli.main import main;"
        "os.symlink(sys.argv[1], f'{sys.argv[2]}.{os.getpid()}.part'); sys.exit(main(sys.argv[3:]))"
    )
    args = [sys.executable, "-c", program, precious, target, command, *given]
    done = subprocess.run(list(map(str, args)), capture_output=True)
    assert done.returncode == 0, done.stderr
    assert precious.read_text() == "mine"
    assert not target.is_symlink()
    assert agentrec("info", target).returncode == 0


@pytest.mark.parametrize("name", BUNDLES)
def test_bundles_that_do_harm(name, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    path = tmp_path / name.replace(" ", "-")
    path.write_bytes(BUNDLES[name](4 << 20))
    for command in ON_BUNDLES:
        assert main([word.replace("FILE", str(path)) for word in command.argv]) in (2, 3)
        said = capsys.readouterr()
        assert said.out == ""
        assert not act_on_a_terminal(said.err)


@pytest.mark.parametrize("name", LINEAGES)
def test_lineages_that_do_harm(name, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    path = tmp_path / "files" / "a.ahr"
    write_lineage(path, name, 30_000)
    names = {"FILE": str(path), "DIR": str(path.parent), "OUT": str(tmp_path / "out")}
    for command in ON_LINEAGES:
        argv = list(command.argv)
        for word, value in names.items():
            argv = [part.replace(word, value) for part in argv]
        assert main(argv) in command.codes, argv
        said = capsys.readouterr()
        assert not act_on_a_terminal(said.out + said.err), argv
