"""What took how long: lanes, subagents, the critical path; in step with the screen."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.library.helpers import call, ended, make, shown
from tests.web_page.browser import gone_to, watched
from tests.web_page.test_exported import export

MAIN, SUB = {"actor": "agent"}, {"actor": "agent/explorer"}
TOLD = (
    shown(0, "x"),
    (1, "agent", "message", {"role": "user", "text": "look around"}, {"actor": "user"}),
    (*call(3, "big", duration_ms=2000), {"span": "c1", **MAIN}),
    (3, "tool", "call", {"name": "Read"}, {"span": "t1", "parent": "c1", **MAIN}),
    (3, "tool", "call", {"name": "Task"}, {"span": "t2", "parent": "c1", **MAIN}),
    (4, "tool", "result", {"output": "x", "duration_ms": 1000}, {"span": "t1", **MAIN}),
    (*call(5, "small", duration_ms=1500), {"span": "c2", "parent": "t2", **SUB}),
    (5, "tool", "call", {"name": "Grep"}, {"span": "t3", "parent": "c2", **SUB}),
    (7, "tool", "result", {"output": "x", "is_error": True}, {"span": "t3", **SUB}),
    (7.5, "tool", "result", {"output": "x"}, {"span": "t2", **MAIN}),
    (*call(9, "big", duration_ms=1500), {"span": "c3", **MAIN}),
    ended(11),
)


@pytest.fixture
def page(browser: Browser, tmp_path: Path) -> Iterator[Page]:
    path = make(str(tmp_path / "r.ahr"), *TOLD)
    with watched(browser, offline=True) as found:
        found.goto(export(path, tmp_path / "r.html") + "#t=0:06&tab=trace")
        expect(found.locator(".bars .span.critical")).to_have_count(5)
        yield found


def names(page: Page, kind: str) -> list[str]:
    return [it.get_attribute("aria-label") or "" for it in page.locator(f".bars .span{kind}").all()]


def test_what_runs_at_once_is_in_lanes(page: Page) -> None:
    expect(page.locator(".lane")).to_have_count(4)
    lanes = page.locator(".lane")
    told = [
        lanes.nth(n).locator(".span").evaluate_all("it => it.map(x => x.ariaLabel.split(',')[0])")
        for n in range(4)
    ]
    assert told == [["turn look around"], ["big", "Read", "big"], ["Task"], ["small", "Grep"]]
    expect(page.locator(".actor")).to_have_text("agent/explorer")
    assert "Read, 1.0 s, at 0:03" in names(page, ".tool")
    assert "turn look around, 8.0 s, at 0:01" in names(page, ".turn")
    expect(page.locator(".span.bad")).to_have_attribute(
        "aria-label", re.compile("^Grep, 2.0 s.*failed")
    )


def test_the_critical_path_is_marked(page: Page) -> None:
    marked = [name.split(",")[0] for name in names(page, ".critical")]
    assert marked == ["big", "big", "Task", "small", "Grep"]


def test_it_is_in_step_with_the_screen(page: Page) -> None:
    gone_to(page, "0:06")
    expect(page.locator(".bars .span.active")).to_have_count(3)
    active = [name.split(",")[0] for name in names(page, ".active")]
    assert active == ["turn look around", "Task", "Grep"]
    page.get_by_role("button", name=re.compile("^Read, ")).click()
    gone_to(page, "0:03")
    expect(page.locator(".span.active", has_text="Read")).to_be_visible()
    page.get_by_role("button", name="This turn").click()
    expect(page.locator(".trace .so-far")).to_contain_text("8.0 s: model calls 5.0 s, tools")
