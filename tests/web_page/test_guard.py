"""Findings, limits and transactions in the player of the page and of an exported file."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.library.helpers import ended, make, shown
from tests.web.serving import TOKEN, Serving
from tests.web_page.browser import watched
from tests.web_page.test_exported import export

CONFLICT = {"id": "t1", "base": "main", "action": "conflict"}


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> str:
    found = {"level": "error", "rule": "secret", "path": "k.py", "line": 3, "text": "a key"}
    return make(
        str(tmp_path_factory.mktemp("guard") / "a.ahr"),
        shown(0, "hello\r\n"),
        (1, "guard", "finding", found),
        (
            2,
            "mark",
            "moment",
            {"label": "not committed", "status": "failed", "transaction": CONFLICT},
        ),
        (3, "guard", "limit", {"text": "cost $2 (--max-cost 1)"}),
        (4, "guard", "decision", {"text": "cost $2 (--max-cost 1)", "action": "ended"}),
        ended(9, 0),
        id="guarded",
    )


def check(page: Page) -> None:
    story = page.locator(".story li")
    expect(story.nth(0)).to_contain_text("guard: secret k.py:3: a key")
    expect(story.nth(1)).to_contain_text("limit reached cost $2 (--max-cost 1)")
    expect(story.nth(2)).to_contain_text("ended cost $2 (--max-cost 1)")
    expect(page.locator(".mark.error")).to_have_count(2)
    expect(page.locator(".mark.moment.bad")).to_have_count(1)


def test_of_the_page(browser: Browser, recording: str) -> None:
    with Serving(Path(recording).parent) as server, watched(browser) as page:
        page.goto(f"http://{server.host}/?token={TOKEN}")
        page.wait_for_selector(".session")
        page.goto(f"http://{server.host}/#/r/guarded")
        check(page)


def test_of_an_exported_file(browser: Browser, recording: str, tmp_path: Path) -> None:
    with watched(browser, offline=True) as page:
        page.goto(export(recording, tmp_path / "a.html"))
        check(page)
