"""Recordings in the pages of others."""

from __future__ import annotations

import threading
from collections.abc import Iterator
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
