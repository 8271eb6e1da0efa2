import pytest

from agentrec.export import clock


@pytest.mark.parametrize(
    ("text", "ns"),
    [
        ("1970-01-01T00:00:00Z", 0),
        ("1970-01-01T00:00:01.5Z", 1_500_000_000),
        ("2023-11-14T22:13:20.123456789Z", 1_700_000_000_123_456_789),
        ("2023-11-14T22:13:20.1234567891Z", 1_700_000_000_123_456_789),
        ("2023-11-14 23:13:20+01:00", 1_700_000_000_000_000_000),
        ("1969-12-31T23:59:59.5Z", -500_000_000),
        ("2023-02-31T00:00:00Z", None),
        ("yesterday", None),
        (None, None),
        (5, None),
    ],
)
def test_text_to_nanoseconds(text: object, ns: int | None) -> None:
    assert clock.to_ns(text) == ns


@pytest.mark.parametrize("ns", [0, 1, 1_700_000_000_123_456_789, -500_000_000])
def test_there_and_back(ns: int) -> None:
    assert clock.to_ns(clock.to_text(ns)) == ns


def test_a_time_beyond_the_calendar_has_no_text() -> None:
    assert clock.to_text(1 << 90) is None
