"""The screen as a picture, saved from the page."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Browser, expect

from tests.web_page.browser import watched
from tests.web_page.test_cut import opened
from tests.web_page.test_exported import export


def test_a_picture_of_the_screen_is_saved(browser: Browser, tmp_path: Path) -> None:
    with opened(browser, tmp_path) as page:
        with page.expect_download() as download:
            page.keyboard.press("E")
        assert download.value.suggested_filename == "screen-0.10.000.png"
        assert Path(download.value.path()).read_bytes().startswith(b"\x89PNG")
        with page.expect_download():
            page.get_by_role("button", name="Save a picture of the screen").click()


def test_an_exported_file_says_what_does(browser: Browser, tmp_path: Path) -> None:
    with opened(browser, tmp_path):
        pass
    with watched(browser) as page:
        page.goto(export(tmp_path / "long.ahr", tmp_path / "long.html"))
        page.get_by_role("button", name="Save a picture of the screen").click()
        expect(page.get_by_text("use agentrec shot")).to_be_visible()
