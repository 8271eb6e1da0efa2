"""Findings as SARIF 2.1.0, for code scanning services and editors."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from agentrec import __version__
from agentrec.guard.finding import RULES

if TYPE_CHECKING:
    from agentrec.guard.finding import Finding, Place
    from agentrec.guard.guard_check import GuardReport
    from agentrec.json_values import JsonObject

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def sarif(report: GuardReport) -> JsonObject:
    """One log with one run."""
    rules = [{"id": rule, "shortDescription": {"text": text}} for rule, text in RULES.items()]
    driver = {"name": "agentrec guard", "version": __version__, "rules": rules}
    notes = [
        {"level": "warning", "message": {"text": f"not checked: {it}"}} for it in report.left_out
    ]
    run: JsonObject = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "invocations": [{"executionSuccessful": True, "toolExecutionNotifications": notes}],
        "results": [_result(finding) for finding in report.findings],
    }
    return {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}


def _result(finding: Finding) -> JsonObject:
    result: JsonObject = {
        "ruleId": finding.rule,
        "ruleIndex": list(RULES).index(finding.rule),
        "level": finding.level,
        "message": {"text": finding.text},
        "locations": [{"physicalLocation": _location(finding.place)}],
        "partialFingerprints": {"agentrecGuard/v1": finding.fingerprint},
    }
    if finding.reuse:
        about = {"text": "the function that is there already"}
        place = {"id": 1, "physicalLocation": _location(finding.reuse), "message": about}
        result["relatedLocations"] = [place]
    return result


def _location(place: Place) -> JsonObject:
    uri = quote(place.path.encode(errors="surrogateescape"))
    location: JsonObject = {"artifactLocation": {"uri": uri, "uriBaseId": "%SRCROOT%"}}
    if place.line:
        location["region"] = {"startLine": place.line, "endLine": max(place.line, place.end_line)}
    return location
