"""The writer that masks, with a real file behind it."""

from __future__ import annotations

import random
import time
from pathlib import Path
from typing import Any

import pytest

from agentrec.errors import FormatError, OutputError
from agentrec.recording.events import Event
from agentrec.recording.writer import Writer
from agentrec.redact.masking_writer import BURST_BYTES, HOLD_SECONDS, MaskingWriter
from fixtures.secrets import secrets
from fixtures.secrets.checks import leaks
from fixtures.secrets.planting import PLANTINGS
from tests.redact.helpers import COLS, HEADER, KEY, ROWS, read


def start(path: Path, size: tuple[int, int] = (COLS, ROWS)) -> MaskingWriter:
    writer = MaskingWriter(Writer(str(path), HEADER), size)
    writer.start()
    return writer


def shown(events: list[Event]) -> bytes:
    return b"".join(
        e.data for e in events if e.name == ("term", "output") and type(e.data) is bytes
    )


@pytest.mark.parametrize("size", [(COLS, ROWS), (40, 12)], ids=["80x24", "40x12"])
@pytest.mark.parametrize("planting", sorted(PLANTINGS))
def test_the_corpus(
    planting: str, size: tuple[int, int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every secret, one after the other, in one recording, cut into windows by its size alone.

    How long a busy machine takes to draw one is not what is tested here.
    """
    monkeypatch.setattr("agentrec.redact.masking_writer.HOLD_SECONDS", 60)
    path = tmp_path / "r.ahr"
    writer = start(path, size)
    dice = random.Random(planting)
    t = 0
    for number, secret in enumerate(secrets()):
        writer.event(t, "test", "planted", {"number": number})
        for piece in PLANTINGS[planting](secret.text, *size, dice):
            t += 1000
            writer.output(t, piece)
        writer.output(t, b"\x1b[0m\r\n")
    writer.close()
    assert writer.failure is None
    events = read(path)
    starts = [e.seq for e in events if e.track == "test"] + [len(events)]
    assert len(starts) == len(secrets()) + 1
    for secret, begin, end in zip(secrets(), starts, starts[1:], strict=False):
        assert not leaks(secret, shown(events[begin:end]), *size), secret.kind
    whole = shown(events)
    assert not [secret.kind for secret in secrets() if secret.needles[-1].encode() in whole]


def test_what_was_masked_is_told_by_rule_and_place(tmp_path: Path) -> None:
    path = tmp_path / "r.ahr"
    writer = start(path)
    writer.output(1000, b"nothing\r\n")
    writer.output(2000, f"{KEY.text}\r\n".encode())
    seq = writer.event(3000, "mark", "moment", {"label": f"see {KEY.text}", "source": "cli"})
    writer.close()
    events = read(path)
    assert seq == 2
    assert events[2].data == {"label": "see ***", "source": "cli"}
    told = [event.data for event in events if event.track == "guard"]
    assert {"rule": "github-token", "where": "terminal", "seq": 1, "count": 1} in told
    assert {"rule": "github-token", "where": "event", "seq": 2, "count": 1} in told
    assert KEY.needles[0] not in repr(events)


def test_a_repainted_secret_is_told_once(tmp_path: Path) -> None:
    path = tmp_path / "r.ahr"
    writer = start(path)
    for t in range(50):
        writer.output(t * 1000, f"\x1b[H{KEY.text}".encode())
    writer.close()
    assert [event.track for event in read(path)].count("guard") == 1


def test_everything_else_is_as_without_it(tmp_path: Path) -> None:
    dice = random.Random(3)
    plain, masked = tmp_path / "plain.ahr", tmp_path / "masked.ahr"
    with_masks, without = start(masked), Writer(str(plain), HEADER)
    without.start()
    writers: tuple[Any, Any] = (with_masks, without)
    for t in range(2000):
        kind = dice.randrange(20)
        data = dice.randbytes(dice.randrange(1, 300))
        for writer in writers:
            if kind == 0:
                writer.resize(t * 1000, 80 + t % 7, 24)
            elif kind == 1:
                writer.event(t * 1000, "tool", "call", {"n": t}, span="s", actor="a")
            elif kind == 2:
                writer.input(t * 1000, data[:5])
            else:
                writer.output(t * 1000, data)
    for writer in writers:
        writer.close()
    assert read(masked) == read(plain)


def test_input_is_masked_as_it_was_edited(tmp_path: Path) -> None:
    path = tmp_path / "r.ahr"
    writer = start(path)
    needle = KEY.needles[0]
    for t, char in enumerate(f"{needle[:20]}#\x7f{needle[20:]}\r"):
        writer.input(t, char.encode())
    writer.close()
    typed = b"".join(
        e.data for e in read(path) if e.name == ("term", "input") and type(e.data) is bytes
    )
    assert needle[:20].encode() not in typed
    assert typed.count(b"*") >= len(needle)


@pytest.mark.parametrize(
    "start_of_string", [b"\x1b]0;x", b"\x1b]52;c;", b"\x1bP", b"\x1b_", b"\x1b^"]
)
@pytest.mark.parametrize("size", [0, 5_000, 100_000])
def test_a_string_that_never_ends_hides_no_secret(
    start_of_string: bytes, size: int, tmp_path: Path
) -> None:
    path = tmp_path / "r.ahr"
    writer = start(path)
    text = b"\r\n" + b"some text\r\n" * (size // 11) + KEY.text.encode() + b"\r\n"
    writer.output(1, start_of_string)
    for n in range(0, len(text), 1000):
        writer.output(2 + n, text[n : n + 1000])
    time.sleep(3 * HOLD_SECONDS)  # held for no longer, so it is written now
    writer.close()
    assert KEY.needles[-1].encode() not in shown(read(path))


def test_nothing_waits_long(tmp_path: Path) -> None:
    path = tmp_path / "r.ahr"
    writer = start(path)
    writer.output(1, b"hello\r\n")
    deadline = time.monotonic() + 20
    while writer.written == 0 and time.monotonic() < deadline:
        time.sleep(0.01)
    assert writer.written  # without another byte, flush or close
    writer.close()


def test_flush_brings_everything_to_the_file(tmp_path: Path) -> None:
    path = tmp_path / "r.ahr"
    writer = start(path)
    writer.output(1, b"hello\r\n")
    writer.flush()
    assert writer.pending == 0
    assert writer.written == 7
    writer.close()


def test_a_burst_is_passed_on_while_it_lasts(tmp_path: Path) -> None:
    writer = start(tmp_path / "r.ahr")
    line = b"one of many lines of a long build log, without anything in it\r\n"
    most = 0
    for t in range(3000):
        writer.output(t, line * 64)
        most = max(most, writer.pending)
        while writer.pending > 16 * BURST_BYTES:
            time.sleep(0.001)
    writer.close()
    assert len(shown(read(tmp_path / "r.ahr"))) == 3000 * 64 * len(line)
    assert most < 20 * BURST_BYTES


def test_events_that_no_recording_can_hold_are_refused_at_once(tmp_path: Path) -> None:
    writer = start(tmp_path / "r.ahr")
    with pytest.raises(FormatError):
        writer.event(1, "tool", "call", {"x": float("nan")})
    with pytest.raises(OutputError):
        writer.event(1, "tool", "call", {"x": "y" * (17 << 20)})
    assert writer.event(1, "tool", "call", {}) == 0
    writer.close()
    assert len(read(tmp_path / "r.ahr")) == 1


def test_close_without_start(tmp_path: Path) -> None:
    writer = MaskingWriter(Writer(str(tmp_path / "r.ahr"), HEADER), (COLS, ROWS))
    writer.close(compact=False)
    assert read(tmp_path / "r.ahr") == []
