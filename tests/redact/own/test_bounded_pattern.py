"""Patterns of a user: what they find, and that no text makes them slow."""

from __future__ import annotations

import re

import pytest

from agentrec.redact.own.bounded_pattern import MAX_MATCH_BYTES, BoundedPattern


def found(pattern: str, text: str) -> list[str]:
    return [text[start:stop] for start, stop in BoundedPattern(pattern).spans(text)]


@pytest.mark.parametrize(
    ("pattern", "text", "secrets"),
    [
        ("EMP-[0-9]+", "EMP-12 and EMP-34", ["EMP-12", "EMP-34"]),
        ("id=(?P<secret>[0-9]+)", "id=12, id=", ["12"]),
        ("EMP-[0-9]+", "é\u4e2d\U0001f600 EMP-12 ü EMP-34", ["EMP-12", "EMP-34"]),
        ("b+", "a\udc80bb\udc80b", ["bb", "b"]),
        ("(?:^|,)(?P<secret>[0-9]+)(?:,|$)", "1,2,3", ["1", "2", "3"]),
        ("(?i)emp", "EMP", ["EMP"]),
        ("x", "", []),
    ],
)
def test_spans(pattern: str, text: str, secrets: list[str]) -> None:
    assert found(pattern, text) == secrets


@pytest.mark.parametrize("before", [0, 1, 900, 1023, 1024, 1025, 2047, 2048, 5000])
def test_a_match_at_any_place_is_found_whole(before: int) -> None:
    secret = "E" + "1" * (MAX_MATCH_BYTES - 1)
    text = f"E1 {'-' * before}{secret} E2"
    assert found("E[0-9]+", text) == ["E1", secret, "E2"]


@pytest.mark.parametrize("pattern", ["(a+)+!", "(a|a)*!", "(a|aa)+$x", "a(.*b)?", "([a-z]*)*[0-9]"])
def test_patterns_that_take_others_forever(pattern: str) -> None:
    """With Python's own engine, the first 40 of these characters take years."""
    for start, stop in BoundedPattern(pattern).spans("a" * 50_000):
        assert stop - start <= 2 * MAX_MATCH_BYTES


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        ("(a", "missing )"),
        ("a*", "empty"),
        (r"(a)\1", "invalid escape"),
        ("(?=a)b", "invalid perl operator"),
        ("((a{1,500}){1,500}){1,500}", "invalid repetition size"),
    ],
)
def test_what_cannot_be_bounded_is_refused(
    pattern: str, reason: str, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(ValueError, match=re.escape(reason)):
        BoundedPattern(pattern)
    assert not capfd.readouterr().err  # the library's own log
