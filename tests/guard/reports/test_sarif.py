"""Findings as SARIF."""

from agentrec.guard.finding import RULES
from agentrec.guard.reports.sarif import sarif
from tests.guard.test_guard_check import ADD, SAME
from tests.guard.trees import check


def test_a_finding_has_its_place_its_rule_and_what_to_reuse():
    report = check({"a.py": ADD}, {"a.py": ADD, "b c.py": SAME})
    (run,) = sarif(report)["runs"]
    (result,) = run["results"]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert rules == list(RULES)
    assert rules[result["ruleIndex"]] == result["ruleId"] == "duplicate-function"
    where = result["locations"][0]["physicalLocation"]
    assert where["artifactLocation"]["uri"] == "b%20c.py"
    assert where["region"] == {"startLine": 1, "endLine": 8}
    assert result["relatedLocations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "a.py"
    assert result["level"] == "warning"


def test_fingerprints_stay_when_lines_move():
    def prints(source):
        (run,) = sarif(check({"a.py": ADD}, {"a.py": ADD, "b.py": source}))["runs"]
        return [result["partialFingerprints"] for result in run["results"]]

    assert prints(SAME) == prints("import os\n\n" + SAME)
    assert prints(SAME) != prints(SAME.replace("sum_of", "other"))
