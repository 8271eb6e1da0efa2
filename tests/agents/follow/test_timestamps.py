"""Times as agents write them."""

import pytest

from agentrec.agents.follow.timestamps import (
    epoch_seconds,
    is_before,
    iso_time,
    milliseconds_between,
)


@pytest.mark.parametrize("text", [None, "", "yesterday", "2026-01-31T10:00:00"])
def test_times_without_a_zone_are_unknown(text):
    assert epoch_seconds(text) is None


@pytest.mark.parametrize("value", [None, "1", -1, 0, 1e12, [], {}])
def test_what_is_not_a_time_has_no_text(value):
    assert iso_time(value) is None


def test_times_and_the_time_between_them():
    at = iso_time(1_769_853_600.5)
    assert at == "2026-01-31T10:00:00.500+00:00"
    assert epoch_seconds(at) == 1_769_853_600.5
    assert is_before(at, 1_769_853_601)
    assert not is_before(at, 1_769_853_600)
    assert not is_before(None, 1e10)
    assert milliseconds_between("2026-01-31T10:00:00Z", at) == 500
    assert milliseconds_between(at, "2026-01-31T10:00:00Z") is None
