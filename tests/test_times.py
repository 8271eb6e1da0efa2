import pytest

from agentrec import times


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
    assert times.parse_rfc3339(text) == ns


@pytest.mark.parametrize("ns", [0, 1, 1_700_000_000_123_456_789, -500_000_000])
def test_there_and_back(ns: int) -> None:
    assert times.parse_rfc3339(times.format_rfc3339_exact(ns)) == ns


def test_a_time_beyond_the_calendar_has_no_text() -> None:
    assert times.format_rfc3339_exact(1 << 90) is None


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90", 90), ("1:30", 90), ("1:02:03.5", 3723.5), ("0", 0), (".5", 0.5), ("5.", 5),
        ("", None), ("x", None), ("-5", None), ("1:2:3:4", None), ("1e3", None), ("nan", None),
        ("inf", None), ("9" * 400, None), ("1.2.3", None),
        ("9:99", None), ("1:60:00", None), ("90:59.9", 5459.9), (".", None), ("٣", None),
    ],
)  # fmt: skip
def test_positions(text: str, seconds: float | None) -> None:
    want = None if seconds is None else round(seconds * times.NS_PER_SECOND)
    assert times.parse_clock(text) == want


@pytest.mark.parametrize(
    ("ns", "text"),
    [
        (0, "0.0 s"), (3_240_000_000, "3.2 s"), (59_990_000_000, "1 min 0 s"),
        (80 * 10**9, "1 min 20 s"), (7500 * 10**9, "2 h 5 min"),
    ],
)  # fmt: skip
def test_lengths(ns: int, text: str) -> None:
    assert times.format_duration(ns) == text


@pytest.mark.parametrize(
    ("t", "short", "exact"),
    [
        (0, "0:00", "0:00.000"),
        (59_999_999_999, "0:59", "0:59.999"),
        (60 * times.NS_PER_SECOND, "1:00", "1:00.000"),
        (3661 * times.NS_PER_SECOND + 5_000_000, "1:01:01", "1:01:01.005"),
        (-5, "0:00", "0:00.000"),
    ],
)
def test_positions_on_the_clock(t, short, exact):
    assert (times.format_clock(t), times.format_clock(t, fraction=True)) == (short, exact)
