"""asciicast v1."""

import pytest

from agentrec.errors import UsageError
from tests.export.helpers import HEADER, read, short, written


def test_v1_delays_add_up() -> None:
    text = """{
      "version": 1, "width": 100, "height": 50, "duration": 1.515658,
      "command": "/bin/zsh", "title": "", "env": {"TERM": "xterm-256color"},
      "stdout": [[0.248848, "\\u001b[1;31mHi"], [1.001376, "h\\u00e9"]]
    }"""
    header, events, _ = read("asciicast1", text.encode())
    assert header == {
        "cols": 100,
        "rows": 50,
        "command": ["/bin/zsh"],
        "env": {"TERM": "xterm-256color"},
    }
    assert short(events) == [
        (248_848_000, "output", b"\x1b[1;31mHi"),
        (1_250_224_000, "output", "hé".encode()),
    ]


def test_v1_with_a_byte_order_mark_and_a_broken_frame() -> None:
    text = (
        '\ufeff{"version": 1, "width": 80, "height": 24, "stdout": [[0.1, "hi"], [1], [0.2, "x"]]}'
    )
    _, events, notes = read("asciicast1", text.encode())
    assert short(events) == [(100_000_000, "output", b"hi"), (300_000_000, "output", b"x")]
    assert notes == ["frame 2 is not [delay, data]: left out"]


def test_v1_is_not_written() -> None:
    with pytest.raises(UsageError):
        written("asciicast1", HEADER, [])
