"""Verdicts of a gate as JUnit XML: a test case for each rule and run."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from xml.sax.saxutils import quoteattr

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from agentrec.compare.gate import RuleVerdict

# What XML 1.0 cannot hold, not even escaped.
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit_xml(verdicts: Sequence[RuleVerdict]) -> str:
    """The whole document."""
    return "\n".join(_lines(verdicts)) + "\n"


def _lines(verdicts: Sequence[RuleVerdict]) -> Iterator[str]:
    counts = f'tests="{len(verdicts)}" failures="{sum(it.broken for it in verdicts)}" errors="0"'
    yield '<?xml version="1.0" encoding="UTF-8"?>'
    yield f"<testsuites {counts}>"
    yield f'<testsuite name="agentrec" {counts}>'
    for it in verdicts:
        case = f"<testcase classname={_attribute(it.name)} name={_attribute(it.rule.text)}"
        if it.broken:
            yield f"{case}><failure message={_attribute(it.reason)}/></testcase>"
        else:
            yield f"{case}/>"
    yield "</testsuite>"
    yield "</testsuites>"


def _attribute(text: str) -> str:
    return quoteattr(_FORBIDDEN.sub("\N{REPLACEMENT CHARACTER}", text))
