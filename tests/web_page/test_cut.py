"""A stretch is cut out on the page: by keys, and by touch."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, expect

from agentrec.recording.reader import Recording
from tests.library.helpers import ended, make, shown
from tests.web.serving import Serving
from tests.web_page.browser import SMALL_PHONE, gone_to, on_screen, watched
from tests.web_page.test_exported import export


@contextmanager
def opened(browser: Browser, folder: Path, **context: object) -> Iterator[Page]:
    """A recording of a minute that says every second which one it is, at 0:10."""
    seconds = [shown(n, f"second {n}\r\n") for n in range(60)]
    make(str(folder / "long.ahr"), *seconds, ended(60), id="long")
    with Serving(folder) as server, watched(browser, **context) as page:
        server.server.keys.add_code("let-in-once")
        page.goto(f"http://{server.host}/?once=let-in-once#/r/long?t=10")
        on_screen(page, "second 10")
        yield page


def go_to(page: Page, time: str, clock: str) -> None:
    page.keyboard.press("t")
    page.get_by_label("Go to").fill(time)
    page.keyboard.press("Enter")
    gone_to(page, clock)


def test_keys_cut_a_stretch_out(browser: Browser, tmp_path: Path) -> None:
    with opened(browser, tmp_path) as page:
        line = page.get_by_role("group", name="Cut out a stretch")
        page.keyboard.press("x")
        expect(line).to_contain_text("set the start or the end")
        page.keyboard.press("(")
        expect(line).to_contain_text("0:10.000 to 1:00.000")
        go_to(page, "30.5", "0:30")
        page.keyboard.press(")")
        expect(line).to_contain_text("0:10.000 to 0:30.500")
        expect(page.locator(".stretch")).to_be_visible()
        page.keyboard.press("x")
        page.get_by_role("link", name="a new recording of 0:20.500").click()
        expect(page.get_by_test_id("time")).to_contain_text("/ 0:20")
        page.keyboard.press("g")
        on_screen(page, "second 9")
    with Recording.open(str(tmp_path / "long.cut.ahr")) as cut:
        assert cut.duration == 20_500_000_000
        assert cut.header["parent"]["id"] == "long"


def test_a_phone_cuts_and_ends_that_cross_are_dropped(browser: Browser, tmp_path: Path) -> None:
    with opened(browser, tmp_path, viewport=SMALL_PHONE, has_touch=True) as page:
        page.get_by_role("button", name="Cut out a stretch").tap()
        line = page.get_by_role("group", name="Cut out a stretch")
        expect(line.get_by_role("button", name="Cut out")).to_be_disabled()
        line.get_by_role("button", name="End here").tap()
        expect(line).to_contain_text("0:00.000 to 0:10.000")
        line.get_by_role("button", name="Start here").tap()
        expect(line).to_contain_text("0:10.000 to 1:00.000")
        assert page.evaluate("document.documentElement.scrollWidth") <= SMALL_PHONE["width"]
        line.get_by_role("button", name="Cut out").tap()
        expect(line.get_by_role("status")).to_contain_text("a new recording of 0:50.000")
        line.get_by_role("button", name="Close").tap()
        expect(page.locator(".stretch")).to_have_count(0)
    assert (tmp_path / "long.cut.ahr").exists()


def test_an_exported_file_says_what_cuts(browser: Browser, tmp_path: Path) -> None:
    path = make(str(tmp_path / "r.ahr"), shown(0, "x"), ended(2))
    with watched(browser, offline=True) as page:
        page.goto(export(path, tmp_path / "r.html") + "#t=0:01")
        on_screen(page, "x")
        page.keyboard.press("(")
        expect(page.locator(".notice")).to_contain_text("use agentrec cut")
