"""What was on screen, and when."""

from agentrec.library.index import screen_text as module
from agentrec.library.index.screen_text import ScreenText
from agentrec.recording.events import Event

FOREVER = 1 << 63


def lines(found):
    """``(seconds, text)`` of every line of all entries."""
    return [
        ((entry.t + offset * 1_000_000) / 1e9, text)
        for entry in found
        for offset, text in zip(entry.offsets, entry.text.split("\n"), strict=True)
    ]


def played(*told, tail=FOREVER):
    it = ScreenText((20, 5), tail)
    for seq, (seconds, data) in enumerate(told):
        kind = "output" if isinstance(data, bytes) else "resize"
        it.feed(Event(seq, round(seconds * 1e9), "term", kind, data))
    return it


def test_lines_with_their_times():
    it = played((1, b"one\r\n"), (2, b"\x1b[31mt\x1b[1mwo\x1b[m\r\n"), (3, b"\x1b[2Jthree"))
    assert lines(it.items()) == [(1, "one"), (2, "two"), (3, "three")]


def test_a_resize_between():
    it = played((1, b"a\r\n"), (2, {"cols": 40, "rows": 5}), (3, b"x" * 30))
    assert [text for _, text in lines(it.items())] == ["a", "x" * 30]


def test_blocks_are_small():
    it = played((1, b"\r\n".join(b"line %d" % at for at in range(1000))))
    found = it.items()
    assert len(found) >= 25
    assert all(entry.text.count("\n") < 40 for entry in found)
    assert [text for _, text in lines(found)] == [f"line {at}" for at in range(1000)]


def test_of_very_much_output_the_ends(monkeypatch):
    monkeypatch.setattr(module, "HEAD_BYTES", 1000)
    told = [(at, b"line %d\r\n" % at) for at in range(500)]
    it = played(*told, tail=490 * 1_000_000_000)
    texts = [text for _, text in lines(it.items())]
    assert texts[0] == "line 0"
    assert texts[-10:] == [f"line {at}" for at in range(490, 500)]
    assert 100 < len(texts) < 130
    assert it.skipped_bytes > 3000


def test_of_very_much_text_the_ends(monkeypatch):
    monkeypatch.setattr(module, "HEAD_CHARS", 300_000)
    monkeypatch.setattr(module, "TAIL_CHARS", 100_000)
    told = [(at, b"%08d " % at * 100 + b"\r\n") for at in range(2000)]
    it = ScreenText((1000, 5), 1990 * 1_000_000_000)
    for seq, (seconds, data) in enumerate(told):
        it.feed(Event(seq, seconds * 1_000_000_000, "term", "output", data))
    found = it.items()
    assert found[0].text.startswith("00000000")
    assert found[-1].text.rstrip().endswith("00001999")
    assert sum(len(entry.text) for entry in found) < module.HEAD_CHARS + module.TAIL_CHARS
    assert it.skipped_bytes > 1_000_000


def test_a_long_line_is_whole():
    words = [f"word{at}" for at in range(3000)]
    it = played((1, " ".join(words).encode() + b"\r\n"))
    texts = " ".join(text for _, text in lines(it.items()))
    assert set(words) <= set(texts.split())


def test_nothing_shown():
    assert ScreenText((80, 24), FOREVER).items() == []
