"""Finding secrets by what the terminal shows: how much work a few bytes can cause."""

from __future__ import annotations

import time

import pytest

from agentrec.redact.screen import masker
from agentrec.redact.screen.masker import Masker

# A few bytes each that repaint, erase, fill or scroll much.
AMPLIFIERS = {
    "repeat": b"\x1b[99999b",
    "repeat from the top": b"\x1b[H\x1b[99999b",
    "repeat a row": b"x\x1b[80b",
    "erase": b"x\x1b[2J",
    "scroll": b"x\x1b[24S",
    "insert lines": b"\x1b[Hx\x1b[24L",
    "fill": b"\x1b#8",
    "alternate": b"\x1b[?1049hx\x1b[?1049l",
    "return": b"\rx",
    "title": b"\x1b]0;x\x07",
    "insert": b"key: x\x1b[5@",
}
MAX_CHARS_PER_BYTE = 200


@pytest.mark.parametrize("size", [(80, 24), (1000, 60)], ids=["80x24", "1000x60"])
@pytest.mark.parametrize("name", AMPLIFIERS)
def test_work_is_bounded_by_bytes(
    name: str, size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    searched = 0
    find = masker.find_secrets

    def counting(text: str) -> list[masker.SecretMatch]:
        nonlocal searched
        searched += len(text)
        return find(text)

    monkeypatch.setattr(masker, "find_secrets", counting)
    data = b"some text on the screen " * 40 + AMPLIFIERS[name] * 2000
    screen = Masker(*size)
    screen.feed(data)
    screen.scan()
    assert searched < MAX_CHARS_PER_BYTE * len(data)


@pytest.mark.parametrize(
    ("unit", "times"),
    [(b"key: x\x1b[5@", 250), (b"password=", 60)],
    ids=["inserted", "names"],
)
def test_no_byte_causes_much_more_work_than_others(unit: bytes, times: int) -> None:
    assert cost(unit) < times * cost(b"word \x1b[31mred\x1b[0m ")


def cost(unit: bytes) -> float:
    """Seconds of the processor for 12 KiB of ``unit``, searched in pieces."""
    data = (unit * (12 << 10))[: 12 << 10]
    masker = Masker(120, 40)
    begin = time.process_time()
    for at in range(0, len(data), 2048):
        masker.feed(data[at : at + 2048])
        masker.scan()
        masker.scan_unfinished(at + 2048)
    return time.process_time() - begin
