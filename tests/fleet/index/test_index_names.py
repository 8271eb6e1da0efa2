"""What the objects of the index are called."""

from datetime import date

import pytest

from agentrec.fleet.bucket.object_names import VersionName
from agentrec.fleet.index.index_names import compacted_key, day_of, index_key

VERSION = VersionName("a-1", 1_769_869_353_000_000_000, 412, "5b05ecf6" * 4)


def test_a_version_is_in_the_folder_of_the_day_it_began_on():
    key = index_key(VERSION)
    assert key == f"index/v1/dt=2026-01-31/a-1-0000000412-{VERSION.identity}.parquet"
    assert day_of(key) == date(2026, 1, 31)


def test_the_same_sources_give_the_same_name_in_any_order():
    day = date(2026, 1, 31)
    key = compacted_key(day, ["b", "a"])
    assert key == compacted_key(day, ["a", "b"]) != compacted_key(day, ["a"])
    assert day_of(key) == day


@pytest.mark.parametrize(
    "key",
    [
        "index/v1/dt=2026-02-30/a.parquet",
        "index/v1/dt=2026-01-31/a.json",
        "index/v1/dt=2026-01-31/a/b.parquet",
        "recordings/a/b.parquet",
        "",
    ],
)
def test_other_objects_are_of_no_day(key):
    assert day_of(key) is None
