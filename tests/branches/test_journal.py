"""What killed makers leave, found by the lock that they do not hold any more."""

import os

import pytest

from agentrec.branches.create import remove_unfinished
from agentrec.branches.journal import BranchJournal, TakenError, child_parent, parents_in_use
from agentrec.errors import InputError
from tests.branches.helpers import fill
from tests.snapshots.helpers import environment


def entry(tmp_path, **more):
    about = {"id": "child", "parent": {"id": "top"}, "kind": "plain"}
    return about | {"worktree": str(tmp_path / "made"), "copies": [], **more}


def killed(claim):
    """The end of whoever makes it: nothing is left of a process but what it wrote."""
    os.close(claim.fd)


def test_who_is_alive_is_left_alone(tmp_path):
    journal = BranchJournal(environment(tmp_path))
    with journal.lock():
        claim = journal.claim(entry(tmp_path))
    fill(tmp_path, {"made/file": ""})
    claim.note({"folder": [(tmp_path / "made").stat().st_dev, (tmp_path / "made").stat().st_ino]})
    assert remove_unfinished(environment(tmp_path)) == []
    with journal.lock(), pytest.raises(TakenError):
        journal.claim(entry(tmp_path))
    killed(claim)
    assert remove_unfinished(environment(tmp_path)) == ["child"]
    assert not (tmp_path / "made").exists()
    assert os.listdir(journal.folder) == ["lock"]
    assert remove_unfinished(environment(tmp_path)) == []


def test_copies_of_conversations_go_too(tmp_path):
    copy = tmp_path / "sessions" / "deep" / "copy.jsonl"
    fill(tmp_path, {"sessions/other": "", "sessions/deep/copy.jsonl": "secret"})
    journal = BranchJournal(environment(tmp_path))
    with journal.lock():
        killed(journal.claim(entry(tmp_path, copies=[str(copy)])))
    assert remove_unfinished(environment(tmp_path)) == ["child"]
    assert os.listdir(tmp_path / "sessions") == ["other"]


def test_a_directory_of_somebody_else_stays(tmp_path):
    journal = BranchJournal(environment(tmp_path))
    fill(tmp_path, {"made/file": "mine", "other": None})
    with journal.lock():
        killed(journal.claim(entry(tmp_path)))
    remove_unfinished(environment(tmp_path))
    with journal.lock():
        claim = journal.claim(entry(tmp_path))
        claim.note({"folder": [0, 0]})
        killed(claim)
    remove_unfinished(environment(tmp_path))
    assert (tmp_path / "made/file").read_text() == "mine"


def test_killed_at_the_last_step(tmp_path):
    """Everything is there and said to be: only the note that it was begun goes."""
    journal = BranchJournal(environment(tmp_path))
    fill(tmp_path, {"made/file": "whole"})
    with journal.lock():
        claim = journal.claim(entry(tmp_path))
        journal.put(claim.entry)
        killed(claim)
    assert remove_unfinished(environment(tmp_path)) == []
    assert not list((tmp_path / "data/agentrec/branches").glob("*.begun"))
    assert (tmp_path / "made/file").read_text() == "whole"
    assert [it["id"] for it in journal.all()] == ["child"]
    assert parents_in_use(environment(tmp_path)) == {"top"}
    assert child_parent(journal.path("child")) == ("child", {"id": "top"})
    with journal.lock(), pytest.raises(TakenError):
        journal.claim(entry(tmp_path))


def test_files_that_were_cut_short(tmp_path):
    journal = BranchJournal(environment(tmp_path))
    folder = tmp_path / "data/agentrec/branches"
    fill(
        folder,
        {
            "empty.begun": "",
            "half.begun": '{"id": "half", "copies": ["/etc/hos',
            "list.begun": "[1]\n",
            "torn.json": '{"id": ',
            "none.json": "[]",
            "odd.json": '{"id": "../x", "parent": {}}',
        },
    )
    assert journal.all() == []
    assert sorted(remove_unfinished(environment(tmp_path))) == ["empty", "half", "list"]
    assert journal.get("../../etc/passwd") is None
    with pytest.raises(InputError, match="not a branch entry"):
        child_parent(str(folder / "odd.json"))
