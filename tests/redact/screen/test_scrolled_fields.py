"""What went through a narrow field, by what its row showed."""

from __future__ import annotations

import pytest

from agentrec.redact.screen.screen_model import ScreenRow
from agentrec.redact.screen.scrolled_fields import ScrolledFields

TEXT = "the quick brown fox jumps over it"


def through(states: list[str]) -> str:
    fields, last = ScrolledFields(), ""
    for state in states:
        row = ScreenRow(40)
        row.chars[: len(state)] = state
        row.used = len(state)
        if field := fields.scroll(0, row):
            last = field.through
            assert field.start == 2  # after the prompt
    return last


@pytest.mark.parametrize("step", [1, 3])
def test_a_field_that_scrolls(step: int) -> None:
    states = [f"> {TEXT[at : at + 12]}" for at in range(0, len(TEXT) - 11, step)]
    assert through(states) == f"> {TEXT}"


def test_what_is_erased_before_it_is_written_again() -> None:
    states = [state for at in range(10) for state in (f"> {TEXT[at : at + 12]}", "> ")]
    assert through(states) == f"> {TEXT[:21]}"


def test_other_text_does_not_scroll() -> None:
    assert through(["one line of text", "and another line", "then a third one"]) == ""
