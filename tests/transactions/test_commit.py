"""The base branch moves whole, or not at all, wherever a commit is killed."""

import pytest

from agentrec.transactions.transaction import Transaction, open_transactions
from agentrec.transactions.transaction_log import TransactionLog
from tests.snapshots.helpers import fill, picture


@pytest.mark.parametrize("when", ["before", "after"])
def test_killed_at_any_git_call(shop, when):
    """Every sixth call; `scripts/transactions` kills at random moments."""
    kills, call = 0, 2 if when == "before" else 4
    while True:
        transaction, tree = shop.begin()
        fill(tree, {"a": f"{when} {call}\n", f"new/{call}/x": "x"})
        before, old = shop.files(), (shop.folder / "a").read_text()
        if not shop.killed_at(call, lambda tx=transaction: tx.commit("work"), when):
            break
        kills, call = kills + 1, call + 6
        merged = not open_transactions(shop.env)
        assert not list((shop.folder / ".git").glob("*agentrec*"))
        assert (TransactionLog(shop.env).entry(transaction.id)["state"] == "committed") == merged
        now = (shop.folder / "a").read_text()
        assert now == (f"{when} {call - 6}\n" if merged else old)
        mine = {
            path: what for path, what in before.items() if path in (b".env", b"build/out", b"notes")
        }
        assert mine.items() <= shop.files().items()
        assert shop.git("status", "--porcelain").split() == ["??", "notes"]
        assert shop.files() == before or merged
        if not merged:
            Transaction(transaction.id, shop.env).commit("again")
            assert (shop.folder / "a").read_text() == f"{when} {call - 6}\n"
        shop.git("fsck", "--strict")
        assert not list((shop.folder / ".git").rglob("*.lock"))
        assert not tree.exists()
    assert kills > 4
    assert picture(shop.folder)[b".env"]


def test_what_the_user_edits_between_a_kill_and_its_completion_stays(shop):
    transaction, tree = shop.begin()
    fill(tree, {"a": "theirs\n", "b": "theirs\n", "new": "theirs\n"})
    call = 15
    while not _moved_but_not_updated(shop, transaction, call):
        call += 1
        assert call < 80
    fill(shop.folder, {"b": "edited\n", "new": "edited\n"})
    assert open_transactions(shop.env) == []
    assert (shop.folder / "a").read_text() == "theirs\n"
    assert (shop.folder / "b").read_text() == "edited\n"
    assert (shop.folder / "new").read_text() == "edited\n"
    assert shop.git("status", "--porcelain").splitlines() == [" M b", " M new", "?? notes"]


def _moved_but_not_updated(shop, transaction, call):
    shop.killed_at(call, lambda: transaction.commit("work"), "after")
    if shop.git("log", "-1", "--format=%s") == "work\n":
        assert (shop.folder / "a").read_text() == "one\n"
        return True
    Transaction(transaction.id, shop.env)
    return False


def test_the_copy_of_the_index_that_a_killed_commit_worked_on_is_removed(shop):
    """Also if no other commit comes that would need one."""
    transaction, tree = shop.begin()
    fill(tree, {"a": "two\n"})
    copy, seen, call = shop.folder / ".git/index.agentrec", 0, 30
    while shop.killed_at(call, lambda: transaction.commit("work"), "after"):
        seen, call = seen + copy.exists(), call + 1
        if not open_transactions(shop.env):
            break
        assert not copy.exists()
    assert seen
    assert not copy.exists()


def test_only_the_branch_moves_if_it_is_not_checked_out(shop):
    transaction, tree = shop.begin()
    fill(tree, {"a": "two\n"})
    shop.git("switch", "-qc", "other")
    before = shop.files()
    transaction.commit()
    assert shop.files() == before
    assert shop.git("show", "trunk:a") == "two\n"
    assert shop.git("rev-parse", "other") != shop.git("rev-parse", "trunk")
