"""The list of transactions, and what changed in one."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.snapshots.helpers import fill
from tests.transactions.helpers import Shop
from tests.web.serving import TOKEN, Serving
from tests.web_page.browser import DESKTOP, SMALL_PHONE, watched


@pytest.mark.parametrize("size", [DESKTOP, SMALL_PHONE], ids=["desktop", "phone"])
def test_savepoints_and_changes(
    browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: dict[str, int]
) -> None:
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    shop = Shop(tmp_path)
    transaction, tree = shop.begin("fix")
    fill(tree, {"a": "two\n", f"{'long' * 20}/{'name' * 20}": "n\n"})
    transaction.savepoint("<b>green</b>")
    shop.begin("given-up")[0].abort()
    (tmp_path / "none").mkdir()
    with (
        Serving(tmp_path / "none", env=shop.env) as server,
        watched(browser, viewport=size) as page,
    ):
        page.goto(f"http://{server.host}/?token={TOKEN}")
        page.get_by_role("link", name="Transactions").click()
        items = page.locator(".transactions > li")
        expect(items).to_have_count(1)
        expect(items.first).to_contain_text("fix open")
        expect(items.locator("ol")).to_contain_text("1 <b>green</b>")
        items.locator("summary").first.click()
        expect(items).to_contain_text("+two")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        page.get_by_role("checkbox").check()
        expect(items).to_have_count(2)
        expect(page.locator(".badge.bad")).to_have_text("aborted")
