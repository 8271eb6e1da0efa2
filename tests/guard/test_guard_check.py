"""Checks of whole trees: what is found, and what is new."""

import pytest

from agentrec.guard import guard_check
from agentrec.guard.finding import RULES
from agentrec.guard.guard_settings import load_settings
from tests.guard.trees import check, found, tree_of

ADD = """\
def add_up(rows, least):
    total = 0
    for row in rows:
        if row.size > least:
            total += row.size * row.price
        else:
            total -= row.fee
    return round(total, 2)
"""
SAME = ADD.replace("add_up", "sum_of").replace("total", "amount").replace("row", "item")
LONG = "def long(a):\n" + "    a += 1\n" * 120
WIDE = "def wide(a, b, c, d, e, f, g, h):\n    return a\n"
DEEP = (
    "def deep(a):\n"
    + "".join("    " * n + f"if a > {n}:\n" for n in range(1, 7))
    + "    " * 7
    + "a()\n"
)
KNOTTY = "def knotty(a):\n" + "".join(f"    if a == {n}:\n        a = {n + 1}\n" for n in range(25))


@pytest.mark.parametrize(
    ("source", "rule"),
    [(LONG, "function-length"), (WIDE, "parameters"), (DEEP, "nesting"), (KNOTTY, "complexity")],
)
def test_a_function_beyond_a_limit_is_found_once_it_is_new(source, rule):
    assert found(None, {"a.py": source}) == [(rule, "a.py", 1)]
    assert found({}, {"a.py": source}) == [(rule, "a.py", 1)]
    assert found({"a.py": source}, {"a.py": "import os\n\n" + source}) == []


def test_a_function_that_became_clearly_worse_is_found_again():
    assert found({"a.py": LONG}, {"a.py": LONG + "    a += 1\n"}) == []
    (finding,) = check({"a.py": LONG}, {"a.py": LONG + "    a += 1\n" * 10}).findings
    assert finding.text == "long is 131 lines long (limit: 100)"


def test_a_duplicate_is_found_with_the_place_to_reuse():
    (finding,) = check(
        {"lib/a.py": ADD}, {"lib/a.py": ADD, "b.py": "import os\n\n\n" + SAME}
    ).findings
    assert finding.rule == "duplicate-function"
    assert (finding.place.path, finding.place.line) == ("b.py", 4)
    assert (finding.reuse.path, finding.reuse.line, finding.reuse.end_line) == ("lib/a.py", 1, 8)
    assert finding.text == "sum_of has the same code as add_up in lib/a.py:1"


def test_of_equal_new_functions_all_but_the_first_are_found():
    new = {"a.py": ADD, "b.py": SAME, "c.py": SAME}
    expected = [("duplicate-function", "b.py", 1), ("duplicate-function", "c.py", 1)]
    assert found({}, new) == found(None, new) == expected


@pytest.mark.parametrize(
    ("before", "new"),
    [
        ({"a.py": ADD, "b.py": SAME}, {"a.py": ADD, "b.py": "import os\n" + SAME}),  # was there
        ({"a.py": ADD}, {"b.py": SAME}),  # was moved
        ({"a.py": "def f(a):\n    return a\n"}, {"a.py": "def f(a):\n    return a\n" * 2}),  # small
        ({"a.py": ADD}, {"a.py": ADD, "b.js": "function f(a) { return a }\n"}),  # another language
        ({}, {"tests/test_a.py": ADD, "tests/test_b.py": SAME}),  # tests may repeat each other
    ],
    ids=("old", "moved", "small", "other", "tests"),
)
def test_what_is_no_new_duplicate(before, new):
    assert found(before, new) == []


def test_a_duplicate_in_the_same_file_is_found():
    assert found({"a.py": ADD}, {"a.py": ADD + "\n\n" + SAME}) == [
        ("duplicate-function", "a.py", 11)
    ]


def test_large_growth_is_found():
    before = "x = 1\n" * 400
    assert found({"a.py": before}, {"a.py": before + "y = 2\n" * 301}) == [
        ("file-growth", "a.py", 0)
    ]
    assert found({"a.py": before}, {"a.py": before + "y = 2\n" * 299}) == []
    assert found({}, {"a.py": "y = 2\n" * 400}) == []


