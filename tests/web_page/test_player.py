"""The page in a browser: find, play, seek, read, look at files. Its screen is compared with the emulator."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from agentrec.recording.reader import Recording
from agentrec.terminal.seek.timeline import Timeline
from agentrec.times import format_clock
from tests.web_page.browser import gone_to, on_screen, open_at, position, screen
from tests.web_page.made import EVIL, PROMPT, Library, Served

pytestmark = pytest.mark.agents
SHOWN = r"[...document.querySelectorAll('.line')].map(it => it.textContent.trimEnd()).join('\n')"
WHERE = """() => {
    const lines = [...document.querySelectorAll('.line')];
    const line = lines.find(it => it.textContent.includes('inverse'));
    const span = [...line.querySelectorAll('span')].find(it => it.textContent.includes('inverse'));
    const zero = document.createElement('span');
    zero.textContent = '0'.repeat(50);
    line.append(zero);
    const width = zero.getBoundingClientRect().width / 50;
    zero.remove();
    return [span.getBoundingClientRect().left - line.getBoundingClientRect().left, width];
}"""


@pytest.fixture
def url(served: Served, recordings: Library) -> str:
    """Of the agent's recording."""
    return f"{served.url}#/r/{recordings.agent}"


def failing(page: Page):
    return page.locator(".entry.tool", has_text="python3 -B test_area.py").first


def test_find_and_open(page: Page, recordings: Library, served: Served) -> None:
    page.goto(served.url)
    expect(page.locator(".session", has_text="claude-code")).to_have_count(1)
    page.get_by_label("Search all recordings").fill("should multiply")
    hit = page.locator(".found", has_text=PROMPT).get_by_role("link", name="message")
    expect(hit.locator("mark").first).to_have_text("should")
    hit.click()
    on_screen(page, "It adds where it should multiply.")
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible()
    page.go_back()
    expect(page.get_by_label("Search all recordings")).to_have_value("should multiply")


def test_the_screen_is_the_emulators_at_any_time(page: Page, recordings: Library, url: str) -> None:
    with Recording.open(recordings.path) as recording, Timeline(recording) as line:
        last = line.duration / 1e9
        for share in (0.3, 0.95, 0.62, 0.75, 1):
            at = round(last * share, 3)
            open_at(page, url, at)
            wanted = line.screen_at(round(at * 1e9)).rows_text()
            page.wait_for_function(
                f"wanted => {SHOWN} === wanted",
                arg="\n".join(wanted),
            )
            assert screen(page) == wanted


def test_play_to_the_end_and_again(page: Page, recordings: Library, url: str) -> None:
    open_at(page, url, 3)
    for _ in range(4):
        page.keyboard.press("+")
    expect(page.locator(".speed")).to_contain_text("5\N{MULTIPLICATION SIGN}")
    page.keyboard.press("Space")
    on_screen(page, "The test passes now")
    on_screen(page, "Resume this session with")
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible()
    page.get_by_role("button", name="Play", exact=True).click()
    on_screen(page, "Claude Code")
    expect(page.get_by_role("button", name="Pause", exact=True)).to_be_visible()


def test_keys_that_move(page: Page, recordings: Library, url: str) -> None:
    open_at(page, url, 0)
    for key, seconds in (
        ("G", recordings.seconds),
        ("g", 0),
        ("ArrowRight", 5),
        ("5", recordings.seconds / 2),
    ):
        page.keyboard.press(key)
        gone_to(page, format_clock(round(seconds * 1e9)))
    page.keyboard.press("t")
    page.get_by_label("Go to").fill("0:02")
    page.keyboard.press("Enter")
    gone_to(page, "0:02")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_contain_text("Next frame")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_keys_that_go_from_point_to_point(page: Page, recordings: Library, url: str) -> None:
    open_at(page, url, 0)
    expect(page.locator(".mark.moment").first).to_be_attached()
    now = 0.0
    for key in "]]}]{[":
        now = recordings.jump(key, now)
        page.keyboard.press(key)
        expect(page.locator(".place")).to_have_text(recordings.place(now))
        gone_to(page, format_clock(round(now * 1e9)))


def test_one_frame_on_and_back(page: Page, recordings: Library, url: str) -> None:
    open_at(page, url, recordings.asked() + 0.2)
    on_screen(page, "Write area.py")
    first = screen(page)
    pictures = [first]
    steps = 10  # some change nothing but a color
    for key in [*["."] * steps, *[","] * steps]:
        count = page.evaluate("performance.getEntriesByType('resource').length")
        page.keyboard.press(key)
        page.wait_for_function(
            "n => performance.getEntriesByType('resource').length > n", arg=count
        )
        page.wait_for_function(
            "() => new Promise(done => requestAnimationFrame(() => setTimeout(() => done(true))))"
        )
        pictures.append(screen(page))
    there, back = pictures[: steps + 1], pictures[steps : 2 * steps]
    assert any(picture != first for picture in there)
    assert back == there[:0:-1]


def test_seek_with_the_pointer(page: Page, recordings: Library, url: str) -> None:
    open_at(page, url, 0)
    bar = page.get_by_role("slider")
    expect(bar.locator(".mark.moment").first).to_be_attached()
    box = bar.bounding_box()
    assert box
    page.mouse.click(box["x"] + box["width"] * 0.999, box["y"] + 10)
    on_screen(page, "Resume this session with")
    page.mouse.move(box["x"] + box["width"] * 0.9, box["y"] + 10)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.2, box["y"] + 10, steps=8)
    page.mouse.up()
    gone_to(page, format_clock(round(recordings.seconds * 0.2e9)))
    assert abs(position(page) - recordings.seconds * 0.2) < 1


