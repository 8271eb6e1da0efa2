"""The files of a directory, to be read."""

import os

import pytest

from agentrec.errors import InputError
from agentrec.guard.code.function_index import FunctionCache
from agentrec.guard.source_tree import DirectoryTree


def test_equally_long_files_of_one_moment_are_two(tmp_path):
    for name in "ab":
        (tmp_path / f"{name}.py").write_text(f"def {name}():\n    pass\n")
        os.utime(tmp_path / f"{name}.py", ns=(10**18, 10**18))
    tree, cache = DirectoryTree(str(tmp_path), {"HOME": "/nowhere"}), FunctionCache()
    assert [cache.of(tree, f"{name}.py")[0].name for name in "ab"] == ["a", "b"]


def test_what_is_no_file_is_not_in_it(tmp_path):
    (tmp_path / "a.txt").write_text("a")
    (tmp_path / "link").symlink_to("a.txt")
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "config").write_text("a")
    assert list(DirectoryTree(str(tmp_path), {"HOME": "/nowhere"}).keys()) == ["a.txt"]


def test_a_missing_directory_is_named(tmp_path):
    with pytest.raises(InputError, match="is not a directory"):
        DirectoryTree(str(tmp_path / "x"), {"HOME": "/nowhere"})
