"""The line of a text that a query means."""

import pytest

from agentrec.fleet.query.found_line import best_line
from agentrec.library.query import query_terms

TEXT = "one\nConnection was refused\nconnection refused by de\u0301ja\u0300 vu\n測試 end"


@pytest.mark.parametrize(
    ("query", "number", "matches"),
    [
        ("refused", 1, ["refused"]),
        ("connection refused", 1, ["Connection", "refused"]),
        ('"connection refused"', 2, ["connection refused"]),
        ("refu deja", 2, ["refused", "de\u0301ja\u0300"]),
        ("試", 3, ["試"]),
        ('"vu 測"', 2, ["vu\n測"[:2]]),  # the part in this line
        ("absent", 0, []),
        ("connection -one", 1, ["Connection"]),
    ],
)
def test_the_line_with_most_matches_has_them_marked(query, number, matches):
    found = best_line(TEXT, query_terms(query), 1)
    assert (found.number, [text for text, marked in found.line if marked]) == (number, matches)
    lines = TEXT.split("\n")
    assert "".join(text for text, _ in found.line) == lines[number]
    assert found.before == lines[max(0, number - 1) : number]
    assert found.after == lines[number + 1 : number + 2]


def test_of_a_long_line_the_part_around_the_first_match_is_shown():
    found = best_line("a " * 500 + "needle" + " b" * 500, query_terms("needle"), 0)
    assert ("needle", True) in found.line
    assert sum(len(text) for text, _ in found.line) == 300