def test_binary_and_huge_files_are_found():
    new = {"a.dat": b"\0" * 10, "b.png": b"\0" * 10, "c.txt": b"x\n" * 600_000}
    assert found({}, new) == [("binary-file", "a.dat", 0), ("huge-file", "c.txt", 0)]
    assert found(new, {**new, "c.txt": b"y\n" * 600_000}) == []


def test_a_secret_is_found_and_not_told():
    secret = "hunter2" + "Zq81xkWv90"
    report = check({"a.py": "x = 1\n"}, {"a.py": f'x = 1\npassword = "{secret}"\n'})
    (finding,) = report.findings
    assert (finding.rule, finding.level, finding.place.line) == ("secret", "error", 2)
    assert secret not in str(report.as_json())
    assert found({"a.py": f'password = "{secret}"\n'}, {"a.py": f'\npassword = "{secret}"\n'}) == []


@pytest.mark.parametrize("level", ["error", "note", "off"])
def test_levels_are_settings(level):
    settings = f'[guard.levels]\nparameters = "{level}"\n'
    levels = [finding.level for finding in check(None, {"a.py": WIDE}, settings).findings]
    assert levels == ([] if level == "off" else [level])


def test_limits_and_paths_are_settings():
    settings = '[guard]\nignored = ["old/"]\n[guard.limits]\nparameters = 8\n'
    new = {"a.py": WIDE, "old/b.py": LONG}
    assert found(None, new, settings) == []


def test_an_agent_that_changes_the_settings_is_held_to_those_from_before():
    lax = '[guard.levels]\nparameters = "off"\nprotected-path = "off"\n'
    new = {"a.py": WIDE, ".agentrec.toml": lax}
    assert found({}, new) == [("protected-path", ".agentrec.toml", 0), ("parameters", "a.py", 1)]


def test_a_deleted_file_is_no_harm():
    assert found({"a.py": LONG}, {}) == []


def test_every_rule_has_a_level_and_is_run_by_somebody():
    settings = load_settings({}, None)
    run = guard_check.FILE_RULES + guard_check.PATH_RULES + guard_check.SECRET_RULES
    run += guard_check.TEST_RULES + guard_check.DUPLICATE_RULES + guard_check.LIMIT_RULES
    assert sorted(settings.levels) == sorted(RULES) == sorted((*run, "suppressed"))


TEST = "def test_it():\n    assert add_up([], 1) == 0\n    assert add_up([], 2) == 0\n"
BEFORE = {
    "a.py": ADD,
    "b.bin": "text",
    ".github/workflows/ci.yml": "a",
    **{f"tests/test_{name}.py": TEST for name in ("gone", "skipped", "less")},
}
AFTER = {
    "a.py": ADD + LONG + WIDE + DEEP + KNOTTY,
    "b.bin": b"\0" * 6_000_000,
    "copy.py": SAME,
    ".github/workflows/ci.yml": "b",
    "keys.py": f'key = "ghp_{"a1B2" * 9}"\n',
    "tests/test_skipped.py": f"@pytest.mark.skip\n{TEST}",
    "tests/test_less.py": TEST.replace("    assert add_up([], 2) == 0\n", ""),
}
STRICT = """\
[guard]
allowed = ["/a.py"]
[guard.limits]
files = 1
grown-lines = 10
file-lines = 20
"""


@pytest.mark.parametrize("rule", [rule for rule in RULES if rule != "suppressed"])
def test_a_rule_that_is_checked_alone_finds_the_same(rule):
    """And no other is run: what others would have left out is not said."""
    old, new = (tree_of({**files, ".agentrec.toml": STRICT}) for files in (BEFORE, AFTER))
    settings = guard_check.settings_of(old, {})
    everything = guard_check.GuardCheck(old, new, settings).run()
    alone = guard_check.GuardCheck(old, new, settings.only([rule])).run()
    assert alone.findings == [it for it in everything.findings if it.rule == rule] != []
    assert alone.left_out == (everything.left_out if rule == "duplicate-function" else [])
    assert len(everything.left_out) == 1


def test_a_tree_can_be_checked_again():
    tree = tree_of({"a.py": ADD})
    assert tree.keys() == tree_of({"a.py": ADD}).keys()
