"""What is written alike in versions 2 and 3."""

import json

import pytest

from tests.export.asciicast.casts import PALETTE
from tests.export.helpers import HEADER, events_of, written


@pytest.mark.parametrize(
    "theme",
    [
        {"fg": "#ffffff", "bg": "#000000", "palette": "#000000:#111111"},
        {"fg": "white", "bg": "#000000", "palette": PALETTE},
        {"fg": "#ffffff", "bg": "#000000"},
        "dark",
    ],
)
def test_a_theme_players_would_refuse_is_left_out(theme: object) -> None:
    header = HEADER | {"term": {"theme": theme}}
    data, loss = written("asciicast3", header, [])
    assert "theme" not in json.loads(data)["term"]
    assert loss.lines() == ["left out: a theme whose colors are not complete"]


@pytest.mark.parametrize("name", ["asciicast2", "asciicast3"])
def test_a_character_split_over_events_is_decoded_whole(name: str) -> None:
    euro = "€".encode()
    events = events_of(
        (0, "term", "output", b"1" + euro[:1]),
        (1, "term", "input", euro[:2]),  # its own stream, its own decoder
        (2, "term", "output", euro[1:2]),
        (3, "term", "output", euro[2:] + b"2"),
        (4, "term", "input", euro[2:]),
    )
    data, loss = written(name, HEADER, events)
    found = [json.loads(line)[1:] for line in data.splitlines()[1:]]
    assert found == [["o", "1"], ["o", "€2"], ["i", "€"]]
    assert loss.lines() == []


@pytest.mark.parametrize("name", ["asciicast2", "asciicast3"])
def test_invalid_bytes_become_replacement_characters_and_are_said(name: str) -> None:
    events = events_of(
        (0, "term", "output", b"a\xffb"),
        (1, "term", "output", b"c\xe2\x82"),
        (2, "term", "exit", {"code": 0, "signal": None}),
    )
    data, loss = written(name, HEADER, events)
    found = [json.loads(line)[1:] for line in data.splitlines()[1:]]
    assert found[:3] == [["o", "a\ufffdb"], ["o", "c"], ["o", "\ufffd"]]
    assert "bytes that are not UTF-8 became U+FFFD (2 times)" in loss.lines()


def test_a_replacement_character_the_program_printed_is_no_loss() -> None:
    _, loss = written("asciicast2", HEADER, events_of((0, "term", "output", "\ufffd".encode())))
    assert loss.lines() == []


def test_nothing_in_a_cast_acts_on_the_terminal_that_shows_it() -> None:
    text = "\x1b]52;c;x\x07\x7f\x9b31m\u202e é 😀"
    data, _ = written("asciicast2", HEADER, events_of((0, "term", "output", text.encode())))
    assert not set(data.decode()) & {chr(c) for c in [*range(10), *range(11, 32), *range(127, 160)]}
    assert json.loads(data.splitlines()[1])[2] == text


@pytest.mark.parametrize("name", ["asciicast2", "asciicast3"])
def test_output_of_one_time_that_is_too_long_for_a_line_becomes_several(name: str) -> None:
    """Escaped, 16 MB of control characters are a line of 100 MB, which readers refuse: ours does."""
    text = "\u0001" * ((1 << 20) - 1) + "€" * 500_000  # a character is on both sides of the cut
    data, loss = written(name, HEADER, events_of((5, "term", "output", text.encode())))
    lines = [json.loads(line) for line in data.splitlines()[1:]]
    assert "".join(line[2] for line in lines) == text
    assert len(lines) == 3
    assert max(map(len, data.splitlines())) < 7 << 20
    assert loss.lines() == []
