"""Differences between two requests, in a few lines."""

from agentrec.ghost.request_diff import diff_lines


def test_equal_requests_have_none():
    assert diff_lines({"a": [1, {"b": "c"}]}, {"a": [1, {"b": "c"}]}) == []


def test_where_and_how():
    before = {"model": "m", "messages": [{"text": "do this"}, {"text": "old"}]}
    now = {"model": "n", "messages": [{"text": "do that"}, {"text": "old"}, {"text": "new"}]}
    assert diff_lines(before, now) == [
        "- model: m",
        "+ model: n",
        "- messages[0].text: do this",
        "+ messages[0].text: do that",
        "- messages[2]: (absent)",
        '+ messages[2]: {"text": "new"}',
    ]


def test_of_long_texts_what_is_around_the_difference():
    start, end = "a" * 500, "b" * 500
    (before, now) = diff_lines(f"{start}\nONE{end}", f"{start}\nTWO{end}")
    assert before.startswith("- : …" + "a" * 19 + "\\nONE")
    assert now.startswith("+ : …" + "a" * 19 + "\\nTWO")
    assert max(len(before), len(now)) < 100


def test_there_are_at_most_nine_lines():
    lines = diff_lines(dict.fromkeys("abcdefgh", 1), dict.fromkeys("abcdefgh", 2))
    assert len(lines) == 9
    assert lines[-1] == "and 4 more"


def test_other_types():
    assert diff_lines({"a": None}, {"a": [1]}) == ["- a: null", "+ a: [1]"]
