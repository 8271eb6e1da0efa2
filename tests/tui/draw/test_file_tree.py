"""Files as rows: what changed first, then the tree."""

import pytest

from agentrec.snapshots.diff.diff import FileDiff
from agentrec.snapshots.manifest import Contents
from agentrec.snapshots.model import FILE, FileEntry
from agentrec.tui.draw import file_tree
from agentrec.tui.draw.file_tree import FileRow, FileTree

PATHS = ["a/b/deep.py", "a/one.py", "two.py", "zoë/\x1bodd"]


def contents(paths=PATHS, left=None):
    files = {path: FileEntry(FILE | 0o644, "0" * 40) for path in paths}
    parts = [path.split("/")[:-1] for path in paths]
    folders = {"/".join(part[: n + 1]): 0o755 for part in parts for n in range(len(part))}
    return Contents(files, folders | {"empty": 0o755}, left or {}, {})


def texts(tree):
    return [f"{'  ' * row.depth}{row.sign}{row.text}" for row in tree.rows]


CHANGES = [
    FileDiff("gone.py", "deleted", 0, 7),
    FileDiff("two.py", "changed", 3, 0),
    FileDiff("a/one.py", "mode", 0, 0),
    FileDiff("pic", "added", None, None),
]


def test_what_changed_comes_first_with_how_much():
    rows = FileTree(contents(), CHANGES, "4 changed").rows
    assert rows[:5] == [
        FileRow(file_tree.HEAD, "", 0, "4 changed"),
        FileRow(file_tree.CHANGE, "gone.py", 0, "gone.py", "-", "-7"),
        FileRow(file_tree.CHANGE, "two.py", 0, "two.py", "~", "+3"),
        FileRow(file_tree.CHANGE, "a/one.py", 0, "a/one.py", "m", "mode"),
        FileRow(file_tree.CHANGE, "pic", 0, "pic", "+", "binary"),
    ]


def test_folders_are_folded_and_unfold():
    tree = FileTree(contents(), [], "")
    assert texts(tree)[1:] == ["4 files", "▸a", "▸empty", "▸zoë", "two.py"]
    tree.toggle("a")
    tree.toggle("zoë", to=True)
    assert texts(tree)[2:8] == [
        "▾a",
        "  ▸b",
        "  one.py",
        "▸empty",
        "▾zoë",
        "  ^[odd",
    ]
    tree.toggle("a", to=False)
    assert texts(tree)[2] == "▸a"


def test_how_many_files_are_below_a_folder():
    tree = FileTree(contents(), [], "")
    assert {row.path: row.note for row in tree.rows if row.kind == file_tree.FOLDER} == {
        "a": "2",
        "empty": "0",
        "zoë": "1",
    }


def test_a_deep_file_is_revealed():
    tree = FileTree(contents(), [], "")
    assert tree.index(file_tree.FILE, "a/b/deep.py") is None
    tree.reveal("a/b/deep.py")
    assert tree.rows[tree.index(file_tree.FILE, "a/b/deep.py")].depth == 2


def test_files_that_changed_say_so_in_the_tree_too():
    tree = FileTree(contents(), CHANGES, "")
    assert tree.rows[tree.index(file_tree.FILE, "two.py")].sign == "~"


def test_what_was_not_kept_stands_at_the_end():
    rows = FileTree(contents(left={"big.iso": "larger than 50 MB"}), [], "").rows
    assert rows[-2:] == [
        FileRow(file_tree.HEAD, "", 0, "1 left out"),
        FileRow(file_tree.LEFT_OUT, "big.iso", 0, "big.iso", "", "larger than 50 MB"),
    ]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("one", ["a/one.py"]),
        ("A/", []),
        (".py", ["a/b/deep.py", "a/one.py", "two.py"]),
        ("a/", ["a/b/deep.py", "a/one.py"]),
        ("nothing", []),
    ],
)
def test_files_are_found_by_a_part_of_their_path(text, found):
    tree = FileTree(contents(left={"a/big": "too large"}), CHANGES, "")
    whole = tree.rows
    tree.filter(text)
    assert [row.path for row in tree.rows if row.kind == file_tree.FILE] == found
    assert all(text in row.path for row in tree.rows if row.kind == file_tree.CHANGE)
    tree.filter("")
    assert tree.rows == whole


@pytest.mark.parametrize("number", [0, 1, 10_000])
def test_folded_a_large_tree_is_few_rows(number):
    paths = [f"d{n % 100}/e{n % 7}/f{n}" for n in range(number)]
    tree = FileTree(contents(paths), [], "")
    assert len(tree.rows) == 2 + 1 + min(100, number)
    assert (
        sum(int(row.note.replace(",", "")) for row in tree.rows if row.kind == "folder") == number
    )
