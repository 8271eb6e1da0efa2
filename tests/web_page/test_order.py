"""What is requested when: the first picture comes first, and waiting is said."""

from __future__ import annotations

import re
from contextlib import ExitStack
from itertools import pairwise
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, StorageState, expect

from agentrec.times import format_clock
from tests.library.helpers import ended, make, shown
from tests.web.serving import TOKEN, Serving
from tests.web_page.browser import on_screen, open_at, watched
from tests.web_page.made import Library, Served

pytestmark = pytest.mark.agents
REST = ("timeline", "events", "activity")


def throttle(page: Page, latency: int) -> None:
    """A slow line from now on; ``latency`` in ms."""
    line = {"offline": False, "downloadThroughput": 2000, "uploadThroughput": 2000}
    session = page.context.new_cdp_session(page)
    session.send("Network.emulateNetworkConditions", {**line, "latency": latency})


def test_nothing_is_requested_before_the_first_picture(
    page: Page, recordings: Library, served: Served
) -> None:
    log: list[str] = []
    held: list[Route] = []

    def name(url: str) -> str:
        found = re.search(r"/sessions/[^/]+/(\w+)", url)
        return found[1] if found else ""

    def hold(route: Route) -> None:
        held.append(route)

    page.route(re.compile(r"/film\?"), hold)
    page.on("request", lambda request: log.append(name(request.url)))
    page.goto(f"{served.url}#/r/{recordings.agent}?t=0:05")
    expect(page.locator(".waiting")).to_have_text("Loading 0:05 \u2026")
    assert not set(REST) & set(log)
    held[0].continue_()
    expect(page.locator(".entry").first).to_be_attached()
    expect(page.locator(".waiting")).to_have_count(0)
    assert set(REST) <= set(log)


def test_loading_shows_how_far_it_is(browser: Browser, tmp_path: Path) -> None:
    """The first picture is there while events of a long recording are still coming."""
    told = [
        (n / 10, "agent", "message", {"role": "assistant", "text": f"message {n}"})
        for n in range(4500)
    ]
    make(str(tmp_path / "long.ahr"), shown(0, "first picture"), *told, ended(450), id="long")
    held: list[Route] = []
    released = False

    def hold(route: Route) -> None:
        if released:
            route.continue_()
        else:
            held.append(route)

    with Serving(tmp_path) as server, watched(browser) as page:
        page.goto(f"http://{server.host}/?token={TOKEN}")
        page.wait_for_selector(".session")
        page.route(re.compile(r"/events\?.*cursor="), hold)
        page.goto(f"http://{server.host}/#/r/long?t=1")
        on_screen(page, "first picture")
        bar = page.get_by_role("progressbar", name="Loading")
        expect(bar).to_be_visible()
        value = bar.evaluate("it => it.value")
        assert 0.4 < value < 0.5
        released = True
        held[0].continue_()
        expect(bar).to_have_count(0)


def test_little_is_requested_until_it_plays(
    page: Page, recordings: Library, served: Served
) -> None:
    limits: list[int] = []

    def note(url: str) -> None:
        if found := re.search(r"/film\?.*limit=(\d+)", url):
            limits.append(int(found[1]))

    page.on("request", lambda request: note(request.url))
    page.goto(f"{served.url}#/r/{recordings.agent}")
    on_screen(page, "Claude Code")
    assert limits[0] <= 3
    assert all(after <= 4 * before for before, after in pairwise(limits))


def test_over_a_slow_line_little_is_requested_at_once(
    page: Page, recordings: Library, served: Served
) -> None:
    limits: list[int] = []

    def note(url: str) -> None:
        if found := re.search(r"/film\?.*limit=(\d+)", url):
            limits.append(int(found[1]))

    open_at(page, f"{served.url}#/r/{recordings.agent}", 0)
    expect(page.locator(".entry").first).to_be_attached()
    page.on("request", lambda request: note(request.url))
    throttle(page, latency=2500)
    page.keyboard.press("Space")
    on_screen(page, "Claude Code")
    assert limits
    assert max(limits) <= 3


def test_a_slow_line_is_said(page: Page, recordings: Library, served: Served) -> None:
    open_at(page, f"{served.url}#/r/{recordings.agent}", 5)
    page.route(re.compile(r"/film\?"), lambda route: None)
    page.keyboard.press("9")
    clock = format_clock(round(recordings.seconds * 9e8))
    expect(page.locator(".waiting")).to_contain_text(f"Loading {clock}")


def test_three_at_once_one_of_them_slow(
    browser: Browser, door: StorageState, recordings: Library, served: Served
) -> None:
    with ExitStack() as stack:
        pages = [stack.enter_context(watched(browser, storage_state=door)) for _ in range(3)]
        for page in pages:
            open_at(page, f"{served.url}#/r/{recordings.agent}", 0)
        slow, *others = pages
        throttle(slow, latency=20_000)
        for page in pages:
            for _ in range(5):
                page.keyboard.press("+")
            page.keyboard.press("Space")
        for page in others:
            on_screen(page, "Resume this session with")
        expect(slow.locator(".waiting")).to_contain_text("Loading 0:")
