"""Transactions: savepoints, rollback, and the end."""

import os
from pathlib import Path

import pytest

from agentrec.errors import AgentrecError, InputError, UsageError
from agentrec.snapshots.pruning import prune_candidates, remove
from agentrec.transactions.transaction import Transaction, find_transaction, open_transactions
from agentrec.transactions.transaction_log import TransactionLog
from tests.branches.helpers import files
from tests.snapshots.helpers import fill


def test_work_is_merged_as_a_whole_and_the_user_s_files_stay(shop):
    before = shop.files()
    transaction, tree = shop.begin("fix")
    assert files(tree).keys() == {b"a", b"b", b"d", b"d/x", b".gitignore"}
    fill(tree, {"a": "two\n", "d/new/deep": "new\n", "build/x": "ignored\n"})
    (tree / "b").unlink()
    assert shop.files() == before
    ended = transaction.commit("fix it")
    after = shop.files()
    assert (shop.folder / "a").read_text() == "two\n"
    assert (shop.folder / "d/new/deep").read_text() == "new\n"
    assert before.keys() - after.keys() == {b"b"}
    assert after.keys() - before.keys() == {b"d/new", b"d/new/deep"}
    assert {path for path in before.keys() & after.keys() if before[path] != after[path]} == {b"a"}
    assert shop.git("status", "--porcelain").split() == ["??", "notes"]
    assert shop.git("log", "-1", "--format=%H %s").split(" ", 1) == [ended.merge.new, "fix it\n"]
    assert not tree.exists()
    assert shop.git("branch", "--format=%(refname:short)") == "trunk\n"
    assert open_transactions(shop.env) == []


def test_rollback_removes_what_was_made_since_and_can_be_undone(shop):
    transaction, tree = shop.begin(state={"step": 0})
    fill(tree, {"a": "two\n", "kept/k": "k", "build/old": "old"})
    point = transaction.savepoint("green", {"step": 1, "left": [1, None, "x"]})
    there = files(tree)
    fill(tree, {"a": "three\n", "d/new": "new", ".env": "KEY=2", ".venv/v": "v", "out.ahr": "r"})
    shop.commit("inner", folder=tree)
    (tree / "kept/k").unlink()
    (tree / "kept").rmdir()
    wrong, head = files(tree), shop.git("rev-parse", "HEAD", folder=tree)
    back = transaction.rollback("green")
    assert (back.number, back.state) == (point.number, {"step": 1, "left": [1, None, "x"]})
    assert files(tree) == there
    assert shop.git("rev-parse", "HEAD", folder=tree).strip() == point.head
    assert transaction.undo_rollback().before == point.number
    assert files(tree) == wrong
    assert shop.git("rev-parse", "HEAD", folder=tree) == head
    assert shop.git("status", "--porcelain", folder=tree) == " D kept/k\n"
    assert transaction.rollback().state == {"step": 0}
    assert files(tree).keys() == {b"a", b"b", b"d", b"d/x", b".gitignore"}


def test_a_file_that_git_ignores_and_was_there_is_not_touched(shop):
    transaction, tree = shop.begin()
    fill(tree, {"build/out": b"\0one", ".venv/lib": "one"})
    transaction.savepoint()
    fill(tree, {"build/out": b"\0two", ".venv/lib": "two"})
    transaction.rollback(1)
    assert (tree / "build/out").read_bytes() == b"\0two"
    assert (tree / ".venv/lib").read_text() == "two"


def test_a_number_is_no_name(shop):
    transaction, tree = shop.begin()
    for number in range(3):
        fill(tree, {"a": f"{number + 1}\n"})
        transaction.savepoint(str(number))
    transaction.rollback(1)
    assert (tree / "a").read_text() == "1\n"


def test_an_ended_one_is_found_by_name(shop):
    transaction, _ = shop.begin(name="fix")
    transaction.abort()
    assert find_transaction("fix", str(shop.folder), shop.env).id == transaction.id


def test_an_unknown_savepoint_changes_nothing(shop):
    transaction, tree = shop.begin()
    fill(tree, {"a": "two\n"})
    for name in ("nope", "7", -1):
        with pytest.raises(InputError, match="no savepoint"):
            transaction.rollback(name)
    with pytest.raises(InputError, match="nothing to undo"):
        transaction.undo_rollback()
    assert (tree / "a").read_text() == "two\n"


