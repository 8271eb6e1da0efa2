"""What killed commands left is mended where it is, and only there."""

import os
from functools import partial

import pytest

from agentrec.errors import OutputError
from agentrec.transactions import begin
from agentrec.transactions.transaction import Transaction, find_transaction, open_transactions
from agentrec.transactions.transaction_log import TransactionLog
from tests.snapshots.helpers import fill
from tests.transactions.helpers import Shop


def test_nobody_waits_for_a_commit_of_another_transaction(shop):
    one, _ = shop.begin("one")
    shop.begin("two")
    log = TransactionLog(shop.env)
    # As held by a commit that is still running.
    with log.hold_repository(one.entry["common"]), log.lock():
        assert len(open_transactions(shop.env)) == 2
        assert find_transaction("one", "/", shop.env).id == one.id
        assert find_transaction("", one.worktree, shop.env).id == one.id


def test_what_cannot_be_mended_hides_no_other_repository(shop, tmp_path):
    (tmp_path / "second").mkdir()
    other = Shop(tmp_path / "second")
    other.env = shop.env
    mine, _ = other.begin("mine")
    broken = _killed_after_the_branch_moved(shop)
    index = shop.folder / ".git/index"
    os.rename(index, index.with_name("index.kept"))
    index.mkdir()
    with pytest.raises(OutputError, match="git cannot compare"):
        open_transactions(shop.env)
    troubles = []
    assert {one.id for one in open_transactions(shop.env, troubles)} == {mine.id, broken}
    assert len(troubles) == 1
    assert find_transaction("", str(other.folder), shop.env).id == mine.id
    with pytest.raises(OutputError, match="git cannot compare"):
        find_transaction(broken, "/", shop.env)
    index.rmdir()
    os.rename(index.with_name("index.kept"), index)
    assert [one.id for one in open_transactions(shop.env, troubles)] == [mine.id]
    assert (shop.folder / "a").read_text() == "theirs\n"


def _killed_after_the_branch_moved(shop):
    """A transaction whose commit was killed before it had updated the user's files; its id."""
    transaction, tree = shop.begin("broken")
    fill(tree, {"a": "theirs\n"})
    for call in range(38, 80):
        shop.killed_at(call, lambda: transaction.commit("work"), "after")
        if shop.git("log", "-1", "--format=%s") == "work\n":
            assert (shop.folder / "a").read_text() == "one\n"
            return transaction.id
        Transaction(transaction.id, shop.env)
    raise AssertionError("it was not killed between the two")


def test_what_is_left_when_its_turn_comes_does_not_keep_a_commit_from_its_end(shop):
    two, tree = shop.begin("two")
    fill(tree, {"b": "mine\n"})
    _killed_at_its_end(shop)
    # As a git leaves it that is killed while it deletes a branch.
    (shop.folder / ".git/packed-refs.lock").touch()
    assert two.commit("more").troubles == []
    assert shop.git("branch", "--format=%(refname:short)") == "trunk\n"
    assert not (shop.folder / ".git/packed-refs.lock").exists()
    assert open_transactions(shop.env) == []


def test_a_beginning_killed_since_this_one_began_is_taken_back_first(shop, monkeypatch):
    make_directory = begin.make_directory

    def meanwhile(*args):
        make_directory(*args)
        monkeypatch.undo()
        call = 1
        entries = shop.folder / ".git/worktrees"
        while not list(entries.glob("*")):
            assert shop.killed_at(call, lambda: shop.begin("other"), "after")
            call += 1
        (entry,) = entries.iterdir()
        (entry / "commondir").write_text("")

    monkeypatch.setattr(begin, "make_directory", meanwhile)
    transaction, tree = shop.begin("this")
    assert [one.id for one in open_transactions(shop.env)] == [transaction.id]
    assert shop.git("worktree", "list").count("\n") == 2
    assert (tree / "a").exists()


def _killed_at_its_end(shop):
    """A transaction whose commit was killed after the merge, before everything of it was removed."""
    for call in range(46, 90):
        one, tree = shop.begin(f"one{call}")
        fill(tree, {"a": f"{call}\n"})
        shop.killed_at(call, partial(one.commit, "work"), "before")
        if "ending" in TransactionLog(shop.env).entry(one.id):
            return
        open_transactions(shop.env)
    raise AssertionError("it was not killed there")
