"""Records a real agent, serves it, takes pictures of the page: ``python -m scripts.page_shots [FOLDER]``."""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, expect

from tests.web_page.browser import DESKTOP, PHONE, chromium, open_at
from tests.web_page.made import TOKEN, Library, Served, library

ROOT = Path(__file__).resolve().parents[1]
# name -> (what of the recording, window, colors)
SHOTS: dict[str, tuple[str, dict[str, int], str]] = {
    "page-player": ("story", DESKTOP, "dark"),
    "page-files": ("files", DESKTOP, "light"),
    "page-trace": ("trace", DESKTOP, "light"),
    "page-phone": ("story", PHONE, "dark"),
}


def main(out: str = str(ROOT / "docs/images")) -> None:
    home = Path(tempfile.gettempdir()) / "demo"  # its name is in the pictures
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir()
    try:
        made = library(home)
        served = Served(made)
        try:
            with chromium() as browser:
                for name, shot in SHOTS.items():
                    take(browser, served, made, str(Path(out) / f"{name}.png"), *shot)
        finally:
            served.close()
            made.server.__exit__(None, None, None)
    finally:
        shutil.rmtree(home, ignore_errors=True)


def take(
    browser: Browser, served: Served, made: Library, path: str, tab: str, size: Any, scheme: Any
) -> None:
    """One picture, at the time when the mended file had just been kept."""
    context = browser.new_context(viewport=size, color_scheme=scheme)
    page = context.new_page()
    page.goto(f"{served.url}?token={TOKEN}")
    page.wait_for_selector(".session")
    mended = made.mended()
    at = next(point.t for point in made.points if point.id == mended) / 1e9
    open_at(page, f"{served.url}#/r/{made.agent}", at, f"&tab={tab}")
    expect(page.locator(".mark.moment").first).to_be_attached()
    expect(page.locator(".story li, .files .new, .span-list li").first).to_be_attached()
    page.evaluate("document.fonts.ready")
    page.screenshot(path=path)
    print(path)
    context.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
