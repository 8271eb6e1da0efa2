"""The prefix key, as a table of what is typed and what comes of it."""

from __future__ import annotations

import pytest

from agentrec.capture.prefix_key import MARK, PAUSE, TIMEOUT_NS, PrefixKey, parse
from agentrec.errors import UsageError

BACKSLASH = 0x1C


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("ctrl-\\", 0x1C),
        ("Ctrl-A", 1),
        ("^]", 0x1D),
        ("ctrl-_", 0x1F),
        ("none", None),
        (" NONE ", None),
    ],
)
def test_names_of_keys(name: str, key: int | None) -> None:
    assert parse(name) == key


@pytest.mark.parametrize("name", ["", "a", "ctrl-", "ctrl-m", "ctrl-[", "ctrl-ab", "ctrl-1", "f1"])
def test_names_that_are_no_keys(name: str) -> None:
    with pytest.raises(UsageError, match="prefix key"):
        parse(name)


@pytest.mark.parametrize(
    ("reads", "forwarded", "marks"),
    [
        ([b"a"], b"a", 0),
        ([b"\x1c", b"m"], b"", 1),
        ([b"\x1cm"], b"", 1),
        ([b"\x1c", b"\x1c"], b"\x1c", 0),
        ([b"\x1c", b"x"], b"\x1cx", 0),
        ([b"\x1c", b"m", b"m"], b"m", 1),
        ([b"\x1b[92;5u", b"m"], b"", 1),
        ([b"\x1b[92;5u", b"\x1b[109u"], b"", 1),
        ([b"\x1b[27;5;92~", b"m"], b"", 1),
        ([b"\x1b[92;5u", b"\x1b[92;5u"], b"\x1b[92;5u", 0),
        ([b"\x1b[92;5u", b"\x1b[A"], b"\x1b[92;5u\x1b[A", 0),
        ([b"text \x1cm in a paste"], b"text \x1cm in a paste", 0),
        ([b"\x1b[200~\x1c\x1b[201~"], b"\x1b[200~\x1c\x1b[201~", 0),
        ([b"\x1cmore"], b"\x1cmore", 0),
    ],
)
def test_what_reaches_the_child(reads: list[bytes], forwarded: bytes, marks: int) -> None:
    prefix = PrefixKey(BACKSLASH)
    passed, actions = zip(*(prefix.feed(data, 0) for data in reads), strict=True)
    assert b"".join(passed) == forwarded
    assert actions.count(MARK) == marks
    assert prefix.deadline is None


@pytest.mark.parametrize("reads", [[b"\x1c", b"p"], [b"\x1cp"], [b"\x1b[92;5u", b"\x1b[112u"]])
def test_the_key_that_pauses(reads: list[bytes]) -> None:
    prefix = PrefixKey(BACKSLASH)
    assert [prefix.feed(data, 0) for data in reads][-1] == (b"", PAUSE)


def test_held_prefix_is_let_go_in_time() -> None:
    prefix = PrefixKey(BACKSLASH)
    assert prefix.feed(b"\x1c", 5) == (b"", None)
    assert prefix.deadline == 5 + TIMEOUT_NS
    assert [prefix.release(t + TIMEOUT_NS) for t in (4, 5, 6)] == [b"", b"\x1c", b""]


def test_no_prefix_key_passes_everything() -> None:
    assert PrefixKey(None).feed(b"\x1cm", 0) == (b"\x1cm", None)
