"""The escape sequence tokenizer."""

import pytest

from agentrec.terminal.output import tokenizer as scan
from agentrec.terminal.output.tokenizer import Token, Tokenizer


def tokens(*parts: bytes) -> list[tuple[str, bytes]]:
    scanner = Tokenizer()
    found = [tuple(token) for part in parts for token in scanner.feed(part)]
    return found + [tuple(token) for token in scanner.finish()]


@pytest.mark.parametrize(
    ("kind", "sequence"),
    [
        ("text", b"hello"),
        ("text", "grün 漢".encode()),
        ("text", b"\x9b31m"),  # an 8-bit CSI is text to a UTF-8 terminal
        ("c0", b"\r"),
        ("c0", b"\x7f"),
        ("c0", b"\x18"),
        ("csi", b"\x1b[m"),
        ("csi", b"\x1b[38:2::1:2:3;4m"),
        ("csi", b"\x1b[?2026$p"),
        ("csi", b"\x1b[2 q"),
        ("csi", b"\x1b[>4;1m"),
        ("osc", b"\x1b]0;title\x07"),
        ("osc", b"\x1b]8;;http://a\x1b\\"),
        ("osc", b"\x1b]0;caf\xc3\xa9 \x9c\x07"),
        ("dcs", b"\x1bP+q544e\x1b\\"),
        ("dcs", b"\x1bPbell \x07 inside\x1b\\"),
        ("apc", b"\x1b_Gi=1;AAAA\x1b\\"),
        ("pm", b"\x1b^x\x1b\\"),
        ("sos", b"\x1bXx\x1b\\"),
        ("esc", b"\x1b7"),
        ("esc", b"\x1b(0"),
        ("esc", b"\x1b#8"),
        ("esc", b"\x1b\\"),
        ("esc", b"\x1b%G"),
        ("bad", b"\x1b["),
        ("bad", b"\x1b]0;never ended"),
        ("bad", b"\x1bP"),
        ("bad", b"\x1b"),
    ],
)
def test_one_sequence(kind: str, sequence: bytes) -> None:
    assert tokens(sequence) == [(kind, sequence)]


def test_a_stream() -> None:
    assert tokens(b"a\x1b[1mb\r\n") == [
        ("text", b"a"),
        ("csi", b"\x1b[1m"),
        ("text", b"b"),
        ("c0", b"\r"),
        ("c0", b"\n"),
    ]


@pytest.mark.parametrize(
    ("stream", "expected"),
    [
        (b"\x1b[12\x1b[m", [("bad", b"\x1b[12"), ("csi", b"\x1b[m")]),
        (b"\x1b[1\x18x", [("bad", b"\x1b[1"), ("c0", b"\x18"), ("text", b"x")]),
        (b"\x1b]0;a\x1bcb", [("bad", b"\x1b]0;a"), ("esc", b"\x1bc"), ("text", b"b")]),
        (b"\x1bPa\x1ab", [("bad", b"\x1bPa"), ("c0", b"\x1a"), ("text", b"b")]),
        (b"\x1b\x1b7", [("bad", b"\x1b"), ("esc", b"\x1b7")]),
        (b"\x1b[1\xe6\xbc\xa2", [("bad", b"\x1b[1"), ("text", "漢".encode())]),
        (b"\x1b[1 2m", [("bad", b"\x1b[1 "), ("text", b"2m")]),
    ],
)
def test_sequences_cut_short(stream: bytes, expected: list[tuple[str, bytes]]) -> None:
    assert tokens(stream) == expected


def test_an_unfinished_sequence_waits_for_the_rest() -> None:
    scanner = Tokenizer()
    assert list(scanner.feed(b"x\x1b[3")) == [Token("text", b"x")]
    assert list(scanner.feed(b"1")) == []
    assert list(scanner.feed(b"m")) == [Token("csi", b"\x1b[31m")]


def test_long_strings_are_passed_on_in_pieces_and_memory_stays_bounded() -> None:
    scanner = Tokenizer()
    body = b"\x1b]52;c;" + b"A" * 1_000_000
    kinds, held, out = set(), 0, b""
    for start in range(0, len(body), 4095):
        for token in scanner.feed(body[start : start + 4095]):
            kinds.add(token.kind)
            out += token.data
        held = max(held, len(scanner._carry))
    for token in [*scanner.feed(b"\x1b"), *scanner.feed(b"\\after"), *scanner.finish()]:
        kinds.add(token.kind)
        out += token.data
    assert kinds == {"overlong", "text"}
    assert held <= scan.MAX_SEQUENCE_BYTES
    assert out == body + b"\x1b\\after"


@pytest.mark.parametrize("end", [b"\x1b\\", b"\x07", b"\x18", b"\x1b[m"])
def test_long_or_not_does_not_depend_on_how_it_is_cut(end: bytes) -> None:
    for size in range(scan.MAX_SEQUENCE_BYTES - 4, scan.MAX_SEQUENCE_BYTES + 4):
        stream = b"\x1b]" + b"x" * size + end + b"y"
        whole = tokens(stream)
        for cut in (1, 2, 100, size, size + 1, size + 2, size + 3, len(stream) - 1):
            assert joined(tokens(stream[:cut], stream[cut:])) == joined(whole)


def joined(found: list[tuple[str, bytes]]) -> list[tuple[str, bytes]]:
    """Neighbouring pieces of text, and of one overlong sequence, put together."""
    out: list[tuple[str, bytes]] = []
    for kind, data in found:
        if out and kind == out[-1][0] and kind in ("text", "overlong"):
            out[-1] = (kind, out[-1][1] + data)
        else:
            out.append((kind, data))
    return out
