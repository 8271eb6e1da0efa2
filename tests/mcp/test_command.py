"""What a command prints, within bounds."""

from __future__ import annotations

from agentrec.mcp.command import MAX_CHARS, as_data, run


def test_long_answers_are_cut_and_say_so():
    text = as_data("events", "line\n" * MAX_CHARS, b"")
    assert len(text) < MAX_CHARS + 500
    assert text.endswith("more characters: ask for less, such as a shorter stretch of time)")


def test_two_answers_have_different_frames():
    first, second = (as_data("ls", "x", b"").splitlines()[1] for _ in range(2))
    assert first != second


def test_an_error_is_told_as_the_user_gets_it():
    succeeded, text = run(["summary", "no-such-recording"])
    assert not succeeded
    assert text.startswith("agentrec: ")
    assert "no-such-recording" in text
