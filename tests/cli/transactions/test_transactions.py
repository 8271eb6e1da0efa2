"""`agentrec tx`, as a user runs it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from agentrec.cli.completion.candidates import candidates
from agentrec.recording.reader import Recording
from tests.snapshots.helpers import fill
from tests.transactions.helpers import Shop


class TxDesk(Shop):
    def tx(self, *words, code=0, cwd=None):
        return self.run("tx", *words, code=code, cwd=cwd)

    def run(self, *words, code=0, cwd=None):
        done = subprocess.run(
            [sys.executable, "-P", "-m", "agentrec", *words],
            cwd=cwd or self.folder,
            env=self.env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=100,
        )
        assert done.returncode == code, (done.stdout, done.stderr)
        return done


@pytest.fixture
def desk(tmp_path):
    made = TxDesk(tmp_path)
    made.git("config", "user.name", "me")
    made.git("config", "user.email", "me@localhost")
    return made


def test_from_begin_to_commit(desk):
    begun = desk.tx("begin", "--name", "fix")
    assert "begun on trunk" in begun.stdout
    assert "1 uncommitted file" in begun.stderr
    tree = desk.place / "shop-fix"
    fill(tree, {"a": "two\n", "new": "n"})
    assert desk.tx("savepoint", "green", cwd=tree).stdout == "savepoint 1 green: 5 files\n"
    fill(tree, {"a": "three\n"})
    assert "savepoint 1 green" in desk.tx("rollback", "green").stdout
    (shown,) = json.loads(desk.tx("--json").stdout)
    assert [one["name"] for one in shown["savepoints"]] == [
        *("begin", "green", "before rollback to green")
    ]
    assert "before rollback to green" in desk.tx().stdout
    desk.tx("rollback", "--undo")
    assert (tree / "a").read_text() == "three\n"
    made = json.loads(desk.tx("commit", "--json", "-m", "m").stdout)
    assert (made["committed"], made["new"]) == (True, desk.git("rev-parse", "trunk").strip())
    assert (desk.folder / "a").read_text() == "three\n"
    assert "no open transactions" in desk.tx("status").stdout


def test_both_sides_of_a_conflict_are_printed(desk):
    tree = Path(desk.tx("begin", "--quiet").stdout.strip())
    fill(tree, {"a": "theirs\x1b[2J\n"})
    fill(desk.folder, {"a": "mine\n"})
    desk.git("commit", "-qam", "mine")
    done = desk.tx("commit", code=1)
    assert "--- a on trunk\nmine\n--- a on the transaction\ntheirs" in done.stdout
    assert "\x1b" not in done.stdout
    assert "conflicts in a" in done.stderr
    assert f"git merge trunk` in {tree}" in done.stderr
    (conflict,) = json.loads(desk.tx("commit", "--json", code=1).stdout)["conflicts"]
    assert conflict["base"] == "mine\n"


def test_an_aborted_one_says_how_to_get_its_files_back(desk):
    tree = Path(desk.tx("begin", "--quiet").stdout.strip())
    fill(tree, {"a": "two\n"})
    refused = desk.tx("abort", code=2)
    assert "cannot ask for confirmation" in refused.stderr
    assert "--dry-run" not in refused.stderr
    said = desk.tx("abort", "--yes").stdout
    command = said.split("`")[1].split()
    assert command[:3] == ["agentrec", "tx", "open"]
    desk.tx(*command[2:-1], str(desk.place / "look"))
    assert (desk.place / "look/a").read_text() == "two\n"
    assert not tree.exists()


def test_what_is_not_there_gets_a_clear_word(desk):
    assert "no open transaction here" in desk.tx("commit", code=3).stderr
    assert "no transaction nope" in desk.tx("commit", "-t", "nope", code=3).stderr
    plain = desk.place / "plain"
    plain.mkdir()
    refused = desk.tx("begin", cwd=plain, code=2).stderr
    assert "not in the files of a git repository" in refused
    assert "agentrec snapshot" in refused
    assert "exclude each other" in desk.tx("rollback", "1", "--undo", code=2).stderr


def test_a_recording_around_it_gets_marks(desk, tmp_path):
    script = (
        "cd $(agentrec tx begin -q --name fix) && agentrec tx savepoint x && agentrec tx abort -y"
    )
    agentrec = f"{sys.executable} -P -m agentrec"
    file = tmp_path / "run.ahr"
    words = [*agentrec.split(), "record", "-q", "--headless", "-o", str(file), "--", "sh", "-c"]
    script = script.replace("agentrec", agentrec)
    subprocess.run([*words, script], cwd=desk.folder, env=desk.env, check=True, timeout=100)
    with Recording.open(str(file)) as recording:
        marks = [e.data.get("label") for e in recording.events() if e.kind == "moment"]
    assert [mark for mark in marks if mark and "a" in mark][:1] == ["transaction begun"]
    assert {"savepoint x", "transaction aborted"} <= set(marks)
    summary = ["summary", str(file)]
    (about,) = json.loads(desk.run(*summary, "--json").stdout)["transactions"]
    assert (about["name"], about["base"], about["state"]) == ("fix", "trunk", "aborted")
    assert "tx         fix: 1 savepoint, aborted, on trunk\n" in desk.run(*summary).stdout


def test_transactions_and_savepoints_are_completed(desk, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", desk.env["XDG_DATA_HOME"])
    desk.tx("begin", "--name", "fix")
    desk.tx("savepoint", "green")
    (mine,) = candidates(["tx", "commit", "-t", ""]).found
    assert mine.about == "fix"
    points = candidates(["tx", "rollback", ""]).found
    assert [(one.value, one.about) for one in points] == [("0", "begin"), ("1", "green")]
