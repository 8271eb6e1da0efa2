"""Laws of the transcript: what stood on the screen long enough to be read is in it."""

import codecs

from hypothesis import given
from hypothesis import strategies as st

from agentrec.terminal.engine.screen import Screen
from agentrec.terminal.screen_lines import TimedLine
from agentrec.terminal.screen_transcript import ScreenTranscript
from tests.laws.test_terminal import any_speed, streams

SECOND = 1_000_000_000


@any_speed
@given(st.lists(streams, min_size=1, max_size=6))
def test_every_line_that_could_be_read_is_given_out(steps: list[bytes]) -> None:
    screen, transcript = Screen(20, 5), ScreenTranscript(20, 5)
    shown: list[str] = []
    out: list[TimedLine] = []
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    for number, step in enumerate(steps):
        screen.feed(step)
        out += transcript.feed(number * 3 * SECOND, step)
        # A broken character may still wait with the unfinished sequence that broke it, and an
        # unfinished one is not drawn yet: it takes its place over what stood there.
        decoder.decode(step)
        if decoder.getstate()[0]:
            continue
        shown += [row for row in screen.rows_text() if "\ufffd" not in row]
    out += transcript.finish(len(steps) * 3 * SECOND)
    text = "\n".join(line for _, line in out)
    for row in shown:
        assert row in text


words = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=60)


@any_speed
@given(st.lists(words, max_size=40), st.data())
def test_a_log_comes_out_line_by_line(lines: list[str], data: st.DataObject) -> None:
    stream = "".join(f"{line}\r\n" for line in lines).encode()
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=6)))
    transcript = ScreenTranscript(20, 5)
    out: list[TimedLine] = []
    for start, stop in zip([0, *cuts], [*cuts, len(stream)], strict=True):
        out += transcript.feed(start * SECOND, stream[start:stop])
    out += transcript.finish(len(stream) * SECOND)
    assert [text for _, text in out] == lines
