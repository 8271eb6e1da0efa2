"""Runs of the Python library in the page and in an exported file: steps, what they changed, what failed."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from agentrec import Recorder
from agentrec.recording.reader import Recording
from tests.web.serving import TOKEN, Serving
from tests.web_page.browser import watched
from tests.web_page.test_exported import export


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = str(tmp_path_factory.mktemp("steps") / "a.ahr")
    question = {"question": "why", "found": ["a", "b", "c"], "left": {"n": 3, "of": 5}}
    with Recorder(name="answers", path=path) as r:
        with r.step("plan", question) as plan:
            found = {**question, "found": ["a", "b", "c", "d"], "left": {"n": 2, "of": 5}}
            r.record_step("search", question, found)
            with pytest.raises(ValueError, match="no page"), r.step("fetch", found):
                raise ValueError("no page")
            plan.output = {"answer": "so"}
        r.record_memory_op("write", "topic", "why")
    return path


def check(page: Page) -> None:
    story = page.locator(".story > li")
    plan, search, fetch, memory = (story.nth(number) for number in range(4))
    expect(plan).to_contain_text("plan")
    expect(search.locator("summary")).to_contain_text("found, left")
    expect(fetch.locator("summary")).to_contain_text("ValueError: no page")
    expect(fetch.locator(".flag.bad")).to_have_text("failed")
    expect(memory).to_contain_text("memory write")
    search.locator("summary").click()
    expect(search.locator("dd").nth(1)).to_contain_text("d")
    expect(search.locator("dd").nth(2)).to_contain_text('"n": 2')
    fetch.locator("summary").click()
    expect(fetch.locator("dd").first).to_contain_text('"found"')
    expect(fetch).to_contain_text("Traceback")


def test_in_the_page(browser: Browser, recording: str) -> None:
    with Recording.open(recording) as opened:
        name = opened.header["id"]
    with Serving(Path(recording).parent) as server, watched(browser) as page:
        page.goto(f"http://{server.host}/?token={TOKEN}")
        page.wait_for_selector(".session")
        page.goto(f"http://{server.host}/#/r/{name}")
        check(page)


def test_in_an_exported_file(browser: Browser, recording: str, tmp_path: Path) -> None:
    with watched(browser, offline=True) as page:
        page.goto(export(recording, tmp_path / "a.html"))
        check(page)
