"""What took how long: lanes, subagents, the critical path; in step with the screen."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, StorageState, expect

from agentrec.recording.reader import Recording
from agentrec.report.spans import SpanList, TraceSpan, critical_path, lanes_of
from agentrec.times import format_clock
from agentrec.tui.draw.trace_cells import duration_text
from tests.library.helpers import make, shown
from tests.report.test_spans import TOLD
from tests.web_page.browser import gone_to, open_at, watched
from tests.web_page.made import Library, Served
from tests.web_page.test_exported import export


@pytest.fixture
def page(browser: Browser, tmp_path: Path) -> Iterator[Page]:
    path = make(str(tmp_path / "r.ahr"), shown(0, "x"), *TOLD)
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


def told(span: TraceSpan, path: Sequence[TraceSpan] | set[TraceSpan]) -> str:
    """What the page says of a span."""
    what = " ".join(filter(None, [span.name, span.text[:80]]))
    took = "not ended" if span.end is None else duration_text(span.end - span.start)
    failed = ", failed" if span.failed else ""
    critical = ", on the critical path" if span in path else ""
    return f"{what}, {took}, at {format_clock(span.start)}{failed}{critical}"


@pytest.mark.agents
def test_player_and_page_find_the_same(
    browser: Browser, door: StorageState, recordings: Library, served: Served
) -> None:
    """The real agent's recording, through both implementations of the rules."""
    found = SpanList()
    with Recording.open(recordings.path) as recording:
        found.feed(recording.events())
        now = recording.duration
    path = critical_path(found.spans, now)
    lanes = [
        (lane.actor or "turns", [told(span, path) for span in lane.spans])
        for lane in lanes_of(found.spans, now)
    ]
    with watched(browser, storage_state=door) as page:
        open_at(page, f"{served.url}#/r/{recordings.agent}", 1, "&tab=trace")
        expect(page.locator(".bars .span")).to_have_count(len(found.spans))
        shown_lanes = page.locator(".bars").evaluate_all(
            "lanes => lanes.map(lane => [lane.ariaLabel,"
            " [...lane.querySelectorAll('.span')].map(it => it.ariaLabel)])"
        )
    assert len(path) > 5
    assert [(actor, labels) for actor, labels in shown_lanes] == lanes


def test_the_same_as_a_list(page: Page) -> None:
    rows = page.locator(".span-list li")
    expect(rows).to_have_count(7)
    told = [re.sub(r"\s+", " ", text).strip() for text in rows.all_inner_texts()]
    assert told[:4] == [
        "0:01 8.0 s look around",
        "0:01 2.0 s big",
        "0:03 1.0 s Read",
        "0:03 4.5 s Task",
    ]
    expect(page.locator(".span-list .critical")).to_have_count(5)
    expect(page.locator(".span-list [aria-current]")).to_contain_text("Grep")
    rows.nth(2).get_by_role("button").click()
    gone_to(page, "0:03")


def test_a_key_switches_to_the_turn(page: Page) -> None:
    page.get_by_role("tab", name="Notes").click()
    page.keyboard.press("w")
    pressed = page.get_by_role("button", name="This turn")
    expect(pressed).to_have_attribute("aria-pressed", "false")
    page.keyboard.press("w")
    expect(pressed).to_have_attribute("aria-pressed", "true")
