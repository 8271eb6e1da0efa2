"""Characters stand in their columns, whatever a font makes of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from agentrec.terminal.engine.screen import Screen
from tests.library.helpers import ended, make, shown
from tests.web_page.browser import on_screen, watched
from tests.web_page.test_exported import export

ROW = (
    "a\u2502 \U0001f469\u200d\U0001f4bb \u2764\ufe0f\u2502 \U0001f1e9\U0001f1ea "
    "\u0915\u093f \uac00\u2502\u00ad e\u0301 end"
)
# Where each of these is in the row, in cells.
COLUMNS = """wanted => {
    const line = document.querySelector('.line');
    const width = document.querySelector('.screen').getBoundingClientRect().width / 60;
    const walker = document.createTreeWalker(line, NodeFilter.SHOW_TEXT);
    const found = [];
    for (let node = walker.nextNode(); node; node = walker.nextNode())
        [...node.data].reduce((at, char) => {
            if (wanted.includes(char)) {
                const range = document.createRange();
                range.setStart(node, at);
                range.setEnd(node, at + char.length);
                found.push([char, range.getBoundingClientRect().left - line.getBoundingClientRect().left]);
            }
            return at + char.length;
        }, 0);
    return found.map(([char, left]) => [char, left / width]);
}"""


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    with watched(browser, offline=True) as found:
        yield found


def test_odd_clusters_move_nothing(page: Page, tmp_path: Path) -> None:
    path = make(str(tmp_path / "r.ahr"), shown(0, ROW), ended(2), cols=60, rows=3)
    page.goto(export(path, tmp_path / "r.html") + "#t=1")
    on_screen(page, "end")
    screen = Screen(60, 3)
    screen.feed(ROW.encode())
    wanted, column = [], 0
    for run in screen.row(0):
        each = run.width // len(run.text) if len(run.text) in (run.width, run.width // 2) else 0
        for char in run.text:
            if char in "a\u2502nd":
                wanted.append((char, column))
            column += each
        column += 0 if each else run.width
    found = page.evaluate(COLUMNS, "a\u2502nd")
    assert [char for char, _ in found] == [char for char, _ in wanted]
    for (_, left), (_, right) in zip(found, wanted, strict=True):
        assert abs(left - right) < 0.1
