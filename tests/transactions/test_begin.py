"""Beginning a transaction: where it can, and what is left where it cannot."""

import pytest

from agentrec.errors import AgentrecError, UsageError
from agentrec.transactions.begin import uncommitted
from agentrec.transactions.transaction import open_transactions
from tests.branches.helpers import repository
from tests.snapshots.helpers import picture


def test_a_directory_that_is_no_repository_gets_a_clear_word(shop, monkeypatch):
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(shop.place))
    shop.folder = shop.place / "plain"
    shop.folder.mkdir()
    with pytest.raises(UsageError, match="not in the files of a git repository") as caught:
        shop.begin()
    assert "agentrec snapshot" in caught.value.hint
    shop.git("init", "-q", "-b", "trunk")
    with pytest.raises(UsageError, match="no commit yet"):
        shop.begin()


def test_without_a_branch_there_is_nothing_to_merge_into(shop):
    shop.git("checkout", "-q", "--detach")
    with pytest.raises(UsageError, match="no branch checked out"):
        shop.begin()


@pytest.mark.parametrize("name", ["../x", "a b", "-x", "x\x1b[2J", "x" * 80, ".."])
def test_odd_names_are_refused(shop, name):
    before = picture(shop.place, skip=())
    with pytest.raises(UsageError, match="invalid name"):
        shop.begin(name)
    assert picture(shop.place, skip=()) == before


def test_a_taken_name_touches_nothing(shop):
    shop.git("branch", "agentrec/fix")
    before = repository(shop.folder)
    with pytest.raises(AgentrecError, match="already exists"):
        shop.begin("fix")
    assert repository(shop.folder) == before


def test_it_counts_what_stays_outside(shop):
    assert uncommitted(str(shop.folder)) == 1
    (shop.folder / "a").write_text("changed")
    assert uncommitted(str(shop.folder)) == 2


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_killed_begin_leaves_nothing(shop, when):
    places = {path.name for path in shop.place.iterdir()} | {"killer", "data"}
    call = 1
    while shop.killed_at(call, shop.begin, when):
        call += 4
        for one in open_transactions(shop.env):  # it was complete but for its first savepoint
            one.abort()
        assert {path.name for path in shop.place.iterdir()} <= places
        assert shop.git("worktree", "list").count("\n") == 1
        assert shop.git("branch", "--format=%(refname:short)") == "trunk\n"
    assert call > 8
