"""Recordings in the pages of others."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path

import pytest
from playwright.sync_api import Browser, FrameLocator, Page, expect

from tests.library.helpers import ended, make, shown
from tests.web.serving import Serving
from tests.web_page.browser import DESKTOP, LIMIT
from tests.web_page.test_exported import export

KEY = "sk-ant-api03-" + "Zq7" * 31 + "AA"


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def site(tmp_path: Path) -> Iterator[str]:
    """Another site, with the files in a folder."""
    (tmp_path / "site").mkdir()
    handler = partial(Quiet, directory=str(tmp_path / "site"))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join(LIMIT)


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport=DESKTOP)  # type: ignore[arg-type]
    context.set_default_timeout(LIMIT)
    yield context.new_page()
    context.close()


def recorded(folder: Path) -> str:
    frames = [shown(n / 2, f"\r\nnumber {n}") for n in range(20)]
    return make(str(folder / "r.ahr"), shown(0, f"key {KEY}"), *frames, ended(10), id="one")


def framed(page: Page, tmp_path: Path, site: str, address: str) -> FrameLocator:
    source = f'<!doctype html><iframe src="{address}" width="700" height="500"></iframe>'
    (tmp_path / "site" / "index.html").write_text(source)
    page.goto(site)
    return page.frame_locator("iframe")


def test_an_exported_file_with_poster_start_speed_and_loop(
    page: Page, tmp_path: Path, site: str
) -> None:
    export(recorded(tmp_path), tmp_path / "site" / "r.html")
    frame = framed(page, tmp_path, site, "r.html#embed&poster=0:08&t=0:02&speed=20&loop")
    expect(frame.locator(".screen")).to_contain_text("number 16")
    expect(frame.get_by_test_id("time")).to_contain_text("0:08")
    expect(frame.locator(".side")).to_be_hidden()
    expect(frame.locator(".speed")).to_contain_text("20")
    expect(frame.get_by_role("button", name="Full screen")).to_be_visible()
    for name in ("Add a mark", "Branch from here", "Cut out a stretch", "Copy a link"):
        expect(frame.get_by_role("button", name=name)).to_have_count(0)
    times: list[str] = []

    def saw(text: str) -> None:
        times.append(text)

    page.expose_function("saw", saw)
    frame.get_by_test_id("time").evaluate(
        "it => new MutationObserver(() => window.top.saw(it.textContent)).observe("
        "it, {subtree: true, characterData: true, childList: true})"
    )
    frame.get_by_role("button", name="Play", exact=True).click()
    page.wait_for_timeout(3000)
    seconds = [int(text.split(" ")[0].partition(":")[2]) for text in times]
    assert seconds[0] in range(2, 8)
    assert any(later < earlier for earlier, later in pairwise(seconds))


def test_a_served_recording_where_its_owner_allows_it(
    page: Page, tmp_path: Path, site: str
) -> None:
    recorded(tmp_path / "library")
    with Serving(tmp_path / "library", embed=(site,)) as server:
        address = server.get("/sessions/one").json["embed"]
        frame = framed(page, tmp_path, site, f"http://{server.host}{address}#embed&t=0:05")
        expect(frame.locator(".screen")).to_contain_text("number 9")
        assert "Zq7Zq7" not in frame.locator(".screen").inner_text()
        answer = server.request("GET", address, Authorization=None)
        assert f"frame-ancestors {site}" in answer.headers["content-security-policy"]
        assert "x-frame-options" not in answer.headers
        wrong = server.request("GET", address[:-1] + "!", Authorization=None)
        assert wrong.status == 404
        other = server.request("GET", address.replace("one", "two"), Authorization=None)
        assert other.status == 404
    with Serving(tmp_path / "library") as server:
        assert server.get("/sessions/one").json["embed"] is None
        answer = server.request("GET", address, Authorization=None)
        assert answer.status == 404
        assert answer.headers["x-frame-options"] == "DENY"


def tagged(page: Page, tmp_path: Path, site: str, tag: str) -> FrameLocator:
    (tmp_path / "site" / "index.html").write_text(f"<!doctype html><p>before</p>{tag}<p>after</p>")
    page.goto(f"{site}/index.html")
    return page.frame_locator("iframe")


OPTIONS = 'data-poster="0:08" data-t="0:02" data-speed="20" data-loop data-width="700"'


def plays_as_asked(frame: FrameLocator) -> None:
    """With the poster first, then from the start on, again and again."""
    expect(frame.locator(".screen")).to_contain_text("number 16")
    expect(frame.get_by_test_id("time")).to_contain_text("0:08")
    expect(frame.locator(".speed")).to_contain_text("20")
    expect(frame.locator(".side")).to_be_hidden()
    clock = frame.get_by_test_id("time")
    clock.evaluate(
        "it => { window.seen = [];"
        " new MutationObserver(() => window.seen.push(parseInt(it.textContent.split(':')[1]))).observe("
        "it, {subtree: true, characterData: true, childList: true}) }"
    )
    frame.get_by_role("button", name="Play", exact=True).click()
    came_back = "it => window.seen.some((s, n) => n && s < window.seen[n - 1])"
    expect_true(lambda: bool(clock.evaluate(came_back)))
    assert clock.evaluate("it => window.seen[0]") in range(2, 10)


def expect_true(is_so: Callable[[], bool]) -> None:
    end = time.monotonic() + LIMIT / 1000
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_a_script_with_the_recording_in_it(page: Page, tmp_path: Path, site: str) -> None:
    export(recorded(tmp_path), tmp_path / "site" / "r.js")
    frame = tagged(page, tmp_path, site, f'<script src="r.js" {OPTIONS}></script>')
    plays_as_asked(frame)
    element = page.locator("iframe")
    assert element.get_attribute("width") == "700"
    assert element.get_attribute("sandbox") == "allow-scripts allow-popups"
    assert page.locator("body > *").evaluate_all("all => all.map(it => it.localName)") == [
        *("p", "script", "iframe", "p")
    ]


def test_such_a_script_in_a_page_on_the_disk(page: Page, tmp_path: Path, site: str) -> None:
    export(recorded(tmp_path), tmp_path / "site" / "r.js")
    frame = tagged(
        page, tmp_path, (tmp_path / "site").as_uri(), '<script src="r.js" data-t="0:05"></script>'
    )
    expect(frame.locator(".screen")).to_contain_text("number 9")


def test_a_script_of_a_server_where_its_owner_allows_it(
    page: Page, tmp_path: Path, site: str
) -> None:
    recorded(tmp_path / "library")
    with Serving(tmp_path / "library", embed=(site,)) as server:
        address = server.get("/sessions/one").json["embed"].replace("?", "/tag.js?")
        tag = f'<script src="http://{server.host}{address}" {OPTIONS}></script>'
        plays_as_asked(tagged(page, tmp_path, site, tag))
        answer = server.request("GET", address, Authorization=None)
        assert answer.headers["content-type"].startswith("text/javascript")
        assert server.request("GET", f"{address[:-1]}!", Authorization=None).status == 404
    with Serving(tmp_path / "library") as server:
        assert server.request("GET", address, Authorization=None).status == 404
    with Serving(tmp_path / "library", embed=("https://other.example",)) as server:
        address = server.get("/sessions/one").json["embed"].replace("?", "/tag.js?")
        tag = f'<script src="http://{server.host}{address}"></script>'
        with page.expect_console_message(lambda said: "frame-ancestors" in said.text):
            tagged(page, tmp_path, site, tag)
        expect(page.frame_locator("iframe").locator(".screen")).to_have_count(0)
