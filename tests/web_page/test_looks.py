"""Terminal themes, font size, what is copied and printed, saved views."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, StorageState, expect

from tests.library.helpers import ended, make, shown
from tests.web_page.browser import gone_to, on_screen, open_at, watched
from tests.web_page.made import Library, Served
from tests.web_page.test_exported import export, made_up

pytestmark = pytest.mark.agents
GROUND = "getComputedStyle(document.querySelector('.screen')).backgroundColor"
TEXT = "one  \x1b[31mred\x1b[m\r\n\r\n  \u65e5\u672c e\u0301 three \x1b[44m  \x1b[m\r\nlast"
SELECT = """() => {
    const lines = document.querySelectorAll('.line');
    const range = document.createRange();
    range.setStart(lines[0].firstChild, 1);
    range.setEnd(lines[3].firstChild, 2);
    getSelection().removeAllRanges();
    getSelection().addRange(range);
}"""


@pytest.fixture
def offline(browser: Browser) -> Iterator[Page]:
    with watched(browser, offline=True) as found:
        yield found


def test_six_terminal_themes(offline: Page, tmp_path: Path) -> None:
    page = offline
    page.goto(export(made_up(tmp_path), tmp_path / "r.html") + "#t=5")
    on_screen(page, "line 9")
    page.keyboard.press("v")
    colors = page.get_by_label("Terminal colors")
    options = colors.locator("option").all_inner_texts()
    assert len(options) == 7
    seen = set()
    for name in options:
        colors.select_option(name)
        page.wait_for_function("() => new Promise(done => requestAnimationFrame(() => done(true)))")
        seen.add(page.evaluate(GROUND))
    assert len(seen) == 7
    colors.select_option("nord")
    page.get_by_role("button", name="Close").click()
    assert page.evaluate(GROUND) == "rgb(46, 52, 64)"
    page.reload()
    on_screen(page, "line 9")
    assert page.evaluate(GROUND) == "rgb(46, 52, 64)"


def test_the_size_of_the_font(offline: Page, tmp_path: Path) -> None:
    page = offline
    page.goto(export(made_up(tmp_path), tmp_path / "r.html") + "#t=5")
    on_screen(page, "line 9")
    page.keyboard.press("v")
    for size in ("10", "28"):
        page.get_by_label("Font size").select_option(size)
        expect(page.locator(".screen")).to_have_css("font-size", f"{size}px")


def test_what_is_copied_is_the_text_of_rows(browser: Browser, tmp_path: Path) -> None:
    path = make(str(tmp_path / "r.ahr"), shown(0, TEXT), ended(2), cols=40, rows=5)
    with watched(browser, offline=True) as page:
        page.goto(export(path, tmp_path / "r.html") + "#t=1")
        on_screen(page, "last")
        copied = page.evaluate(
            f"""() => {{ ({SELECT})();
            const event = new ClipboardEvent('copy', {{
                clipboardData: new DataTransfer(), bubbles: true, cancelable: true}});
            document.querySelector('.screen').dispatchEvent(event);
            return event.clipboardData.getData('text/plain'); }}"""
        )
        assert copied == "ne  red\n\n  \u65e5\u672c e\u0301 three\nla"


def test_print(page: Page, recordings: Library, served: Served) -> None:
    page.add_init_script("window.printed = 0; window.print = () => { window.printed += 1 }")
    open_at(page, f"{served.url}#/r/{recordings.agent}", recordings.seconds)
    on_screen(page, "Resume this session with")
    expect(page.locator(".entry.end")).to_be_attached()
    page.keyboard.press("P")
    document = page.locator(".print")
    expect(document).to_contain_text("Resume this session with")
    expect(document).to_contain_text("0 passed, 1 failed")
    assert page.evaluate("window.printed") == 1
    page.emulate_media(media="print")
    expect(page.locator(".front")).to_be_hidden()
    expect(document.get_by_role("button", name="Close")).to_be_hidden()
    page.emulate_media(media="screen")
    document.get_by_role("button", name="Close").click()
    expect(page.locator(".front")).to_be_visible()


def test_saved_views(
    browser: Browser, door: StorageState, recordings: Library, served: Served
) -> None:
    with watched(browser, storage_state=door) as page:
        open_at(page, f"{served.url}#/r/{recordings.agent}", 5, "&tab=cost")
        page.locator(".saved summary").click()
        page.get_by_label("Name of this view").fill("the costs")
        page.get_by_role("button", name="Save this view").click()
        page.goto(f"{served.url}#/?state=failed")
        page.get_by_label("Name of this view").fill("what failed")
        page.get_by_role("button", name="Save this view").click()
        page.goto("about:blank")
        page.goto(served.url)
        page.locator(".saved summary").click()
        expect(page.locator(".saved li a")).to_have_text(["the costs", "what failed"])
        page.get_by_role("link", name="the costs").click()
        gone_to(page, "0:05")
        expect(page.get_by_role("tab", name="Cost")).to_have_attribute("aria-selected", "true")
        page.get_by_role("link", name="what failed").click()
        expect(page.get_by_label("State")).to_have_value("failed")
        page.get_by_role("button", name="Remove the costs").click()
        expect(page.locator(".saved li a")).to_have_text(["what failed"])
