"""What the page shows when the server does not answer: what is wrong, and nothing that is no longer true."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, StorageState, expect

from agentrec.times import format_clock
from tests.library.helpers import ended, make, shown
from tests.web.serving import Serving
from tests.web_page.browser import DESKTOP, LIMIT, on_screen, open_at
from tests.web_page.made import Library, Running, Served

pytestmark = pytest.mark.agents
PROBLEM = {"detail": "the disk is full", "hint": "make room"}


@pytest.fixture
def page(browser: Browser, door: StorageState) -> Iterator[Page]:
    """Requests fail here, which Chromium reports in the console."""
    context = browser.new_context(viewport=DESKTOP, storage_state=door)  # type: ignore[arg-type]
    context.set_default_timeout(LIMIT)
    yield context.new_page()
    context.close()


def fail(route: Route) -> None:
    route.fulfill(status=503, json=PROBLEM)


def test_hits_of_other_words_do_not_stay(page: Page, served: Served) -> None:
    page.goto(f"{served.url}#/?q=multiply")
    expect(page.locator(".found").first).to_be_visible()
    page.route(re.compile(r"/search\?"), fail)
    page.get_by_label("Search all recordings").fill("something else")
    expect(page.get_by_role("alert")).to_contain_text("the disk is full")
    expect(page.get_by_role("alert")).to_contain_text("make room")
    expect(page.locator(".found")).to_have_count(0)


def test_a_list_that_is_asked_for_again_says_that_it_is_old(page: Page, served: Served) -> None:
    page.goto(served.url)
    expect(page.locator(".session").first).to_be_visible()
    page.route(re.compile(r"/sessions\?"), fail)
    expect(page.get_by_role("alert")).to_contain_text("the disk is full")
    expect(page.locator(".session").first).to_be_visible()
    page.unroute(re.compile(r"/sessions\?"))
    expect(page.get_by_role("alert")).to_have_count(0)


def test_hits_in_a_recording_do_not_stay(page: Page, recordings: Library, served: Served) -> None:
    open_at(page, f"{served.url}#/r/{recordings.agent}", 0)
    page.keyboard.press("/")
    page.get_by_label("Search this recording").fill("multiply")
    expect(page.locator(".hits li").first).to_be_visible()
    page.route(re.compile(r"/search\?"), fail)
    page.get_by_label("Search this recording").fill("something else")
    expect(page.locator(".search-here")).to_contain_text("the disk is full")
    expect(page.locator(".hits")).to_have_count(0)


def test_no_old_picture_under_a_new_time(page: Page, recordings: Library, served: Served) -> None:
    open_at(page, f"{served.url}#/r/{recordings.agent}", recordings.seconds)
    on_screen(page, "Resume this session with")
    page.route(re.compile(r"/film\?"), fail)
    page.keyboard.press("5")
    lost = page.get_by_role("alert")
    expect(lost).to_contain_text("the disk is full")
    expect(page.locator(".screen")).to_be_hidden()
    page.keyboard.press("7")
    expect(lost).to_contain_text(f"No picture of {format_clock(round(recordings.seconds * 7e8))}")
    expect(page.locator(".screen")).to_be_hidden()
    page.unroute(re.compile(r"/film\?"))
    lost.get_by_role("button", name="Try again").click()
    expect(lost).to_have_count(0)
    expect(page.locator(".screen")).to_be_visible()
    expect(page.locator(".notice")).to_have_text("")


def test_a_server_that_is_gone(browser: Browser, tmp_path: Path) -> None:
    make(str(tmp_path / "r.ahr"), shown(0, "x"), ended(1), id="one")
    context = browser.new_context()
    page = context.new_page()
    with Serving(tmp_path) as server:
        server.server.keys.add_code("let-in-once")
        page.goto(f"http://{server.host}/?once=let-in-once")
        expect(page.locator(".session")).to_have_count(1)
    page.get_by_label("State").select_option("failed")
    expect(page.get_by_role("alert")).to_contain_text("the server cannot be reached")
    expect(page.get_by_role("alert")).to_contain_text("agentrec serve")
    context.close()


def test_a_lost_connection_of_a_running_recording(
    page: Page, recordings: Library, served: Served
) -> None:
    running = Running(recordings, "being lost")
    try:
        page.route(re.compile("/live$"), lambda route: route.abort())
        # What comes after the first picture would come over the connection.
        running.say_and_wait("the first line")
        page.goto(served.url)
        page.get_by_role("link", name=re.compile("being lost")).click()
        on_screen(page, "the first line")
        expect(page.locator(".notice")).to_contain_text("the connection is lost; trying again")
        page.unroute(re.compile("/live$"))
    finally:
        running.end()


def test_a_branch_without_a_plan_is_not_started(
    page: Page, recordings: Library, served: Served
) -> None:
    open_at(page, f"{served.url}#/r/{recordings.agent}", recordings.seconds)
    page.keyboard.press("i")
    page.get_by_label("Message to the agent").fill("Use a class instead.")
    start = page.get_by_role("button", name="Branch and run")
    expect(start).to_be_enabled()
    page.route(re.compile("/session-branch"), fail)
    page.get_by_label("Message to the agent").fill("Something else.")
    expect(page.get_by_role("alert")).to_contain_text("the disk is full")
    expect(page.locator(".plan")).to_have_count(0)
    expect(start).to_be_disabled()
