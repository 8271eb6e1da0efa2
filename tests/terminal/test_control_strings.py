"""Strings that never end: the screen, the tokenizer and the limiter agree where they are cut."""

from __future__ import annotations

import random

import pytest

from agentrec.terminal.control_strings import (
    MAX_DATA_STRING_BYTES,
    MAX_SHELL_STRING_BYTES,
    MAX_STRING_BYTES,
    StringLimiter,
    string_limit,
)
from agentrec.terminal.output.tokenizer import TEXT, Tokenizer

STRING_STARTS = [
    *(b"\x1b]0;title", b"\x1b]8;;http://a", b"\x1b]133;C;", b"\x1b]52;c;", b"\x1b]1337;File=:"),
    *(b"\x1bP", b"\x1bP$q", b"\x1bP0;1q", b"\x1b_", b"\x1b_Gi=1;", b"\x1b^", b"\x1bX"),
]
ENDS = [b"\x07", b"\x1b\\", b"\x1b[m", b"\x18", b"\x1b]0;next\x07", b"\x1b"]


@pytest.mark.parametrize(
    ("start", "limit"),
    [
        (b"\x1b]0;x", MAX_STRING_BYTES),
        (b"\x1b]133;A", MAX_SHELL_STRING_BYTES),
        (b"\x1b]52;c;AAAA", MAX_DATA_STRING_BYTES),
        (b"\x1bP0;1;0q~~", MAX_DATA_STRING_BYTES),
        (b"\x1bP+q544e", MAX_STRING_BYTES),
        (b"\x1b^52;c;", MAX_STRING_BYTES),
    ],
)
def test_limit_of_a_kind(start: bytes, limit: int) -> None:
    assert string_limit(start) == limit


def cancelled(*parts: bytes) -> bytes:
    limiter = StringLimiter()
    return b"".join(map(limiter.feed, parts))


def texts(*parts: bytes) -> bytes:
    """What the tokenizer takes for text."""
    tokenizer = Tokenizer()
    tokens = [token for part in parts for token in tokenizer.feed(part)]
    return b"".join(token.data for token in [*tokens, *tokenizer.finish()] if token.kind == TEXT)


def cut(stream: bytes, chance: random.Random) -> list[bytes]:
    near = [chance.randrange(len(stream)) for _ in range(3)] + [1, 2, len(stream) - 1]
    marks = sorted(chance.sample(near, chance.randrange(len(near))))
    return [stream[a:b] for a, b in zip([0, *marks], [*marks, len(stream)], strict=True)]


@pytest.mark.parametrize("start", STRING_STARTS)
def test_the_cut_is_where_the_limit_is(start: bytes) -> None:
    chance = random.Random(5)
    limit = string_limit(start)
    rounds = 4 if limit < MAX_DATA_STRING_BYTES else 1
    for over in (-1, 0, 1, 2, 5000) if rounds > 1 else (0, 1):
        for end in ENDS if start.startswith(b"\x1b]") else ENDS[1:]:  # BEL ends an OSC only
            string = start.ljust(limit + over, b"x")
            stream = b"a" + string + end + b"z"
            expected = stream if over <= 0 else stream[: 1 + limit] + b"\x18" + stream[1 + limit :]
            for _ in range(rounds):
                parts = cut(stream, chance)
                assert cancelled(*parts) == expected
                assert texts(*parts) == texts(expected)
                assert texts(expected).startswith(b"a" + b"x" * max(0, over))


def test_short_strings_pass_however_they_are_cut() -> None:
    chance = random.Random(7)
    stream = b"".join(b"text%s%s" % (start, end) for start in STRING_STARTS for end in ENDS)
    for _ in range(200):
        assert cancelled(*cut(stream, chance)) == stream


def test_open_within_a_string_only() -> None:
    limiter = StringLimiter()
    for data, is_open in [
        *((b"x", False), (b"\x1b", False), (b"]0;", True), (b"title", True), (b"\x1b", False)),
        *((b"P", True), (b"\x07", True), (b"\x18", False), (b"x\x1b_y\x1b\\\x1b^", True)),
    ]:
        limiter.feed(data)
        assert limiter.is_open == is_open, data
