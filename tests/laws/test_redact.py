"""Laws of redaction: a planted secret is nowhere in what is written, however it was shown."""

from __future__ import annotations

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from agentrec.recording.events import Event
from agentrec.redact.masked_stream import MaskedStream
from agentrec.redact.screen.mask import Spans
from agentrec.redact.screen.output_screen import OutputScreen
from agentrec.redact.screen.screen_model import WIDE_TAIL
from agentrec.redact.two_pass import TwoPassRedaction
from agentrec.terminal.engine.screen import Screen
from fixtures.secrets import Secret, secrets
from fixtures.secrets.checks import leaks
from fixtures.secrets.planting import PLANTINGS

COLS, ROWS = 80, 24
any_speed = settings(deadline=None)

# What programs send, in forms in which terminals agree; origin mode, for one, they read differently.
PIECES = [
    *(b"a", b"hello ", b"a longer text that wraps", b"\r\n", b"\n", b"\r", b"\t", b"\x08", b"\x0b"),
    *(b"\x1b[2J", b"\x1b[J", b"\x1b[1J", b"\x1b[K", b"\x1b[1K", b"\x1b[2K", b"\x1b[3X", b"\x1b[H"),
    *(b"\x1b[3;4H", b"\x1b[2A", b"\x1b[3B", b"\x1b[9C", b"\x1b[4D", b"\x1b[2E", b"\x1b[F"),
    *(b"\x1b[7G", b"\x1b[3d", b"\x1b[99;99H", b"\x1b[2;4r", b"\x1b[r", b"\x1b[2L", b"\x1b[M"),
    *(
        b"\x1b[3P",
        b"\x1b[2@",
        b"\x1b[2S",
        b"\x1b[T",
        b"\x1bM",
        b"\x1bD",
        b"\x1bE",
        b"\x1b7",
        b"\x1b8",
    ),
    *(b"\x1b[?1049h", b"\x1b[?1049l", b"\x1b[?47h", b"\x1b[?47l", b"\x1b[?1047h", b"\x1b[?1047l"),
    *(b"\x1bc", b"\x1b[?7l", b"\x1b[?7h", b"\x1b[4h", b"\x1b[4l", b"\x1b[5b", b"\x1b[s", b"\x1b[u"),
    *(b"\x1bH", b"\x1b[0g", b"\x1b[3g", b"\x1b[2I", b"\x1b#8", b"\x1b[31m", b"\x1b]0;title\x07"),
    *("é".encode(), "─│".encode()),
]
planted = st.tuples(
    st.sampled_from(secrets()),
    st.sampled_from(sorted(PLANTINGS)),
    st.randoms(use_true_random=False),
)


@settings(deadline=None, max_examples=300)
@given(st.lists(st.sampled_from(PIECES), max_size=25), st.data())
def test_the_screen__shows_what_the_terminal_shows(
    pieces: list[bytes], data: st.DataObject
) -> None:
    screen_ = OutputScreen(12, 5, lambda: None, lambda _data, _offset: None)
    screen = Screen(12, 5, 100)
    stream = b"".join(pieces)
    cut = data.draw(st.integers(0, len(stream)))
    for part in (stream[:cut], stream[cut:]):
        screen_.feed(part)
    screen.feed(stream)
    shown = ["".join(row.chars).replace(WIDE_TAIL, "").rstrip() for row in screen_.rows]
    assert shown == screen.rows_text()
    assert (screen_.x, screen_.y) == screen.cursor[:2]


@settings(deadline=None, max_examples=300)
@given(st.lists(st.sampled_from(PIECES), max_size=25))
def test_every_cell_knows_the_byte_that_drew_it(pieces: list[bytes]) -> None:
    stream = b"".join(pieces)
    screen_ = OutputScreen(12, 5, lambda: None, lambda _data, _offset: None)
    screen_.feed(stream)
    for row in screen_.rows:
        for char, origin in zip(row.chars, row.origins, strict=True):
            if origin >= 0 and char != WIDE_TAIL:
                assert stream[origin:].startswith(char.encode())


@any_speed
@given(planted, st.sampled_from([(80, 24), (120, 40), (37, 10), (20, 8)]), st.data())
def test_no_secret_is_left_in_an_export_however_it_is_cut(
    what: tuple[Secret, str, random.Random], size: tuple[int, int], data: st.DataObject
) -> None:
    secret, planting, dice = what
    above = b"x" * data.draw(st.integers(0, size[0])) + b"\r\n"
    whole = above + b"".join(PLANTINGS[planting](secret.text, *size, dice))
    assert leaks(secret, whole, *size)  # else it proves nothing
    cuts = sorted(data.draw(st.lists(st.integers(0, len(whole)), max_size=20)))
    events = [
        Event(n, n, "term", "output", whole[start:stop])
        for n, (start, stop) in enumerate(zip([0, *cuts], [*cuts, len(whole)], strict=True))
    ]
    masked = TwoPassRedaction(lambda: events, size).events(events, report=False)
    assert not leaks(secret, b"".join(event.data for event in masked), *size)


@any_speed
@given(planted, st.integers(0, 3))
def test_no_secret_is_left_when_recorded_whole_between_other_output(
    what: tuple[Secret, str, random.Random], noise: int
) -> None:
    secret, planting, dice = what
    pieces = PLANTINGS[planting](secret.text, COLS, ROWS, dice)
    around = [b"\r\nsome other line"] * noise + [b"\r\n"]
    shown = _recorded([around, pieces, around])
    assert not leaks(secret, shown, COLS, ROWS)


@any_speed
@given(st.sampled_from(secrets()))
def test_a_secret_typed_slowly_is_masked_from_its_beginning_on(secret: Secret) -> None:
    text = secret.text.replace("\n", "\r\n") + "\r\n"
    shown = _recorded([[char.encode()] for char in text])
    # What its issuer puts at the beginning of all is no secret, and all one can know it by.
    tails = secret._replace(needles=tuple(n[16:] or n for n in secret.needles))
    assert not leaks(tails, shown, COLS, ROWS)


@any_speed
@given(st.text(), st.data())
def test_a_mask_covers_just_its_cells(text: str, data: st.DataObject) -> None:
    raw = text.encode("utf-8", "surrogatepass")
    start = data.draw(st.integers(0, len(raw)))
    stop = data.draw(st.integers(start, len(raw)))
    masked = Spans([(100 + start, 100 + stop)]).mask(raw, 100)
    assert masked.startswith(raw[:start])
    assert masked.endswith(raw[stop + 3 :])
    assert Spans(()).mask(raw, 100) is raw


def _recorded(windows: list[list[bytes]]) -> bytes:
    """What is written when each window has been seen as a whole before any of it is written."""
    stream = MaskedStream("terminal", COLS, ROWS)
    written = b""
    for window in windows:
        pieces = [(stream.append(piece), piece) for piece in window]
        stream.scan()
        stream.mark_until(pieces[-1][0] + len(pieces[-1][1]))
        written += b"".join(stream.mask(piece, at) for at, piece in pieces)
        stream.forget()
    return written
