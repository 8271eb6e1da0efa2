"""Runs of the Python library in the page and in an exported file: steps, what they changed, what failed."""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest
from playwright.sync_api import Browser, FloatRect, Locator, Page, expect

from agentrec import MOCK, Recorder, Run
from agentrec.recording.reader import Recording
from agentrec.sdk import step
from tests.sdk.runs import run_inside
from tests.web.serving import TOKEN, Serving
from tests.web_page.browser import PHONE, watched
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


async def _gathers(state: dict[str, object]) -> dict[str, object]:
    @step
    async def left(state: dict[str, object]) -> dict[str, object]:
        await asyncio.sleep(0.2)
        return {**state, "left": 1}

    @step
    async def right(state: dict[str, object]) -> dict[str, object]:
        await asyncio.sleep(0.05)
        raise ConnectionError("no route")

    with suppress(ConnectionError):
        await asyncio.gather(left(state), right(state))
    await asyncio.sleep(0.3)
    return {**state, "gathered": True}


@step
def plan(state: dict[str, object]) -> dict[str, object]:
    time.sleep(0.05)
    return {**state, "plan": ["look", "answer"]}


@pytest.fixture(scope="module")
def forked(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Parallel paths, one of which failed, and two runs that go on from there; their paths."""
    # This thread has the event loop of the browser.
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(_fork, tmp_path_factory.mktemp("forked")).result()


def _fork(folder: Path) -> list[str]:
    paths = [str(folder / name) for name in ("a.ahr", "fork.ahr", "failed.ahr")]
    with Recorder(name="answers", path=paths[0]) as r:
        state = plan({"question": "why"})
        with r.step("gather", state) as block:
            block.output = asyncio.run(_gathers(state))
        r.record_error("publish", ValueError("no printer"), {"printer": None})
        r.record_step("tidy", {"printer": None}, {"printer": None, "tidy": True})
    with Run.load(paths[0]) as run:
        run.resume(plan, from_=0, overrides={"question": "how"}, path=paths[1])
        with pytest.raises(ZeroDivisionError):
            run.resume(lambda _: 1 / 0, from_=1, mode=MOCK, path=paths[2])
    return paths


def node(page: Page, name: str) -> Locator:
    return page.locator(".steps-area .step").filter(has=page.get_by_text(name, exact=True))


def box(page: Page, name: str) -> FloatRect:
    found = node(page, name).bounding_box()
    assert found
    return found


def check_graph(page: Page, path: str) -> None:
    expect(page.locator(".steps-area .step")).to_have_count(6)
    with Run.load(path) as run:
        edges = sum(len(one.after) for one in run.graph)
    # and those to and from the error, instead of the one past it
    expect(page.locator(".steps-area > svg path:not(.fork)")).to_have_count(edges + 1)
    left, right, gather = box(page, "left"), box(page, "right"), box(page, "gather")
    assert left["x"] + left["width"] < right["x"]  # side by side
    assert left["y"] == right["y"]
    assert gather["x"] < left["x"]  # around them
    assert gather["y"] + gather["height"] > left["y"] + left["height"]
    assert box(page, "plan")["y"] < gather["y"] < box(page, "publish")["y"] < box(page, "tidy")["y"]
    red = page.evaluate("getComputedStyle(document.documentElement).getPropertyValue('--bad')")
    name = node(page, "right").locator("b")
    assert page.evaluate("red => { document.body.style.color = red }", red) is None
    assert name.evaluate("it => getComputedStyle(it).color") == page.evaluate(
        "getComputedStyle(document.body).color"
    )
    state = page.get_by_role("region", name="State")
    node(page, "right").click()
    expect(state).to_contain_text("ConnectionError: no route")
    expect(state).to_contain_text('"plan"')
    node(page, "publish").click()
    expect(state).to_contain_text('"printer": null')
    node(page, "tidy").click()
    expect(state).to_contain_text('"tidy": true')
    state.get_by_role("button", name="Changes").click()
    expect(state.locator(".new")).to_contain_text(['"tidy": true'])
    page.keyboard.press("ArrowLeft")
    expect(node(page, "publish")).to_have_attribute("aria-current", "step")


def test_a_run_that_failed_is_told_as_failed(
    browser: Browser, forked: list[str], tmp_path: Path
) -> None:
    def ended(page: Page) -> Locator:
        page.get_by_role("tab", name="About").click()
        return page.locator(".about dl > div", has=page.get_by_text("Ended", exact=True))

    whole, failed = forked[0], forked[2]
    with Serving(Path(whole).parent) as server, watched(browser) as page:
        page.goto(f"http://{server.host}/?token={TOKEN}")
        expect(page.locator(".session .badge")).to_have_text(["failed"])
        page.locator(".session", has=page.locator(".badge")).get_by_role("link").first.click()
        expect(ended(page).locator("dd")).to_have_text("failed")
    with watched(browser, offline=True) as page:
        page.goto(export(failed, tmp_path / "failed.html"))
        expect(ended(page).locator("dd")).to_have_text("failed")
        # It was in no step.
        expect(page.locator(".entry.end")).to_contain_text("ZeroDivisionError: division by zero")
        page.goto(export(whole, tmp_path / "whole.html"))
        expect(page.get_by_role("tab", name="About")).to_be_visible()
        expect(ended(page)).to_have_count(0)


def test_the_graph(browser: Browser, forked: list[str]) -> None:
    ids = []
    for path in forked:
        with Recording.open(path) as opened:
            ids.append(opened.header["id"])
    with Serving(Path(forked[0]).parent) as server, watched(browser) as page:
        page.goto(f"http://{server.host}/?token={TOKEN}")
        page.wait_for_selector(".session")
        page.goto(f"http://{server.host}/#/r/{ids[0]}?t=0")
        check_graph(page, forked[0])
        forks = page.locator(".forks a")
        expect(forks).to_have_text(["fork: answers", "mock: answers"])
        expect(forks.nth(1)).to_have_class("fork failed")
        forks.nth(0).click()
        expect(page.locator(".origin")).to_contain_text("Goes on from before step 0 of answers")
        assert ids[1] in page.url


def test_the_graph_in_an_exported_file(browser: Browser, forked: list[str], tmp_path: Path) -> None:
    with watched(browser, offline=True, viewport=PHONE) as page:
        page.goto(export(forked[0], tmp_path / "a.html") + "#t=0")
        check_graph(page, forked[0])
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_graph_of_very_many_steps(browser: Browser, tmp_path: Path) -> None:
    path = str(tmp_path / "many.ahr")
    with Recorder(path) as r:
        for n in range(1000):
            r.record_step(f"s{n}", {"n": n}, {"n": n + 1})
    with watched(browser, offline=True) as page:
        page.goto(export(path, tmp_path / "a.html") + "#t=0")
        expect(page.locator(".steps-area .step")).to_have_count(300)
        page.get_by_role("button", name="700 later steps").click()
        expect(node(page, "s300")).to_be_visible()


def test_steps_beside_a_screen_have_a_panel(browser: Browser, tmp_path: Path) -> None:
    code = "from agentrec import Recorder\nprint('hello')\nRecorder().record_step('only', 1, 2)\n"
    path = str(run_inside(tmp_path, code))
    with watched(browser, offline=True) as page:
        page.goto(export(path, tmp_path / "a.html") + "#t=0")
        page.get_by_role("tab", name="Steps").click()
        expect(node(page, "only")).to_be_visible()
        expect(page.locator(".screen")).to_be_visible()


def test_many_paths_after_many_meet_in_one_point(browser: Browser, tmp_path: Path) -> None:
    path = str(tmp_path / "wide.ahr")
    with Recorder(path) as r:
        for _ in range(2):
            begun = [r.begin_step(f"s{n}", {"n": n}, run_id=n) for n in range(5)]
            for n in range(len(begun)):
                r.end_step(n, {"n": n})
    with watched(browser, offline=True) as page:
        page.goto(export(path, tmp_path / "a.html") + "#t=0")
        expect(page.locator(".steps-area .step")).to_have_count(10)
        expect(page.locator(".steps-area > svg path")).to_have_count(10)  # not 5 times 5
