"""Findings that are allowed."""

import pytest

from agentrec.errors import InputError
from agentrec.guard.suppression import Allowances, baseline_json, read_baseline
from tests.guard.trees import check, found

WIDE = "def wide(a, b, c, d, e, f, g, h):\n    return a\n"


@pytest.mark.parametrize(
    "source",
    [
        "# agentrec: allow parameters - the order is that of the standard\n" + WIDE,
        WIDE.replace(":\n", ":  # agentrec: allow nesting, parameters\n", 1),
        "# agentrec: allow-file parameters\n\n\n" + WIDE,
    ],
    ids=("before", "same", "file"),
)
def test_a_comment_allows_a_finding(source):
    report = check(None, {"a.py": source})
    assert (report.findings, report.allowed) == ([], 1)


@pytest.mark.parametrize(
    "comment",
    [
        "# agentrec: allow nesting",
        "# agentrec: allow parameters\n",
        "# agentrec: allow",
        "# agentrec: deny parameters",
    ],
)
def test_a_comment_about_something_else_does_not(comment):
    assert found(None, {"a.py": comment + "\n" + WIDE})[0][0] == "parameters"


def test_a_new_comment_is_a_finding_of_its_own():
    new = {"a.py": "# agentrec: allow parameters\n" + WIDE}
    (finding,) = check({}, new).findings
    assert (finding.rule, finding.level, finding.text) == (
        "suppressed",
        "note",
        "a comment allows parameters",
    )
    assert found(new, {"a.py": "\n" + new["a.py"]}) == []


def test_a_baseline_allows_what_there_was_when_it_was_made():
    before = {"a.py": WIDE}
    baseline = {".agentrec-baseline.json": baseline_json(check(None, before).findings)}
    report = check(None, {**before, **baseline})
    assert (report.findings, report.allowed) == ([], 1)
    more = {"a.py": "\n" * 9 + WIDE + WIDE.replace("wide", "other"), **baseline}
    assert found(None, more) == [("parameters", "a.py", 12)]


def test_a_baseline_that_the_agent_extends_is_not_believed():
    own = {".agentrec-baseline.json": baseline_json(check(None, {"a.py": WIDE}).findings)}
    rules = [rule for rule, _, _ in found({}, {"a.py": WIDE, **own})]
    assert rules == ["protected-path", "parameters"]


@pytest.mark.parametrize("raw", [b"", b"[]", b"{}", b'{"version": 2}', b'{"version": 1', b"\xff"])
def test_a_broken_baseline_is_an_error(raw):
    with pytest.raises(InputError, match="baseline"):
        read_baseline(raw, "baseline.json")


@pytest.mark.parametrize("findings", ["1", "{}", '[1, {"fingerprint": 7}, {}]'])
def test_an_odd_baseline_allows_nothing(findings):
    assert read_baseline(b'{"version": 1, "findings": %s}' % findings.encode(), "b") == frozenset()


def test_no_comments_cost_nothing():
    assert Allowances("x = 1\n" * 1000).all_lines() == []
