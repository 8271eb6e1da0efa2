"""What can be done without a keyboard, and the address of what is shown."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, StorageState, expect

from tests.library.helpers import ended, make, shown
from tests.web.serving import Serving
from tests.web_page.browser import SMALL_PHONE, gone_to, on_screen, open_at, watched
from tests.web_page.made import Library, Served
from tests.web_page.test_exported import export

pytestmark = pytest.mark.agents


def test_a_phone_can_branch_mark_note_search_and_share(
    browser: Browser, door: StorageState, recordings: Library, served: Served
) -> None:
    given = {"permissions": ["clipboard-read", "clipboard-write"], "has_touch": True}
    with watched(browser, storage_state=door, viewport=SMALL_PHONE, **given) as page:
        open_at(page, f"{served.url}#/r/{recordings.agent}", 2)
        front = page.locator(".front")
        for name, text, tab, shown_in in (
            ("Add a mark", "from a phone", "Marks", ".points li"),
            ("Add a note", "noted on a phone", "Notes", ".notes li"),
        ):
            front.get_by_role("button", name=name).tap()
            page.locator(".ask input").fill(text)
            page.get_by_role("button", name="Add", exact=True).tap()
            page.get_by_role("tab", name=tab).tap()
            expect(page.locator(shown_in, has_text=text)).to_contain_text("0:02")
        front.get_by_role("button", name="Search").tap()
        page.get_by_label("Search this recording").fill("multiply")
        page.locator(".hits li").first.tap()
        page.get_by_role("button", name="Close").tap()
        front.get_by_role("button", name="Copy a link").tap()
        expect(page.locator(".notice")).to_have_text("link copied")
        copied = page.evaluate("navigator.clipboard.readText()")
        assert re.search(rf"#/r/{recordings.agent}\?t=0:\d\d", copied)
        front.get_by_role("button", name="Branch").tap()
        page.get_by_label("Message to the agent").fill("Use a class instead.")
        expect(page.locator(".plan")).to_contain_text("Use a class instead.")
        page.get_by_role("button", name="Cancel").tap()
        front.get_by_role("button", name="Help").tap()
        expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
        page.get_by_role("button", name="Close").tap()
        assert page.evaluate("document.documentElement.scrollWidth") <= SMALL_PHONE["width"]
        tabs = page.get_by_role("tab")
        assert len(set(tabs.evaluate_all("tabs => tabs.map(tab => tab.offsetTop)"))) == 1


def test_the_address_follows_the_time(page: Page, recordings: Library, served: Served) -> None:
    page.goto(f"{served.url}#/r/{recordings.agent}?t=0:07.5&tab=moments")
    gone_to(page, "0:07")
    page.keyboard.press("ArrowLeft")
    gone_to(page, "0:02")
    expect(page).to_have_url(re.compile(r"t=0:02(\.\d+)?&tab=moments$"), timeout=60_000)
    page.get_by_role("tab", name="Files").click()
    expect(page).to_have_url(re.compile(r"t=0:02(\.\d+)?&tab=files$"), timeout=60_000)
    page.reload()
    gone_to(page, "0:02")
    expect(page.get_by_role("tab", name="Files")).to_have_attribute("aria-selected", "true")
    page.goto(f"{served.url}#/r/{recordings.agent}?t=soon")
    expect(page.locator(".notice")).to_contain_text("invalid time")


def test_full_screen(page: Page, recordings: Library, served: Served) -> None:
    open_at(page, f"{served.url}#/r/{recordings.agent}", 7)
    page.get_by_role("button", name="Full screen").click()
    expect(page.locator(".front")).to_have_class("front full")
    page.keyboard.press("f")
    expect(page.locator(".front")).to_have_class("front")


def test_links_of_programs(browser: Browser, tmp_path: Path) -> None:
    uris = ("https://x.example/a?b=<c>", "javascript:document.title=1", "mailto:me@x.example")
    text = "".join(f"\x1b]8;;{uri}\x07link {n}\x1b]8;;\x07 " for n, uri in enumerate(uris))
    path = make(str(tmp_path / "r.ahr"), shown(0, text), ended(2))
    with watched(browser, offline=True) as page:
        page.goto(export(path, tmp_path / "r.html") + "#t=0:01")
        on_screen(page, "link 1")
        links = page.locator(".screen a")
        expect(links).to_have_text(["link 0", "link 2"])
        assert links.first.get_attribute("href") == uris[0]
        assert links.first.get_attribute("rel") == "noopener noreferrer"


def test_what_is_not_there_is_said(browser: Browser, tmp_path: Path) -> None:
    make(str(tmp_path / "good.ahr"), shown(0, "x"), ended(1), id="good")
    (tmp_path / "bad.ahr").write_bytes(b"not a recording")
    with Serving(tmp_path) as server, watched(browser) as page:
        server.server.keys.add_code("let-in-once")
        page.goto(f"http://{server.host}/?once=let-in-once")
        page.locator(".unreadable summary").click()
        expect(page.locator(".unreadable li")).to_contain_text(str(tmp_path / "bad.ahr"))
        page.get_by_label("State").select_option("failed")
        expect(page.locator(".empty")).to_contain_text("No recording matches these filters.")
        page.get_by_role("button", name="Clear filters").click()
        expect(page.locator(".session")).to_have_count(1)


def test_an_old_link_leads_to_a_page(browser: Browser, served: Served) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{served.url}?token=of-yesterday")
    expect(page.get_by_role("heading")).to_have_text("agentrec")
    expect(page.locator("main")).to_contain_text("`agentrec serve` printed")
    context.close()
