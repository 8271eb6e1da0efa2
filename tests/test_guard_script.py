"""scripts/guard: the second opinion on what the guard finds is one."""

import ast

import pytest

from agentrec.guard.finding import Finding, Place
from agentrec.guard.guard_settings import load_settings
from scripts.guard_parts.second_opinion import is_right

SETTINGS = load_settings({"HOME": "/nowhere"}, None)
WIDE = "def wide({}):\n    return a\n"
ADD = "def add(rows, least):\n    return sum(row.size for row in rows if row.size > least)\n"


def duplicate(path, reuse):
    return Finding("duplicate-function", "warning", Place(path, 1, 2), "", "", Place(reuse, 1, 2))


def test_measures_are_taken_again(tmp_path):
    finding = Finding("parameters", "warning", Place("a.py", 1, 2), "")
    for count, right in ((8, True), (7, False)):
        (tmp_path / f"{count}").mkdir()
        (tmp_path / f"{count}" / "a.py").write_text(WIDE.format(", ".join("abcdefgh"[:count])))
        assert is_right(tmp_path / f"{count}", finding, SETTINGS) is right


@pytest.mark.parametrize(
    ("other", "right"),
    [
        (ADD.replace("add", "total").replace("row", "it"), True),
        (ADD.replace("sum", "max"), False),
        (ADD.replace(">", "<"), False),
        (ADD.replace("row.size >", "row.cost >"), False),
    ],
)
def test_functions_are_compared_again(other, right, tmp_path):
    ast.parse(other)
    (tmp_path / "a.py").write_text(ADD)
    (tmp_path / "b.py").write_text(other)
    assert is_right(tmp_path, duplicate("b.py", "a.py"), SETTINGS) is right


def test_in_good_code_a_secret_is_wrong(tmp_path):
    assert not is_right(tmp_path, Finding("secret", "error", Place("a.py", 1, 1), ""), SETTINGS)
