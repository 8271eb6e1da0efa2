"""An exported file, opened from the disk by a browser that is offline."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from agentrec.recording.reader import Recording
from agentrec.terminal.seek.timeline import Timeline
from agentrec.times import format_clock
from tests.library.helpers import ended, make, shown
from tests.report.test_event_text import CALLS
from tests.web_page.browser import PHONE, gone_to, on_screen, screen, watched
from tests.web_page.made import AGENTREC, EVIL, LIMIT, Library

KEY = "sk-ant-api03-" + "Zq7" * 31 + "AA"
CALL = {"name": "Bash", "input": {"command": f"export KEY={KEY}"}}


def export(source: str, target: Path, *options: str, env: dict[str, str] | None = None) -> str:
    """The address of the file that `agentrec convert` made."""
    command = [*AGENTREC, "convert", source, str(target), *options]
    subprocess.run(command, env=env, check=True, capture_output=True, timeout=LIMIT)
    return target.as_uri()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    with watched(browser, offline=True) as found:
        yield found


def made_up(folder: Path) -> str:
    return make(
        str(folder / "made-up.ahr"),
        shown(0, f"{EVIL}\r\nkey {KEY}\r\n"),
        (1, "agent", "message", {"role": "user", "text": f"{EVIL} {KEY}"}, {"actor": "user"}),
        (2, "tool", "call", CALL, {"span": "t1"}),
        (3, "tool", "result", {"output": KEY, "is_error": True}, {"span": "t1"}),
        (4, "mark", "moment", {"label": "half way", "source": "cli"}),
        *[shown(4 + n / 10, f"line {n}\r\n") for n in range(40)],
        (8.5, "term", "resize", {"cols": 40, "rows": 10}),
        shown(9, "\x1b[2J\x1b[Hsmall"),
        ended(10, 2),
        title=EVIL,
    )


@pytest.mark.agents
def test_an_agents_session(page: Page, recordings: Library, tmp_path: Path) -> None:
    url = export(recordings.path, tmp_path / "session.html", env=recordings.env)
    with Recording.open(recordings.path) as recording, Timeline(recording) as line:
        last = line.duration / 1e9
        page.goto(f"{url}#t={last}")
        on_screen(page, "Resume this session with")
        assert screen(page) == line.screen_at(line.duration).rows_text()
    call = page.locator(".entry.tool", has_text="python3 -B test_area.py").first
    call.locator("summary").click()
    expect(call.locator(".output")).to_contain_text("0 passed, 1 failed")
    page.keyboard.press("/")
    page.get_by_label("Search this recording").fill("should multiply")
    expect(page.locator(".hits li").first).to_contain_text("It adds where it should multiply")
    page.keyboard.press("Enter")
    on_screen(page, "It adds where it should multiply")
    page.keyboard.press("Escape")
    page.get_by_role("tab", name="Marks").click()
    page.locator(".points li", has_text="python3 -B").first.get_by_role("button").click()
    on_screen(page, "python3 -B test_area.py")
    page.get_by_role("tab", name="Cost").click()
    expect(page.locator(".so-far")).to_contain_text("of 7 model calls")


def test_it_plays(page: Page, tmp_path: Path) -> None:
    path = made_up(tmp_path)
    page.goto(export(path, tmp_path / "r.html"))
    expect(page.get_by_role("button", name="Pause", exact=True)).to_be_visible()
    for _ in range(5):
        page.keyboard.press("+")
    on_screen(page, "small")
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible()
    gone_to(page, "0:10")
    expect(page.locator(".screen")).to_have_attribute("data-shape", re.compile("^40.10$"))
    expect(page.locator(".frame-head .dim")).to_have_text(re.compile("^40.10$"))
    with Recording.open(path) as recording, Timeline(recording) as line:
        for key, share in (("0", 0), ("9", 0.9), ("5", 0.5), ("4", 0.4), ("7", 0.7)):
            t = round(share * line.duration)
            page.keyboard.press(key)
            gone_to(page, format_clock(t))
            wanted = line.screen_at(t).rows_text()
            on_screen(page, next(row for row in reversed(wanted) if row))
            assert screen(page) == wanted
    page.keyboard.press("g")
    page.keyboard.press("]")
    gone_to(page, "0:04")
    page.keyboard.press(".")
    on_screen(page, "line 1")


def test_tool_calls_are_told_as_everywhere_else(page: Page, tmp_path: Path) -> None:
    calls = [
        (n, "tool", "call", {"name": tool, "input": given}, {"span": f"t{n}"})
        for n, (tool, given, _) in enumerate(CALLS, 1)
    ]
    path = make(str(tmp_path / "calls.ahr"), shown(0, "x"), *calls, ended(len(calls) + 1))
    page.goto(export(path, tmp_path / "r.html") + f"#t={len(calls) + 1}")
    heads = page.locator(".entry.tool summary")
    expect(heads).to_have_count(len(CALLS))
    assert heads.locator("b").all_inner_texts() == [tool for tool, _, _ in CALLS]
    assert heads.locator("code").all_inner_texts() == [said for _, _, said in CALLS]


def test_what_cannot_be_done_here_is_said(page: Page, tmp_path: Path) -> None:
    page.goto(export(made_up(tmp_path), tmp_path / "r.html") + "#t=5")
    on_screen(page, "line 9")
    for key, word in (("m", "agentrec replay"), ("i", "agentrec branch"), ("s", "snapshots")):
        page.keyboard.press(key)
        expect(page.locator(".notice")).to_contain_text(word)


def test_recorded_text_stays_text(page: Page, tmp_path: Path) -> None:
    page.goto(export(made_up(tmp_path), tmp_path / "r.html") + "#t=1")
    on_screen(page, "<img src=x")
    expect(page.locator("h1")).to_contain_text("<img src=x")
    expect(page.locator(".entry.user")).to_contain_text("<img src=x")
    assert page.title().startswith("<img src=x")
    assert page.locator("img").count() == 0


def test_start_and_speed_are_in_the_address_and_the_theme_is_remembered(
    page: Page, tmp_path: Path
) -> None:
    page.goto(export(made_up(tmp_path), tmp_path / "r.html") + "#t=5")
    on_screen(page, "line 9")
    page.keyboard.press("+")
    page.keyboard.press("T")
    expect(page).to_have_url(re.compile(r"#t=0?:?0?5.*speed=1\.5|speed=1\.5.*t="))
    theme = page.locator("html").get_attribute("data-theme")
    page.reload()
    on_screen(page, "line 9")
    expect(page.locator(".speed")).to_contain_text("1.5")
    assert page.locator("html").get_attribute("data-theme") == theme


def test_notes_are_searched(page: Page, tmp_path: Path) -> None:
    note = (2, "mark", "note", {"text": "first\nlook at the cache", "source": "player"})
    path = make(str(tmp_path / "r.ahr"), shown(0, "x"), note, ended(3))
    page.goto(export(path, tmp_path / "r.html") + "#t=0")
    expect(page.locator(".line").first).to_be_attached()
    page.keyboard.press("/")
    search = page.get_by_label("Search this recording")
    search.fill("the cache")
    expect(page.locator(".hits li")).to_have_count(1)
    expect(page.locator(".hits li")).to_contain_text("look at the cache")
    search.fill("player")  # who wrote it is not what was written
    expect(page.locator(".search-here")).to_contain_text("no matches")


def test_without_a_screen(page: Page, tmp_path: Path) -> None:
    said = (1, "agent", "message", {"role": "user", "text": "mend it"}, {"actor": "user"})
    path = make(str(tmp_path / "r.ahr"), said)
    page.goto(export(path, tmp_path / "r.html"))
    expect(page.locator(".room .entry.user")).to_contain_text("mend it")
    expect(page.get_by_role("tab", name="Conversation")).to_have_count(0)
    path = make(str(tmp_path / "shown.ahr"), said, shown(2, "x"), ended(3))
    page.goto(export(path, tmp_path / "shown.html") + "#t=0")
    expect(page.locator(".side .entry.user")).to_be_visible()
    expect(page.locator(".room .entry")).to_have_count(0)


def test_redacted(page: Page, tmp_path: Path) -> None:
    file = tmp_path / "r.html"
    page.goto(export(made_up(tmp_path), file, "--redact") + "#t=3.5")
    on_screen(page, "key ")
    page.locator(".entry.tool summary").click()
    expect(page.locator(".entry.tool .output")).to_be_visible()
    text = page.locator("body").inner_text()
    assert KEY[:24] not in text
    assert "export KEY=" in text
    page.keyboard.press("/")
    page.get_by_label("Search this recording").fill("Zq7Zq7")
    expect(page.locator(".search-here")).to_contain_text("no matches")


def test_on_a_phone(browser: Browser, tmp_path: Path) -> None:
    url = export(made_up(tmp_path), tmp_path / "r.html")
    with watched(
        browser, offline=True, viewport=PHONE, has_touch=True, color_scheme="light"
    ) as page:
        page.goto(f"{url}#t=5")
        on_screen(page, "line 9")
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
        page.get_by_role("tab", name="Marks").tap()
        page.locator(".points li", has_text="half way").get_by_role("button").tap()
        gone_to(page, "0:04")


def test_a_long_session(page: Page, tmp_path: Path) -> None:
    """Thousands of entries: those near the position are there, the others when one scrolls to them."""
    told = [
        (n / 2, "agent", "message", {"role": "assistant", "text": f"message {n}."})
        for n in range(3000)
    ]
    path = make(str(tmp_path / "long.ahr"), shown(0, "long\r\n"), *told, ended(1500))
    page.goto(export(path, tmp_path / "r.html") + "#t=1000.1")
    story = page.locator(".story")
    expect(story.locator("[aria-current]")).to_contain_text("message 2000.")
    expect(story.locator("[aria-current]")).to_be_in_viewport()
    assert story.locator(".entry").count() < 500
    story.hover()
    page.mouse.wheel(0, -20_000)
    expect(story.locator(".entry", has_text="message 1850.")).to_be_attached()
    expect(story.locator("[aria-current]")).not_to_be_in_viewport()
    page.keyboard.press("g")
    story.locator(".edge button").first.click()
    expect(story.locator(".entry").first).to_be_attached()
    page.keyboard.press("5")
    expect(story.locator("[aria-current]")).to_contain_text("message 1500.")


def test_recordings_in_any_state(browser: Browser, tmp_path: Path) -> None:
    """Empty, torn, damaged: what can be read is shown, and nothing goes wrong."""
    for path in sorted(Path("fixtures/recordings").glob("*.ahr")):
        url = export(str(path), tmp_path / f"{path.stem}.html")
        with watched(browser, offline=True) as page:
            page.goto(f"{url}#t=0")
            expect(page.locator(".line").first).to_be_attached()
            for tab in ("Marks", "Cost", "About"):
                page.get_by_role("tab", name=tab).click()
            page.keyboard.press("G")
            page.keyboard.press(",")
            page.keyboard.press("Space")
            expect(page.locator(".about")).to_contain_text("Terminal")
            signed = page.locator(".about dt", has_text="Signed by")
            expect(signed).to_have_count(1 if "signed" in path.stem else 0)
