"""Finding secrets by what the terminal shows: how much work a few bytes can cause."""

from __future__ import annotations

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
