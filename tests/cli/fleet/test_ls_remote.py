"""`agentrec ls --remote`."""

import json
import sys

import pytest
from ptyprocess import PtyProcess

from tests.fleet.machines import Machine


@pytest.fixture
def machine(tmp_path):
    return Machine(tmp_path / "a")


def change(tmp_path, name, **values):
    """Change what is said of a recording in the remote."""
    (path,) = (tmp_path / "remote/recordings" / name).glob("*.json")
    path.write_text(json.dumps(json.loads(path.read_text()) | values))


def on_screen(machine, url, size):
    """The lines that `ls --remote` prints on a terminal."""
    command = [sys.executable, "-m", "agentrec", "ls", "--remote", url]
    terminal = PtyProcess.spawn(command, env=machine.env, dimensions=size)
    lines = []
    while True:
        try:
            lines.append(terminal.readline().decode().rstrip())
        except EOFError:
            return lines


def test_long_titles_fit_the_screen(machine, tmp_path):
    url = f"file://{tmp_path}/remote"
    machine.run("push", machine.made(), "--remote", url)
    change(tmp_path, "20260131-142233-sh-9f3c", title="long " * 1_000_000)
    lines = on_screen(machine, url, (24, 100))
    assert max(map(len, lines)) == 100
    assert lines[1].endswith("…")
    assert len(machine.here("ls", "--remote", url).stdout) < 2000


@pytest.mark.parametrize("width", [60, 40, 20])
def test_no_line_wraps_on_a_narrow_screen(machine, tmp_path, width):
    url = f"file://{tmp_path}/remote"
    machine.run("push", machine.made(), "--remote", url)
    change(tmp_path, "20260131-142233-sh-9f3c", title="a title of some words that says enough")
    lines = on_screen(machine, url, (15, width))
    assert max(map(len, lines)) <= width
    assert lines[0].split()[0] == "ID"
    assert lines[1].startswith("20260131-142233-sh-"[: width - 1])
    if width == 60:
        assert "a title of" in lines[1]


def test_what_cannot_be_read_has_no_length_and_size(machine, tmp_path):
    url = f"file://{tmp_path}/remote"
    machine.run("push", machine.made("one"), machine.made("two"), "--remote", url)
    change(tmp_path, "one", id="other")
    change(tmp_path, "two", duration=-5)
    two, one = machine.here("ls", "--remote", url).stdout.splitlines()[1:]
    assert one.split()[3:] == ["yes"]
    assert two.split()[3:5] == ["0.0", "s"]


def test_strange_names_in_a_directory_hide_nothing(machine, tmp_path):
    url = f"file://{tmp_path}/remote"
    path = machine.made("one")
    machine.run("push", path, "--remote", url)
    there = tmp_path / "remote/recordings"
    (there / "tw\x07o").mkdir()
    (there / "tw\x07o/a.json").touch()
    (there / "one/a\n.json").touch()
    (there / "one/\udcff.json").touch()
    (there / "itself").symlink_to("itself")
    (there / "one/up").symlink_to("..")
    (there / "nowhere").symlink_to("/none")
    assert [one["id"] for one in machine.run("ls", "--remote", url)] == ["one"]
    machine.run("push", path, "--remote", url)
