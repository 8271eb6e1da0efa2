"""Texts in columns of a terminal."""

import pytest

from agentrec.columns import columns, cut, padded


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", 0),
        ("abc", 3),
        ("größe", 5),
        ("e\u0301", 1),
        ("測試", 4),
        ("\uff46\uff55", 4),
        ("👍🏽", 2),
        ("👩‍💻", 2),
        ("❤️", 2),
    ],
)
def test_columns(text, expected):
    assert columns(text) == expected
    assert columns(padded(text, 12)) == 12


@pytest.mark.parametrize(
    ("text", "width", "expected"),
    [
        ("abc", 3, "abc"),
        ("abcd", 3, "ab…"),
        ("測試字", 5, "測試…"),
        ("測試字", 4, "測…"),
        ("👩‍💻👩‍💻", 3, "👩‍💻…"),
        ("ab", 1, ""),
    ],
)
def test_a_long_text_is_cut(text, width, expected):
    assert cut(text, width) == expected
