"""Pages of text: syntax colors."""

import pytest

from agentrec.tui.draw.code_colors import MAX_COLORED_CHARS
from agentrec.tui.playback.snapshot_loader import Page
from agentrec.tui.widgets.text_page import colored


def test_colors_keep_every_line():
    text = 'def f():\n    """A\n\n    string."""\n\n    return 1\n'
    page = Page("file", "a.py", text.split("\n"))
    lines = colored(page, dark=True)
    assert ["".join(part.text for part in line) for line in lines][: len(page.lines)] == page.lines
    assert len({part.style.color for line in lines for part in line}) > 2


@pytest.mark.parametrize(
    "page",
    [
        Page("file", "plain", ["words"]),
        Page("note", "a.py", ["import os"]),
        Page("file", "a.py", ["x = 1 "] * (MAX_COLORED_CHARS // 5)),
    ],
)
def test_what_has_no_colors(page):
    assert colored(page, dark=True) is None