def test_search_what_was_shown(page: Page, recordings: Library, url: str) -> None:
    open_at(page, url, 0)
    page.keyboard.press("/")
    page.get_by_label("Search this recording").fill("multiply")
    expect(page.locator(".hits li").first).to_contain_text("multiply")
    page.keyboard.press("Enter")
    on_screen(page, "should multiply")
    marked = "[...(CSS.highlights.get('found') ?? [])].map(range => range.toString())"
    page.wait_for_function(f"() => {marked}.includes('multiply')")
    page.keyboard.press("Escape")
    expect(page.locator(".hits")).to_have_count(0)
    page.wait_for_function(f"() => {marked}.length === 0")


def test_read_a_tool_call_in_step_with_the_screen(
    page: Page, recordings: Library, url: str
) -> None:
    open_at(page, url, 0)
    call = failing(page)
    expect(call).to_have_class(re.compile("ahead"))
    expect(call.locator(".flag")).to_have_text("failed")
    call.locator("summary").click()
    expect(call.locator(".input")).to_contain_text("python3 -B test_area.py")
    expect(call.locator(".output")).to_contain_text("0 passed, 1 failed")
    call.locator("button.at").click()
    expect(call).to_have_attribute("aria-current", "step")
    expect(call).not_to_have_class(re.compile("ahead"))
    on_screen(page, "python3 -B test_area.py")
    expect(page.locator(".entry.user").first).to_contain_text("Write area.py with a test")


def test_files_and_what_changed(page: Page, recordings: Library, url: str) -> None:
    mended = recordings.mended()
    open_at(page, url, recordings.seconds, "&tab=files")
    page.get_by_label("Snapshot").select_option(mended)
    change = page.locator(".files details", has_text="area.py").first
    expect(change.locator(".gone")).to_have_text(re.compile(r"^-\s+return width \+ height"))
    expect(change.locator(".new")).to_have_text(re.compile(r"^\+\s+return width \* height"))
    page.locator(".files option").last.evaluate(
        "it => { it.textContent = 'long label '.repeat(9) }"
    )
    assert page.locator(".panel").evaluate("it => it.scrollWidth <= it.clientWidth")
    page.get_by_role("button", name="All files").click()
    page.locator(".tree button", has_text="test_area.py").click()
    expect(page.locator(".content")).to_contain_text("assert area(3, 4) == 12")
    page.get_by_label("Snapshot").select_option("s1")
    gone_to(page, "0:00")
    page.get_by_role("button", name="Changes").click()
    expect(page.locator(".files summary")).to_have_text(re.compile("added docs/read.md"))


def test_cost_over_time(page: Page, recordings: Library, url: str) -> None:
    open_at(page, url, 0, "&tab=cost")
    expect(page.locator(".so-far")).to_have_text(
        re.compile(r"So far \$0 of \$0\.\d\d, 0 of 7 model calls")
    )
    page.keyboard.press("G")
    expect(page.locator(".so-far")).to_contain_text("7 of 7 model calls")
    page.locator(".chart .u-over").first.click(position={"x": 5, "y": 20})
    gone_to(page, "0:00")
    expect(page.locator(".panel table tbody tr")).to_have_count(1)


def test_add_a_mark(page: Page, recordings: Library, url: str) -> None:
    open_at(page, url, 2)
    page.keyboard.press("m")
    page.get_by_label("Mark at 0:02").fill("look here")
    page.keyboard.press("Enter")
    page.get_by_role("tab", name="Marks").click()
    expect(page.locator(".points li", has_text="look here")).to_contain_text("0:02")
    with Recording.open(recordings.path) as recording:
        labels = [
            event.data["label"]
            for event in recording.events(tracks=("mark",))
            if event.kind == "moment"
        ]
    assert "look here" in labels


def test_recorded_text_stays_text(page: Page, served: Served) -> None:
    page.goto(served.url)
    expect(page.locator(".session", has_text="<img src=x")).to_be_visible()
    page.goto(f"{served.url}#/r/odd-1?t=4.5")
    on_screen(page, "<img src=x")
    on_screen(page, "日本語")
    expect(page.locator(".entry.user")).to_contain_text("<img src=x")
    page.locator(".entry.tool summary").click()
    expect(page.locator(".entry.tool .output")).to_contain_text("<img src=x")
    page.get_by_role("tab", name="Marks").click()
    expect(page.locator(".points")).to_contain_text("<img src=x")
    assert page.locator("img, iframe, object, b b").count() == 0
    assert page.title().startswith("<img")
    assert EVIL[:8] in page.title()


def test_events_that_make_no_sense(page: Page, served: Served) -> None:
    page.goto(f"{served.url}#/r/senseless-1?t=8")
    on_screen(page, "senseless")
    expect(page.locator(".entry").first).to_be_attached()
    for entry in page.locator(".entry.tool summary").all()[:8]:
        entry.click()
    for tab in ("Marks", "Files", "Cost", "About"):
        page.get_by_role("tab", name=tab).click()
    expect(page.locator(".about")).to_contain_text("senseless-1")


def test_cells_stand_where_they_belong(page: Page, served: Served) -> None:
    """Whatever a font makes of wide characters and clusters: what is behind them starts in its column."""
    page.goto(f"{served.url}#/r/odd-1?t=4.5")
    on_screen(page, "inverse")
    left, cell = page.evaluate(WHERE)
    columns = len(EVIL.split("\x1b")[0]) + len("日本語") * 2 + 1 + 2 + 1 + 2 + 1 + 1 + 1
    assert abs(left / cell - columns) < 0.1
