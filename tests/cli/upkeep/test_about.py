"""Titles and tags that others have written."""

import pytest

from agentrec.cli.upkeep.about import about
from tests.cuts.recordings import shown, write


@pytest.mark.parametrize(
    ("data", "title", "tags"),
    [
        ({"title": "x", "tags": ["a", 5, "", None, "b"]}, "x", ["a", "b"]),
        ({"title": 5, "tags": "a"}, "", []),
        ({}, "", []),
    ],
)
def test_odd_values(data, title, tags, tmp_path):
    path = write(tmp_path / "a.ahr", shown(1, "x"), (1, "mark", "about", data), title="old")
    assert (about(path)["title"], about(path)["tags"]) == (title, tags)
