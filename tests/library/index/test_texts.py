"""Text as the index keeps it."""

from itertools import pairwise

import pytest

from agentrec.library.index.texts import HeadAndTail, flat, indexed, packed, pieces, plain, unpacked


@pytest.mark.parametrize(
    "text",
    [
        "plain",
        "two\nlines",
        "größe",
        "測試 and ไทย",
        "한국어",
        "a測b",
        "👩\u200d👩\u200d👧",
        "𠀀𠀁",
    ],
)
def test_what_is_indexed_reads_as_before(text):
    assert plain(indexed(text)) == text


def test_no_control_character_stays_but_line_feeds():
    assert indexed("b\x00\x02c\td\x7f\ne\r") == "b  c d \ne "


def test_colours_do_not_part_words():
    assert (
        indexed("\x1b[1;31mTyp\x1b[0mo\x1b]8;;http://x\x07link\x1b]8;;\x1b\\ \x1b(B\x1b7x\x1b")
        == "Typolink x "
    )


@pytest.mark.parametrize("start", ["\x1b]0;", "\x1b]52;c;", "\x1bP", "\x1b_", "\x1b^", "\x1bX"])
def test_a_string_without_an_end_hides_nothing(start):
    assert indexed(f"a{start}needle\nmore\x1b[1m end").endswith("needle\nmore end")


def test_half_a_character_does_not_break_the_database():
    assert indexed("a\udcffb") == "a?b"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", [""]),
        ("abcdefgh", ["abcdefgh"]),
        ("abcd\nefghi", ["abcd", "efghi"]),
        ("ab cd ef gh ij", ["ab cd ef", " ef gh", " gh ij"]),
        ("abcdefghijklm", ["abcdefgh", "ghijklm"]),
    ],
)
def test_long_texts_come_in_pieces(text, expected):
    assert list(pieces(text, 8)) == expected


def test_no_word_of_a_long_text_is_lost():
    words = [f"word{at}" for at in range(20_000)]
    text = "".join(word + (" " if at % 700 else "\n") for at, word in enumerate(words))
    parts = list(pieces(text, 1000))
    assert max(map(len, parts)) <= 1000
    assert {word for part in parts for word in part.split()} == set(words)
    joined = "\n".join(parts)
    assert all(f"{a} {b}" in joined for a, b in pairwise(words[1:700]))


def test_packed_texts_come_back():
    assert unpacked(packed("größe 檸檬 " * 100)) == "größe 檸檬 " * 100
    assert unpacked(None) is None


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"command": "make"}, "make"),
        ({"file": "a", "text": "b\nc"}, "file: a\ntext: b\nc"),
        ({"edits": [{"old": "x", "new": "y"}], "all": True}, "old: x\nnew: y\nall: True"),
        ([1, None, "", "z"], "1\nz"),
        ("text", "text"),
        (None, ""),
        ({}, ""),
        ({"a": {"b": {"c": "deep"}}}, "deep"),
    ],
)
def test_json_in_lines(value, expected):
    assert flat(value) == expected


def test_of_a_huge_value_nothing_is_left_out():
    assert flat([str(at) for at in range(20_000)]).endswith("\n19999")


def test_a_deep_value_is_no_recursion():
    value = "x"
    for _ in range(20_000):
        value = [value, 1]
    assert flat(value).startswith("x")


def test_the_ends_of_many():
    ends = HeadAndTail(3, 2)
    for item in range(10):
        ends.add(1, item)
    assert ends.items() == [0, 1, 2, 8, 9]
    assert ends.left_out == 5
    assert ends.full


def test_few_are_all_kept():
    ends = HeadAndTail(3, 2)
    for item in range(5):
        ends.add(1, item)
    assert ends.items() == [0, 1, 2, 3, 4]
    assert not ends.left_out


def test_the_last_one_stays_however_heavy():
    ends = HeadAndTail(1, 2)
    for item, weight in enumerate([1, 1, 100]):
        ends.add(weight, item)
    assert ends.items() == [0, 2]
