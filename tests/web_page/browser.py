"""Chromium, and what tests ask a page."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.agents_env.need import missing

FLAGS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update"),
]
LIMIT = 60_000  # ms that anything here may take
DESKTOP = {"width": 1280, "height": 800}
SMALL_PHONE = {"width": 360, "height": 740}
PHONE = {"width": 390, "height": 844}


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser without a window, until the end."""
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        missing("chromium is not installed: run scripts/packages")
    expect.set_options(timeout=LIMIT)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield browser
        browser.close()


@contextmanager
def watched(browser: Browser, **context: object) -> Iterator[Page]:
    """A page of its own. At the end nothing may have gone wrong in it, nor may it have asked elsewhere."""
    made = browser.new_context(**{"viewport": DESKTOP, "color_scheme": "dark", **context})  # type: ignore[arg-type]
    made.set_default_timeout(LIMIT)
    page = made.new_page()
    wrong: list[str] = []
    asked: set[str] = set()
    page.on("pageerror", lambda error: wrong.append(f"error: {error}"))
    page.on(
        "response",
        lambda got: wrong.append(f"{got.status} {got.url}") if got.status >= 400 else None,
    )
    page.on("dialog", lambda dialog: wrong.append(f"dialog: {dialog.message}"))
    page.on(
        "console",
        lambda said: wrong.append(said.text) if said.type in ("error", "warning") else None,
    )
    page.on(
        "request",
        lambda request: asked.add(
            re.sub(r"^(\w+:(//[^/]*)?).*", r"\1", request.url, flags=re.DOTALL)
        ),
    )
    yield page
    own = re.sub(r"^(\w+:(//[^/]*)?).*", r"\1", page.url)
    made.close()
    assert not wrong, wrong
    assert asked <= {own, "data:"}, asked


def open_at(page: Page, url: str, seconds: float, more: str = "") -> None:
    """Open the recording at ``url``, paused there."""
    page.goto(f"{url}?t={seconds}{more}")
    expect(page.locator(".line").first).to_be_attached()


def screen(page: Page, place: int = 0) -> list[str]:
    """The recorded screen as the page shows it: a text for each row."""
    rows = page.locator(".screen").nth(place).locator(".line").all_text_contents()
    return [row.rstrip() for row in rows]


def on_screen(page: Page, text: str, place: int = 0) -> None:
    """Wait until the recorded screen shows ``text``."""
    expect(page.locator(".screen").nth(place)).to_contain_text(text)


def position(page: Page, place: int = 0) -> float:
    """Where the player is, in seconds, as the slider says it to a screen reader."""
    return float(page.get_by_role("slider").nth(place).get_attribute("aria-valuenow") or "nan")


def gone_to(page: Page, clock: str) -> None:
    """Wait until the player is at that time."""
    expect(page.get_by_test_id("time")).to_have_text(re.compile(rf"^{re.escape(clock)} /"))
