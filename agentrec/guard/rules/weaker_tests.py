"""Tests that are gone, skipped, or check less than before. They may move from file to file."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from agentrec.guard.finding import Finding, Place
from agentrec.guard.rules.file_change import line_of
from agentrec.text import plural

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from agentrec.guard.guard_settings import GuardSettings
    from agentrec.guard.rules.file_change import FileChange

# How tests begin: Python, JavaScript, Go, Rust, Java and its kin, C#, PHP, Ruby, Swift, bats, C++.
_TEST = re.compile(
    r"^[ \t]*(?:(?:async )?def test_?\w*|x?(?:it|test)(?:\.\w+)*(?:\(.*\))?\s*\(\s*[\"'`]"
    r"|func \(?.*?\)?\s*Test\w+\("
    r"|#\[(?:\w+::)?test\b|@(?:Parameterized)?Test\b|\[(?:Fact|Theory|Test|TestMethod)\b"
    r"|(?:public )?function test\w+|(?:it|specify|test) [\"']|func test\w+\(|@test [\"']|TEST(?:_[FP])?\()",
    re.MULTILINE,
)
_ASSERTION = re.compile(
    r"\b(?:assert\w*!?|expect|should|refute\w*|require\.\w+|EXPECT_\w+|ASSERT_\w+|XCTAssert\w*|XCTFail"
    r"|t\.(?:Error|Errorf|Fatal|Fatalf|Fail|FailNow)|pytest\.(?:raises|fail|warns)|Assert\.\w+|\w+\.assert\w+)"
    r"\s*[\s(.]"
)
_SKIP = re.compile(
    r"@pytest\.mark\.(?:skip|skipif|xfail)\b|\bpytest\.(?:skip|importorskip|xfail)\("
    r"|@(?:unittest\.)?skip(?:If|Unless|Test)?\b|\bself\.skipTest\(|@(?:unittest\.)?expectedFailure\b"
    r"|\b(?:it|test|describe|context|suite)\.(?:skip|todo|only|fixme|failing)\b"
    r"|^[ \t]*(?:xit|xtest|xdescribe|xcontext|fit|fdescribe)\s*[( ]"
    r"|\bt\.Skip(?:f|Now)?\(|#\[ignore\b|@(?:Disabled|Ignore)\b|\bIgnore\s*=\s*\"|\[Ignore\b"
    r"|\[Fact\(Skip|->markTest(?:Skipped|Incomplete)\(|^[ \t]*(?:skip|pending)\b(?: |$)"
    r"|\bGTEST_SKIP\(|\bXCTSkip|\bDISABLED_\w+\)",
    re.MULTILINE,
)


# Skips under a condition, as new tests have them for a platform or a program that is missing.
_CONDITION = re.compile(
    r"skipif|skipIf|skipUnless|importorskip|pytest\.skip\(|skipTest|t\.Skip|GTEST_SKIP|XCTSkip"
)


def weaker_tests(changes: Sequence[FileChange], settings: GuardSettings) -> Iterator[Finding]:
    """Findings about the tests in everything that changed."""
    found = [it for it in changes if not it.is_whole and settings.tests.matches(it.path)]
    tests, assertions = _balance(found, _TEST), _balance(found, _ASSERTION)
    for change in found:
        yield from _deleted(change, tests, settings)
        if change.after is not None:
            yield from _skipped(change, settings)
            yield from _fewer_assertions(change, assertions, settings)


def _balance(changes: Sequence[FileChange], regex: re.Pattern[str]) -> int:
    """By how many places more than before match in all files together."""
    return sum(_count(regex, it.new_text) - _count(regex, it.old_text) for it in changes)


def _count(regex: re.Pattern[str], text: str) -> int:
    return sum(1 for _ in regex.finditer(text))


def _deleted(change: FileChange, balance: int, settings: GuardSettings) -> Iterator[Finding]:
    old, new = _count(_TEST, change.old_text), _count(_TEST, change.new_text)
    if balance >= 0 or new >= old:
        return
    if change.after is None:
        text = f"the file is gone, with {plural(old, 'test')}"
    else:
        text = f"{old - new} of {plural(old, 'test')} gone"
    level = settings.level("test-deleted")
    yield Finding("test-deleted", level, Place(change.path), text, "tests")


def _skipped(change: FileChange, settings: GuardSettings) -> Iterator[Finding]:
    known = Counter(match[0].strip() for match in _SKIP.finditer(change.old_text))
    text = change.new_text
    for match in _SKIP.finditer(text):
        sign = match[0].strip()
        if change.before is None and _CONDITION.search(sign):
            continue
        known[sign] -= 1
        if known[sign] < 0:
            line = line_of(text, match.end() - 1)
            level = settings.level("test-skipped")
            place = Place(change.path, line, line)
            yield Finding("test-skipped", level, place, f"new in this test: {sign}", sign)


def _fewer_assertions(
    change: FileChange, balance: int, settings: GuardSettings
) -> Iterator[Finding]:
    old, new = _count(_ASSERTION, change.old_text), _count(_ASSERTION, change.new_text)
    gone = _count(_TEST, change.old_text) > _count(_TEST, change.new_text)
    if balance >= 0 or new >= old or gone:
        return  # tests that are gone are a finding of their own
    level = settings.level("assertion-removed")
    text = f"{plural(new, 'assertion')}, {old} before"
    yield Finding("assertion-removed", level, Place(change.path), text, "assertions")
