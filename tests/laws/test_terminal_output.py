"""Laws of the scanner and of the sanitizer, over any output however it is cut."""

import re

from hypothesis import given
from hypothesis import strategies as st

from agentrec.terminal.output import tokenizer
from agentrec.terminal.output.sanitize import Sanitizer
from agentrec.terminal.output.tokenizer import Tokenizer
from tests.laws.test_terminal import any_speed, streams
from tests.terminal.output.test_tokenizer import joined, tokens

cuts = st.lists(st.integers(0, 400), max_size=8)
alphabet = st.lists(
    st.sampled_from([bytes([b]) for b in b"\x1b[]P\\_X^?>0;9:mhlcnqtu$ q\x07\x18\x9b\x9c\xc2x\r"])
).map(b"".join)
any_output = st.one_of(streams, alphabet, st.binary())


def pieces(stream: bytes, at: list[int]) -> list[bytes]:
    marks = sorted(min(cut, len(stream)) for cut in at)
    return [stream[a:b] for a, b in zip([0, *marks], [*marks, len(stream)], strict=True)]


@any_speed
@given(any_output, cuts)
def test_tokens_joined_are_the_input(stream: bytes, at: list[int]) -> None:
    assert b"".join(data for _, data in tokens(*pieces(stream, at))) == stream


@any_speed
@given(any_output, cuts)
def test_tokens_do_not_depend_on_cuts(stream: bytes, at: list[int]) -> None:
    assert joined(tokens(*pieces(stream, at))) == joined(tokens(stream))


# Written down a second time, from the outside: everything that may ever reach the user's terminal.
ALLOWED = re.compile(
    rb"\x1b(?:"
    rb"[78DEHM]|#[34568]|[()*+][0AB]"
    rb"|\[[0-9;:]*m|\[[0-9;]*[@A-MPSTXZ`abdefgrs]|\[u|\[4[hl]|\[[0-6]? q|\[[0-2]?\"q|\[\?[0-2]?[JK]"
    rb"|\[\?(?:(?:5|6|7|12|25|45|47|69|1047|1048|1049|2026);?)+[hl]"
    rb"|\]8;(?:id=[A-Za-z0-9_.-]+)?;(?:(?i:https?://|mailto:)[!-~]+)?\x1b\\"
    rb")\Z"
)
# Finals that ask, print, or reach the keyboard, the mouse or the window.
FORBIDDEN = re.compile(rb"\x1b\[(?:[<=>?][0-9;]*[cmnuqsrtxS]|[0-9;]*[cintxy])|\x1b\[\?[0-9;]*\$p")


@any_speed
@given(any_output, cuts)
def test_only_what_is_allowed_comes_out(stream: bytes, at: list[int]) -> None:
    sanitizer = Sanitizer()
    out = b"".join(map(sanitizer.feed, pieces(stream, at)))
    scanner = Tokenizer()
    for kind, data in [*scanner.feed(out), *scanner.finish()]:
        if kind == tokenizer.TEXT:
            assert not any(0x80 <= ord(c) < 0xA0 for c in data.decode())
        elif kind == tokenizer.C0:
            assert data in b"\b\t\n\v\f\r\x0e\x0f"
        else:
            assert ALLOWED.match(data), data
    assert not FORBIDDEN.search(out)


@any_speed
@given(any_output, cuts)
def test_sanitizing_does_not_depend_on_cuts_and_twice_is_once(stream: bytes, at: list[int]) -> None:
    sanitizer = Sanitizer()
    out = b"".join(map(sanitizer.feed, pieces(stream, at)))
    assert out == Sanitizer().feed(stream)
    assert Sanitizer().feed(out) == out
