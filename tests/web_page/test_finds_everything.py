"""Everything that was said, done or shown is found by the page and by an exported file."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Browser, Page, expect

from scripts import needles
from tests.library.helpers import ended, make
from tests.web_page.browser import watched
from tests.web_page.test_exported import export


def test_the_page_and_an_exported_file_find_every_needle(browser: Browser, tmp_path: Path) -> None:
    path = tmp_path / "hour.ahr"
    hidden = needles.make(path, turns=24)
    assert len(hidden) == 24
    assert needles.found_by_page(browser, tmp_path, hidden) == set(hidden)
    assert needles.found_by_export(browser, path, hidden) == set(hidden)


def search(page: Page, text: str) -> None:
    page.get_by_role("button", name="Search").first.click()
    page.get_by_label("Search this recording").fill(text)


def test_an_exported_file_says_what_it_cannot_search(browser: Browser, tmp_path: Path) -> None:
    # Lines that scroll by at once and cannot be packed: more than the file has room for.
    flood = b"".join(
        b"%032x\r\n" % (n * 0x9E3779B97F4A7C15F39CC0605CEDC835 % 2**128) for n in range(9000)
    )
    output = (2, "term", "output", b"first words\r\n" + flood + b"last words")
    path = make(str(tmp_path / "flood.ahr"), output, ended(3))
    url = export(path, tmp_path / "flood.html")
    with watched(browser, offline=True) as page:
        page.goto(url)
        search(page, "last words")
        expect(page.locator(".hits li")).to_have_count(1)
        note = "Not searched: what was shown for an instant after 0:02"
        expect(page.locator(".search-here")).to_contain_text(note)


def test_totals_more_and_the_state_of_a_search(browser: Browser, tmp_path: Path) -> None:
    for n in range(130):
        output = (1, "term", "output", b"a pomelo")
        make(str(tmp_path / f"{n}.ahr"), output, ended(2, 1 if n < 30 else 0))
    with needles.served(tmp_path) as address, watched(browser) as page:
        page.goto(address)
        page.get_by_label("Search all recordings").fill("pomelo")
        expect(page.get_by_text("130 hits in 130 recordings")).to_be_visible()
        expect(page.locator(".found")).to_have_count(100)
        page.get_by_role("button", name="More").click()
        expect(page.locator(".found")).to_have_count(130)
        expect(page.get_by_role("button", name="More")).to_have_count(0)
        page.get_by_label("State").select_option("failed")
        expect(page.get_by_text("30 hits in 30 recordings", exact=True)).to_be_visible()
        expect(page.locator(".found")).to_have_count(30)
