"""Whether a bell may ring now."""

from __future__ import annotations

import pytest

from agentrec.capture.io.open_string import MAX_STRING_BYTES, OpenString


@pytest.mark.parametrize(
    ("shown", "is_open"),
    [
        ([b"text"], False),
        ([b"\x1b]0;title"], True),
        ([b"\x1b]0;title\x07"], False),
        ([b"\x1b]0;title\x1b\\"], False),
        ([b"\x1b]0;title", b"more", b"\x07"], False),
        ([b"\x1b", b"]0;title"], True),
        ([b"\x1bPdata \x07"], True),
        ([b"\x1bPdata", b"\x1b", b"\\"], False),
        ([b"\x1b_data\x18"], False),
        ([b"\x1b^never ended \x1b[31mred"], False),
        ([b"\x1bXnever ended", b"\x1b[m", b"text"], False),
        ([b"\x1b[31m\x1b]0;title"], True),
        ([b"\x1b]0;never ended", b"x" * MAX_STRING_BYTES], False),
    ],
)
def test_open_string(shown: list[bytes], is_open: bool) -> None:
    string = OpenString()
    for data in shown:
        string.feed(data)
    assert string.is_open == is_open
