"""The files of the base branch: what is in the way, and what they become."""

import os
from subprocess import CalledProcessError

import pytest

from agentrec.errors import OutputError, UsageError
from tests.branches.helpers import files
from tests.snapshots.helpers import fill


def _edit(shop):
    fill(shop.folder, {"a": "mine\n"})


def _stage(shop):
    fill(shop.folder, {"a": "mine\n"})
    shop.git("add", "a")


def _remove(shop):
    (shop.folder / "a").unlink()


def _untracked(shop):
    fill(shop.folder, {"new": "mine\n"})


def _ignored(shop):
    fill(shop.folder, {"x.o": "mine\n", ".git/info/exclude": "*.o\n"})


def _folder(shop):
    fill(shop.folder, {"new/inside": "mine\n"})


def _link(shop):
    os.rename(shop.folder / "d", shop.folder / "build/d")
    (shop.folder / "d").symlink_to("build/d")


def _merge(shop):
    fill(shop.folder, {".git/MERGE_HEAD": shop.git("rev-parse", "HEAD")})


def _rebase(shop):
    _stopped(shop, "rebase", "-q")


def _apply_rebase(shop):
    _stopped(shop, "rebase", "-q", "--apply")


def _stopped(shop, *rebase):
    """The branch is being moved, and git shows it as detached."""
    shop.git("checkout", "-qb", "other")
    fill(shop.folder, {"b": "other\n"})
    shop.commit("other")
    shop.git("checkout", "-q", "trunk")
    fill(shop.folder, {"b": "mine\n"})
    shop.commit("mine")
    with pytest.raises(CalledProcessError):
        shop.git(*rebase, "other")


def _bisect(shop):
    for n in range(3):
        fill(shop.folder, {"b": f"{n}\n"})
        shop.commit(str(n))
    shop.git("bisect", "start", "HEAD", "HEAD~3")


@pytest.mark.parametrize("work", [_rebase, _apply_rebase, _bisect])
def test_a_branch_that_git_is_at_work_on_is_not_moved(shop, work):
    transaction, tree = shop.begin()
    fill(tree, {"new": "two\n"})
    work(shop)
    before = shop.git("rev-parse", "trunk")
    with pytest.raises(UsageError, match="not completed"):
        transaction.commit()
    assert shop.git("rev-parse", "trunk") == before
    assert transaction.as_json()["state"] == "open"


@pytest.mark.parametrize(
    "work", [_edit, _stage, _remove, _untracked, _ignored, _folder, _link, _merge]
)
def test_work_of_the_user_is_never_overwritten(shop, work):
    transaction, tree = shop.begin()
    fill(tree, {"a": "two\n", "new": "two\n", "x.o": "two\n", "d/x": "two\n"})
    shop.git("add", "--force", "x.o", folder=tree)
    work(shop)
    before, head = shop.files(), shop.git("rev-parse", "trunk")
    status = shop.git("status", "--porcelain")
    with pytest.raises(UsageError):
        transaction.commit()
    assert (shop.files(), shop.git("rev-parse", "trunk")) == (before, head)
    assert shop.git("status", "--porcelain") == status
    assert transaction.as_json()["state"] == "open"


def test_work_of_the_user_elsewhere_stays(shop):
    transaction, tree = shop.begin()
    fill(tree, {"a": "two\n"})
    fill(shop.folder, {"b": "mine\n", "d/x": "staged\n"})
    shop.git("add", "d/x")
    transaction.commit()
    assert shop.git("status", "--porcelain").splitlines() == [" M b", "M  d/x", "?? notes"]


def test_any_kind_of_file(shop):
    fill(shop.folder, {"file": "f", "dir/inside": "i", "run": "#!/bin/sh\n", "line\nbreak": "1"})
    shop.git("add", "file", "dir", "run", "line\nbreak")
    shop.git("commit", "-qm", "more")
    transaction, tree = shop.begin()
    (tree / "file").unlink()
    (tree / "dir/inside").unlink()
    (tree / "dir").rmdir()
    (tree / "run").chmod(0o755)
    fill(tree, {"file/now/folder": "f", "dir": "now a file", "line\nbreak": "2", "ln": ("a",)})
    fill(tree, {"-x y": b"\0\xff", b"latin\xe9": "l", "empty": ""})
    wanted = _tracked(tree)
    transaction.commit()
    assert {path: what for path, what in _tracked(shop.folder).items() if path in wanted} == wanted
    assert shop.git("status", "--porcelain").split() == ["??", "notes"]
    assert os.access(shop.folder / "run", os.X_OK)


def _tracked(folder):
    return {path: what for path, what in files(folder).items() if what[0] != "folder"}


def test_filters_are_those_of_git(shop):
    fill(shop.folder, {".gitattributes": "*.win text eol=crlf\n", "t.win": "one\r\n"})
    shop.git("add", ".gitattributes", "t.win")
    shop.git("commit", "-qm", "more")
    transaction, tree = shop.begin()
    assert (tree / "t.win").read_bytes() == b"one\r\n"
    fill(tree, {"t.win": "two\r\n"})
    transaction.commit()
    assert (shop.folder / "t.win").read_bytes() == b"two\r\n"
    assert shop.git("show", "trunk:t.win") == "two\n"
    assert shop.git("status", "--porcelain").split() == ["??", "notes"]


def test_a_sparse_checkout_stays_sparse(shop):
    shop.git("sparse-checkout", "set", "--no-cone", "/a", "/.gitignore")
    assert not (shop.folder / "b").exists()
    transaction, tree = shop.begin()
    fill(tree, {"a": "two\n", "b": "two\n"})
    transaction.commit()
    assert (shop.folder / "a").read_text() == "two\n"
    assert not (shop.folder / "b").exists()
    assert shop.git("show", "trunk:b") == "two\n"
    assert shop.git("status", "--porcelain").split() == ["??", "notes"]


def test_nothing_moves_while_git_cannot_list_the_worktrees(shop):
    """As a killed `git worktree add` leaves it."""
    transaction, tree = shop.begin()
    fill(tree, {"a": "two\n"})
    shop.git("worktree", "add", "-q", "--detach", str(shop.place / "other"))
    broken = shop.folder / ".git/worktrees/other/commondir"
    before, head, kept = shop.files(), shop.git("rev-parse", "HEAD"), broken.read_text()
    broken.write_text("")
    with pytest.raises(OutputError, match="cannot list the worktrees"):
        transaction.commit()
    assert (shop.files(), shop.git("rev-parse", "HEAD")) == (before, head)
    broken.write_text(kept)
    transaction.commit()
    assert (shop.folder / "a").read_text() == "two\n"
