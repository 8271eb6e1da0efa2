"""What is planted in fixtures/guard is found, and nothing else."""

import pytest

from fixtures.guard import planted
from scripts.guard_parts.planted_defects import look


@pytest.fixture(scope="module")
def found():
    return {one.language: one for one in look()}


@pytest.mark.parametrize("language", sorted(planted()))
def test_planted_defects_are_found(found, language):
    one = found[language]
    assert (one.missed, one.wrong) == ([], [])
    assert one.planted == 14


def test_the_corpus_is_large(found):
    assert len(found) == 6
    assert sum(one.files for one in found.values()) >= 60
