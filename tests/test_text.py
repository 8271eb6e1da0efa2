"""Sizes, counts, and foreign text made safe to print."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentrec.text import format_size, inert_json, one_line, plural, printable


@pytest.mark.parametrize(
    ("count", "text"),
    [(0, "0 B"), (999, "999 B"), (1000, "1.0 KB"), (14_100, "14.1 KB"), (5 * 10**12, "5000.0 GB")],
)
def test_sizes(count: int, text: str) -> None:
    assert format_size(count) == text


def test_counts() -> None:
    assert [plural(n, "event") for n in (0, 1, 2000)] == ["0 events", "1 event", "2,000 events"]


@pytest.mark.parametrize(
    ("text", "shown", "line"),
    [
        ("plain é 語", "plain é 語", "plain é 語"),
        ("a\nb\tc\r", "a^Jb^Ic^M", "a b c "),
        ("\x1b[31m", "^[[31m", "^[[31m"),
        ("\x7f\x9b\u202e", "^?\\x9b\\u202e", "^?\\x9b\\u202e"),
        ("⎿\xa0Read", "⎿ Read", "⎿ Read"),
        ("a\u3000b\u2009c", "a\u3000b c", "a\u3000b c"),
        ("👩\u200d💻", "👩\u200d💻", "👩\u200d💻"),
        ("a\u200db", "a\\u200db", "a\\u200db"),
        ("\udc80", "\\udc80", "\\udc80"),
    ],
)
def test_what_a_terminal_could_act_on_is_made_visible(text: str, shown: str, line: str) -> None:
    assert (printable(text), one_line(text)) == (shown, line)


@given(st.text(alphabet=st.characters()))
def test_nothing_unprintable_is_left(text: str) -> None:
    harmless = dict.fromkeys((0x3000, 0x200C, 0x200D, *range(0xE0020, 0xE0080)))
    assert printable(text).translate(harmless).isprintable()
    assert one_line(text).translate(harmless).isprintable()


@given(st.text(st.characters(exclude_categories=())))
def test_json_is_inert_and_means_the_same(text: str) -> None:
    inert = inert_json(json.dumps({text: text}, ensure_ascii=False))
    assert json.loads(inert) == {text: text}
    assert not ACTIVE.intersection(inert)
    inert.encode()


ACTIVE = {
    *map(chr, range(0x7F, 0xA0)),
    *map(chr, range(0x2028, 0x202F)),
    *map(chr, range(0x2066, 0x206A)),
    *"\u061c\u200e\u200f\ud800\udfff",
}


@pytest.mark.parametrize("char", sorted(ACTIVE))
def test_what_a_terminal_acts_on_is_escaped(char: str) -> None:
    assert inert_json(f'"{char}"') == f'"\\u{ord(char):04x}"'
