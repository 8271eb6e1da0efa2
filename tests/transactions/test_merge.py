"""Merging: conflicts, and who commits."""

import shutil
from subprocess import CalledProcessError

import pytest

from agentrec.errors import UsageError
from agentrec.snapshots.gitstore.git import query_repository
from agentrec.transactions.merge import ConflictError
from agentrec.transactions.transaction import Transaction
from tests.snapshots.helpers import fill


def test_a_conflict_shows_both_sides_and_changes_nothing(shop):
    transaction, tree = shop.begin()
    fill(tree, {"a": "theirs\n", "new": "new"})
    fill(shop.folder, {"a": "mine\n"})
    shop.git("commit", "-qam", "mine")
    before, head = shop.files(), shop.git("rev-parse", "HEAD")
    with pytest.raises(ConflictError, match="conflicts in a") as caught:
        transaction.commit()
    (conflict,) = caught.value.conflicts
    assert (conflict.path, conflict.before) == ("a", "one\n")
    assert (conflict.base, conflict.transaction) == ("mine\n", "theirs\n")
    assert "<<<<<<<" in conflict.merged
    assert (shop.files(), shop.git("rev-parse", "HEAD")) == (before, head)
    assert shop.git("status", "--porcelain").split() == ["??", "notes"]
    # As the hint says.
    with pytest.raises(CalledProcessError):
        shop.git("merge", "trunk", folder=tree)
    with pytest.raises(UsageError, match="not completed"):
        transaction.commit()
    fill(tree, {"a": "both\n"})
    shop.commit("resolved", folder=tree)
    transaction.commit()
    assert (shop.folder / "a").read_text() == "both\n"


def test_a_file_that_one_side_removed_is_a_conflict_too(shop):
    transaction, tree = shop.begin()
    (tree / "a").unlink()
    fill(shop.folder, {"a": "mine\n"})
    shop.git("commit", "-qam", "mine")
    with pytest.raises(ConflictError) as caught:
        transaction.commit()
    (conflict,) = caught.value.conflicts
    assert (conflict.base, conflict.transaction) == ("mine\n", "")


def test_the_base_may_have_moved(shop):
    one, first = shop.begin()
    two, second = shop.begin()
    fill(first, {"a": "first\n"})
    fill(second, {"b": "second\n"})
    one.commit("first")
    ended = two.commit("second")
    assert (shop.folder / "a").read_text() + (shop.folder / "b").read_text() == "first\nsecond\n"
    parents = shop.git("log", "-1", "--format=%P").split()
    assert parents[0] == ended.merge.old
    assert len(parents) == 2
    assert shop.git("log", "-1", "--format=%an") == "me\n"


def test_without_changes_there_is_nothing_to_merge(shop):
    head = shop.git("rev-parse", "HEAD")
    transaction, tree = shop.begin()
    ended = transaction.commit()
    assert ended.merge.old == ended.merge.new == head.strip()
    assert not tree.exists()


def test_a_user_that_git_does_not_know_is_agentrec(shop, monkeypatch):
    for name in ("AUTHOR_NAME", "AUTHOR_EMAIL", "COMMITTER_NAME", "COMMITTER_EMAIL"):
        monkeypatch.delenv(f"GIT_{name}", raising=False)
    shop.git("config", "--unset", "user.email")
    shop.git("config", "--unset", "user.name")
    known = query_repository(str(shop.folder), "config", "user.name")  # of this machine
    transaction, tree = shop.begin()
    fill(tree, {"a": "two\n"})
    transaction.commit()
    assert shop.git("log", "-1", "--format=%an") == (known or b"agentrec\n").decode()


def test_a_repository_inside_is_refused_for_its_files_would_be_lost(shop):
    transaction, tree = shop.begin()
    fill(tree, {"inner/file": "precious"})
    shop.git("init", "-q", folder=tree / "inner")
    shop.commit("inner", folder=tree / "inner")
    with pytest.raises(UsageError, match="inner: it is a git repository of its own"):
        transaction.commit()
    assert (tree / "inner/file").read_text() == "precious"
    shutil.rmtree(tree / "inner/.git")
    transaction.commit()
    assert (shop.folder / "inner/file").read_text() == "precious"


def test_a_transaction_inside_a_transaction_is_merged_into_it(shop):
    outer, tree = shop.begin()
    inner = Transaction.begin(str(tree), shop.env)
    fill(inner.worktree, {"a": "inner\n"})
    inner.commit()
    assert (tree / "a").read_text() == "inner\n"
    assert (shop.folder / "a").read_text() == "one\n"
    outer.commit()
    assert (shop.folder / "a").read_text() == "inner\n"


def test_the_worktree_that_it_was_begun_in_may_go(shop):
    other = shop.place / "other"
    shop.git("worktree", "add", "-q", "-b", "side", str(other))
    transaction = Transaction.begin(str(other), shop.env)
    fill(transaction.worktree, {"a": "two\n"})
    shop.git("worktree", "remove", "--force", str(other))
    transaction.commit()
    assert shop.git("show", "side:a") == "two\n"
    assert shop.git("worktree", "list").count("\n") == 1
