"""When a recording began."""

import pytest

from agentrec.library.created import created_at

SECOND = 1_000_000_000


@pytest.mark.parametrize(
    ("created", "expected"),
    [
        ("1970-01-01T00:00:01.5Z", 1_500_000_000),
        ("1970-01-01T00:00:01", SECOND),
        ("1970-01-01T01:00:01+01:00", SECOND),
        ("1960-01-01T00:00:00Z", 0),
        ("9999-01-01T00:00:00Z", 1 << 62),
        ("yesterday", None),
        (5, None),
        (None, None),
    ],
)
def test_created_at(created, expected):
    assert created_at({"created": created}) == expected
