"""``agentrec config``: what applies, where it comes from, and changes that keep the rest of a file."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.capture.terminal import environment


class Desk:
    def __init__(self, home: Path) -> None:
        self.home = home
        self.file = home / ".config/agentrec/config.toml"

    def run(self, *arguments: str, **env: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-m", "agentrec", "config", *arguments],
            cwd=self.home,
            env=environment(self.home, **env),
            capture_output=True,
            text=True,
        )

    def settings(self, **env: str) -> dict[str, dict[str, object]]:
        rows = json.loads(self.run("list", "--json", **env).stdout)
        return {row["name"]: row for row in rows}


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_without_files_everything_is_the_default(desk: Desk) -> None:
    assert {row["source"] for row in desk.settings().values()} == {"default"}
    assert desk.run("get", "record.prefix-key").stdout == "ctrl-\\\n"
    assert desk.run("path").stdout == f"{desk.file}\n"
    assert not desk.file.exists()


def test_a_change_keeps_comments_and_everything_else(desk: Desk) -> None:
    desk.file.parent.mkdir(parents=True)
    desk.file.write_text('# mine\n[record]\nenv = ["A"]  # why\n\n[other]\nx = 1\n')
    assert desk.run("set", "record.prefix-key", "ctrl-x").returncode == 0
    assert desk.run("set", "snapshots.largest", "100 MB").returncode == 0
    assert desk.run("set", "snapshots.out", "*.bin", "data/").returncode == 0
    text = desk.file.read_text()
    assert text.startswith('# mine\n[record]\nenv = ["A"]  # why\n')
    assert "[other]\nx = 1\n" in text
    found = desk.settings()
    assert found["record.prefix-key"]["value"] == "ctrl-x"
    assert found["snapshots.largest"] == {
        "name": "snapshots.largest",
        "value": 100_000_000,
        "source": str(desk.file),
    }
    assert found["snapshots.out"]["value"][-2:] == ["*.bin", "data/"]  # type: ignore[index]
    assert desk.run("unset", "snapshots.largest").returncode == 0
    assert desk.settings()["snapshots.largest"]["source"] == "default"


def test_a_variable_wins_and_is_named(desk: Desk) -> None:
    row = desk.settings(AGENTREC_PREFIX_KEY="ctrl-y")["record.prefix-key"]
    assert (row["value"], row["source"]) == ("ctrl-y", "AGENTREC_PREFIX_KEY")


def test_a_project_sets_only_what_is_safe(desk: Desk) -> None:
    assert desk.run("set", "--project", "snapshots.out", "big/").returncode == 0
    assert desk.settings()["snapshots.out"]["source"] == ".agentrec.toml"
    for name, value in (("record.env", "TOKEN"), ("snapshots.largest", "1 GB")):
        done = desk.run("set", "--project", name, value)
        assert done.returncode == 2
        assert "cannot be set here" in done.stderr
    assert (desk.home / ".agentrec.toml").read_text() == '[snapshots]\nout = ["big/"]\n'


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (("set", "record.prefix-key", "ctrl-xx"), "invalid prefix key"),
        (("set", "snapshots.interval", "often"), "use a number"),
        (("set", "snapshots.enabled", "perhaps"), "use true or false"),
        (("set", "snapshots.largest", "big"), "must be a size"),
        (("set", "snapshots.largest", "1", "2"), "takes one value"),
        (("set", "nothing", "1"), "unknown setting"),
        (("get", "nothing"), "unknown setting"),
        (("set", "record.env"), "VALUE"),
        (("get",), "SETTING"),
    ],
)
def test_what_is_wrong_changes_nothing(desk: Desk, arguments: tuple[str, ...], word: str) -> None:
    done = desk.run(*arguments)
    assert done.returncode == 2
    assert word in done.stderr
    assert "Traceback" not in done.stderr
    assert not desk.file.exists()


@pytest.mark.parametrize("text", ["[record\n", "x = " + "[" * 9000])
def test_a_broken_file_is_named_and_kept(desk: Desk, text: str) -> None:
    desk.file.parent.mkdir(parents=True)
    desk.file.write_text(text)
    for arguments in (("list",), ("set", "record.prefix-key", "none")):
        done = desk.run(*arguments)
        assert done.returncode == 2
        assert f"{desk.file} is not valid TOML" in done.stderr
    assert desk.file.read_text() == text


@pytest.mark.skipif(os.getuid() != 0, reason="only root can write for somebody else")
def test_what_root_sets_in_a_users_file_is_the_users(desk: Desk) -> None:
    user = 12345
    os.chown(desk.home, user, user)
    assert desk.run("set", "record.prefix-key", "ctrl-a").returncode == 0
    for path in (desk.file, *desk.file.relative_to(desk.home).parents):
        assert (desk.home / path).stat().st_uid == user
