"""git and agents are found and asked, whatever they do."""

import os
import time

import psutil
import pytest

from agentrec.cli.doctor import programs


@pytest.fixture
def path(tmp_path):
    """A directory of PATH, and how to put a program there."""
    folder = tmp_path / "bin"
    folder.mkdir()

    def add(name, script, mode=0o755):
        (folder / name).write_text(f"#!/bin/sh\n{script}\n")
        (folder / name).chmod(mode)

    return folder, add


def environment(folder):
    return {"PATH": f"{folder}:{os.environ['PATH']}"}


def test_git_says_its_version():
    row = programs.git(os.environ)
    assert row.state == "ok"
    assert row.text.endswith("/git)")
    assert row.text[0].isdigit()


def test_agents_on_path_with_their_versions(path):
    folder, add = path
    add("claude", "echo '2.1.4 (Claude Code)'")
    add("codex", "echo codex-cli 0.40.0-beta.1")
    add("pi", "echo no version; exit 3")
    add("qwen", "echo 1.0", mode=0o644)
    (folder / "gemini").mkdir()
    rows = {row.name: row for row in programs.agents({"PATH": f"{folder}:/bin"})}
    assert rows["claude"] == ("claude", "ok", f"2.1.4 ({folder}/claude)", "")
    assert rows["codex"].text.startswith("0.40.0-beta.1 (")
    assert rows["pi"].state == "warn"
    assert not {"qwen", "gemini"} & set(rows)


def test_only_absolute_entries_of_path_count(path, monkeypatch):
    folder, add = path
    add("claude", "echo 1.0")
    monkeypatch.chdir(folder)
    for entries in (".", "", f"./:{os.curdir}:../bin"):
        assert programs.find("claude", {"PATH": entries}) == ""
    assert programs.find("claude", {"PATH": f".:{folder}"}) == f"{folder}/claude"


@pytest.mark.parametrize(
    "script",
    [
        "sleep 60",
        "sleep 60 & sleep 60",
        "while :; do echo no version here; done",
        "trap '' TERM HUP; sleep 60; sleep 60",
    ],
)
def test_a_program_that_does_not_answer_is_ended(path, script, tmp_path):
    folder, add = path
    add("claude", f"echo $$ >{tmp_path}/pid\n{script}")
    before = time.monotonic()
    assert programs.version(f"{folder}/claude", environment(folder), seconds=0.7) is None
    assert time.monotonic() - before < 10
    pid = int((tmp_path / "pid").read_text())
    deadline = time.monotonic() + 10  # a signal is not yet an end
    while members := [one for one in psutil.process_iter(["status"]) if alive_in(one, pid)]:
        assert time.monotonic() < deadline, members
        time.sleep(0.02)


def alive_in(process, group):
    """Whether a process of the group runs; one that nobody has waited for does not."""
    try:
        return os.getpgid(process.pid) == group and process.status() != psutil.STATUS_ZOMBIE
    except (ProcessLookupError, psutil.NoSuchProcess):
        return False


def test_a_version_that_a_background_process_holds_open_is_read(path):
    folder, add = path
    add("claude", "sleep 60 & echo 3.2.1")
    before = time.monotonic()
    assert programs.version(f"{folder}/claude", environment(folder), seconds=1.0) == "3.2.1"
    assert time.monotonic() - before < 10


def test_what_cannot_be_run_has_no_version(path):
    folder, _ = path
    (folder / "claude").write_bytes(b"\x7fELF\0nonsense")
    (folder / "claude").chmod(0o755)
    assert programs.version(f"{folder}/claude", environment(folder)) is None