def test_an_aborted_one_leaves_the_base_as_it_was_and_its_files_readable(shop, tmp_path):
    before, head = shop.files(), shop.git("rev-parse", "HEAD")
    transaction, tree = shop.begin()
    fill(tree, {"a": "two\n", "new": "new"})
    last = transaction.abort().last
    assert (shop.files(), shop.git("rev-parse", "HEAD")) == (before, head)
    assert not tree.exists()
    again = Transaction(transaction.id, shop.env)
    again.write_files(last.number, str(tmp_path / "look"))
    assert (tmp_path / "look/a").read_text() == "two\n"
    for act in (again.commit, again.abort, again.savepoint, again.rollback):
        with pytest.raises(UsageError, match="is aborted"):
            act()


def test_a_removed_worktree_can_only_be_given_up(shop):
    transaction, tree = shop.begin()
    os.rename(tree, shop.place / "moved")
    with pytest.raises(AgentrecError, match="no longer exists"):
        transaction.commit()
    transaction.abort()
    assert (shop.place / "moved").exists()
    assert open_transactions(shop.env) == []
    assert shop.git("worktree", "list").count("\n") == 1


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_killed_rollback_is_completed_or_undone(shop, when):
    transaction, tree = shop.begin()
    fill(tree, {"a": "two\n"})
    transaction.savepoint("green")
    there = files(tree)
    fill(tree, {"a": "three\n", "new": "new", ".venv/v": "v"})
    wrong = files(tree)
    call = 1
    while shop.killed_at(call, lambda: transaction.rollback("green"), when):
        call += 5
        again = Transaction(transaction.id, shop.env)
        if again.as_json()["rollback_interrupted"]:
            with pytest.raises(UsageError, match="was not completed"):
                again.commit()
            again.rollback("green")
            assert files(tree) == there
            again.undo_rollback()
        assert files(tree) == wrong
    assert files(tree) == there
    assert call > 10


def test_locks_of_a_killed_git_are_no_obstacle(shop):
    transaction, tree = shop.begin()
    fill(tree, {"a": "two\n"})
    head = shop.git("rev-parse", "--git-path", "HEAD.lock", folder=tree).strip()
    branch = shop.folder / f".git/refs/heads/{transaction.entry['branch']}.lock"
    for path in (branch, head):
        fill("/", {str(path): ""})
        os.utime(path, (1, 1))
    transaction.rollback()
    assert (tree / "a").read_text() == "one\n"


def test_it_is_found_by_name_by_directory_or_alone(shop):
    one, tree = shop.begin("one")
    assert find_transaction("", str(shop.folder), shop.env).id == one.id
    two, _ = shop.begin("two")
    assert find_transaction("two", "/", shop.env).id == two.id
    assert find_transaction("", str(tree / "d"), shop.env).id == one.id
    with pytest.raises(UsageError, match="2 open transactions"):
        find_transaction("", str(shop.folder), shop.env)
    with pytest.raises(InputError, match="no open transaction here"):
        find_transaction("", str(shop.place), shop.env)
    with pytest.raises(InputError, match="no transaction"):
        find_transaction("../x", str(shop.folder), shop.env)


def test_prune_keeps_the_savepoints_of_an_open_one(shop):
    transaction, _ = shop.begin()
    recordings = str(shop.place / "none")
    (mine,) = prune_candidates(shop.env, recordings)
    assert mine.fixed == "an open transaction"
    transaction.abort()
    (mine,) = prune_candidates(shop.env, recordings)
    assert mine.fixed == ""
    log = TransactionLog(shop.env)
    again, _ = shop.begin()
    assert {entry["id"] for entry in log.all()} == {transaction.id, again.id}
    assert remove([mine]) == []
    third, _ = shop.begin()
    assert {entry["id"] for entry in log.all()} == {again.id, third.id}
    assert not os.path.exists(log.folder_of(transaction.id))


def test_what_was_set_aside_goes_with_the_transaction(shop):
    transaction, tree = shop.begin()
    fill(tree, {".venv/lib": "large"})
    transaction.rollback()
    folder = Path(TransactionLog(shop.env).folder_of(transaction.id))
    assert [path.read_text() for path in folder.rglob("lib")] == ["large"]
    transaction.commit()
    assert not list(folder.glob("aside*"))
    assert list(folder.glob("*.savepoint"))
