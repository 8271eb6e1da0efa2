"""Around the player: live recordings, lineage, comparing, branching, cost; any size, colors, keyboard."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, Request, Route, StorageState, expect

from agentrec.recording.reader import Recording
from agentrec.times import format_clock
from tests.library.helpers import make, shown
from tests.web.serving import Serving
from tests.web_page.browser import PHONE, on_screen, open_at, position, watched
from tests.web_page.made import Library, Running, Served

pytestmark = pytest.mark.agents
# Whatever can be pressed or filled in, without a name that can be read out.
NAMELESS = """() => {
    const name = it => it.innerText || it.getAttribute('aria-label') || it.labels?.[0]?.textContent || '';
    return [...document.querySelectorAll('a, button, input, select, textarea, [role=slider]')]
        .filter(it => it.checkVisibility() && !it.closest('[aria-hidden]') && !name(it).trim())
        .map(it => it.outerHTML);
}"""


def views(recordings: Library) -> list[str]:
    agent = f"#/r/{recordings.agent}?t=3"
    tabs = [f"{agent}&tab={tab}" for tab in ("story", "moments", "files", "cost", "about")]
    rest = ["#/", "#/?q=multiply", f"#/lineage/{recordings.agent}", "#/cost", "#/transactions"]
    return [*tabs, *rest, f"#/compare/{recordings.agent}/{recordings.branch}"]


def settled(page: Page) -> None:
    """Wait until nothing says any more that it is being read."""
    expect(page.locator("main > *").first).to_be_visible()
    expect(page.get_by_text("Loading …")).to_have_count(0)


def test_follow_a_recording_that_runs(page: Page, recordings: Library, served: Served) -> None:
    running = Running(recordings, "being made")
    try:
        running.say("the first line")
        page.goto(served.url)
        expect(page.locator(".session", has_text="being made").locator(".live")).to_be_visible()
        page.get_by_role("link", name=re.compile("being made")).click()
        on_screen(page, "the first line")
        live = page.get_by_role("button", name="live")
        expect(live).to_have_class("live on")
        running.say("the second line")
        on_screen(page, "the second line")
        page.keyboard.press("g")
        expect(live).not_to_have_class("live on")
        running.say("the third line")
        page.keyboard.press("G")
        on_screen(page, "the third line")
        expect(live).to_have_class("live on")
        running.say("the last line")
        running.end()
        on_screen(page, "the last line")
        expect(live).to_have_count(0)
        expect(page.locator(".entry.end")).to_contain_text("exit 0")
    finally:
        running.end()


def about(page: Page, name: str) -> Locator:
    """What the panel says of the recording under that name."""
    return page.locator(".about dl > div", has=page.get_by_text(name, exact=True)).locator("dd")


def follow(page: Page, served: Served, running: Running, name: str) -> None:
    """Open what is said about a recording that runs."""
    running.say_and_wait("a line")
    page.goto(served.url)
    page.get_by_role("link", name=re.compile(name)).click()
    page.get_by_role("tab", name="About").click()
    expect(about(page, "State")).to_have_text("running")


def test_how_a_recording_that_is_followed_ended_is_told(
    page: Page, recordings: Library, served: Served
) -> None:
    running = Running(recordings, "followed to its end", code=3)
    try:
        follow(page, served, running, "followed to its end")
        expect(about(page, "Ended")).to_have_count(0)
        running.end()
        expect(about(page, "Ended")).to_have_text("exit 3")
        expect(about(page, "State")).to_have_text("complete")
    finally:
        running.end()


def test_a_followed_recording_whose_recorder_is_killed_is_told_as_torn(
    page: Page, recordings: Library, served: Served
) -> None:
    running = Running(recordings, "followed to its death")
    try:
        follow(page, served, running, "followed to its death")
        running.kill()
        expect(about(page, "State")).to_have_text("torn")
        expect(about(page, "Ended")).to_have_count(0)
    finally:
        running.kill()


def test_a_recording_that_runs_is_compared_until_its_end(
    page: Page, recordings: Library, served: Served
) -> None:
    running = Running(recordings, "beside another one", code=4)
    try:
        running.say_and_wait("a line")
        page.goto(served.url)
        for name in ("beside another one", "claude-code"):
            page.locator(".session", has_text=name).get_by_role("checkbox").check()
        page.get_by_role("link", name="Compare").click()
        cells = page.locator(".figures-table tr", has_text="Ended").locator("td")
        expect(cells).to_contain_text(["running", ""])
        running.end()
        expect(cells).to_contain_text(["exit 4", ""])
    finally:
        running.end()


def test_lineage_leads_to_runs(page: Page, recordings: Library, served: Served) -> None:
    page.goto(f"{served.url}#/lineage")
    nodes = page.locator(".node")
    expect(nodes).to_have_count(2)
    expect(nodes.nth(0)).to_have_class("node fine")
    expect(nodes.nth(1)).to_have_class("node failed")
    expect(page.locator(".lines path.failed")).to_have_count(1)
    red = "rgb(255, 122, 133)"
    expect(page.locator(".lines circle.failed")).to_have_css("fill", red)
    page.locator(".lines circle.failed").click()
    on_screen(page, "it went wrong")
    page.go_back()
    nodes.nth(1).get_by_role("link").click()
    on_screen(page, "it went wrong")
    page.get_by_role("tab", name="About").click()
    page.get_by_role("link", name=re.compile("Lineage:")).click()
    expect(page.locator(".node[aria-current]")).to_contain_text("sh -c")


def test_branches_are_on_the_timeline(page: Page, recordings: Library, served: Served) -> None:
    open_at(page, f"{served.url}#/r/{recordings.agent}", 3, "&tab=moments")
    expect(page.locator(".mark.branch")).to_have_count(1)
    page.locator(".points .branch").get_by_role("link", name="open").click()
    on_screen(page, "it went wrong")


def test_two_side_by_side(page: Page, recordings: Library, served: Served) -> None:
    page.goto(served.url)
    for name in ("sh -c", "claude-code"):
        page.locator(".session", has_text=name).get_by_role("checkbox").check()
    page.get_by_role("link", name="Compare").click()
    parted = format_clock(next(it.t for it in recordings.points if it.id == recordings.parting))
    times = page.locator(".one .time b")
    expect(times).to_have_text(["0:00", parted])
    expect(page.locator(".difference")).to_contain_text("First difference: ")
    page.get_by_role("button", name="Go to the first difference").click()
    expect(page.locator(".one").nth(1).locator(".differing")).not_to_contain_text("Write area.py")
    assert position(page, 1) >= sum(
        int(part) * 60**n for n, part in enumerate(reversed(parted.split(":")))
    )
    expect(page.locator(".figures-table tr", has_text="Ended").locator("td")).to_have_text(
        ["exit 3", "ok"]
    )
    for row, told in (("Last message", "The test passes now"), ("Model", "claude-")):
        cells = page.locator(
            ".figures-table tr", has=page.get_by_role("rowheader", name=row, exact=True)
        )
        expect(cells.locator("td").nth(1)).to_contain_text(told)
    page.get_by_role("button", name="Go to where they part").click()
    expect(times).to_have_text(["0:00", parted])
    page.get_by_role("button", name="Play both").click()
    expect(times.nth(1)).not_to_have_text(parted)
    on_screen(page, "it went wrong", 0)


def test_what_a_branch_would_do_is_shown_first(
    page: Page, recordings: Library, served: Served
) -> None:
    open_at(page, f"{served.url}#/r/{recordings.agent}", recordings.seconds)
    page.keyboard.press("i")
    dialog = page.get_by_role("dialog", name="Branch from here")
    dialog.get_by_label("Message to the agent").fill("Use a class instead.")
    expect(dialog.locator(".plan")).to_contain_text("Use a class instead.")
    expect(dialog.locator(".plan")).to_contain_text("worktree of")
    dialog.get_by_label("Run the same command again").check()
    expect(dialog.get_by_label("Message to the agent")).to_be_disabled()
    expect(dialog.locator(".plan")).to_contain_text("the command is run again from its start")
    expect(dialog.locator(".plan")).not_to_contain_text("Use a class instead.")
    dialog.get_by_role("button", name="Cancel").click()
    expect(dialog).to_have_count(0)


def test_the_branch_dialog_does_not_wait_for_the_events(
    page: Page, recordings: Library, served: Served
) -> None:
    waiting: list[Route] = []
    messages: list[str] = []

    def hold(route: Route) -> None:
        waiting.append(route)

    def sent(request: Request) -> None:
        if request.url.endswith("/session-branch"):
            messages.append(request.post_data_json["injectedMessage"])

    page.route(re.compile(r"/events\?"), hold)
    page.on("request", sent)
    open_at(page, f"{served.url}#/r/{recordings.agent}", recordings.seconds)
    page.keyboard.press("i")
    dialog = page.get_by_role("dialog", name="Branch from here")
    expect(dialog.get_by_role("button", name="Branch and run")).to_be_disabled()
    dialog.get_by_label("Message to the agent").fill("Use a class instead.")
    expect(dialog.locator(".plan")).to_contain_text("Use a class instead.")
    assert waiting
    for route in waiting:
        route.continue_()
    expect(page.locator(".entry.user").first).to_be_attached()
    dialog.get_by_label("Message to the agent").fill("")
    expect(dialog.locator(".plan")).to_have_count(0)
    assert messages == ["Use a class instead."]


def test_branch_and_watch_it_run(page: Page, recordings: Library, served: Served) -> None:
    open_at(page, f"{served.url}#/r/{recordings.agent}", recordings.seconds)
    expect(page.locator(".entry.user").first).to_be_attached()
    page.keyboard.press("i")
    page.get_by_label("Message to the agent").fill("And now say hello. [[scenario:hello]]")
    page.get_by_role("button", name="Branch and run").click()
    page.wait_for_url(lambda url: "#/r/" in url and recordings.agent not in url)
    on_screen(page, "And now say hello.")
    expect(page.locator(".entry.user").last).to_contain_text("And now say hello.")
    expect(page.locator(".entry.end")).to_contain_text("exit 0")
    child = page.url.rpartition("/")[2].partition("?")[0]
    path = next(path for path in recordings.folder.rglob("*.ahr") if child in path.name)
    with Recording.open(str(path)) as recording:
        assert recording.header["parent"]["id"] == recordings.agent


def test_cost_of_all(page: Page, served: Served) -> None:
    page.goto(f"{served.url}#/cost")
    expect(page.locator("table").first).to_contain_text("claude-opus")
    page.get_by_label("By").select_option("agent")
    expect(page.locator("table").first).to_contain_text("claude-code")
    expect(page.locator("table").nth(1)).to_contain_text("Bash")
    page.get_by_role("button", name="all", exact=True).click()
    unpriced = page.get_by_label("Models without a price")
    expect(unpriced).to_contain_text("nobody/knows: 1 call, 30 tokens")


def test_everything_has_a_name_and_fits_a_phone(
    browser: Browser, door: StorageState, recordings: Library, served: Served
) -> None:
    with watched(browser, storage_state=door, viewport=PHONE, has_touch=True) as page:
        for view in views(recordings):
            page.goto(served.url + view)
            settled(page)
            assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], view
            assert page.evaluate(NAMELESS) == [], view


def test_a_large_window_is_used(
    browser: Browser, door: StorageState, recordings: Library, served: Served
) -> None:
    """The player from side to side, with large letters and a wide panel; the list in columns."""
    with watched(browser, storage_state=door, viewport={"width": 2560, "height": 1300}) as page:
        open_at(page, f"{served.url}#/r/{recordings.agent}", 5)
        screen, side = page.locator(".screen").bounding_box(), page.locator(".side").bounding_box()
        assert screen
        assert side
        assert screen["width"] > 1500
        assert side["width"] > 600
        assert side["x"] + side["width"] > 2500
        page.goto(served.url)
        expect(page.locator(".session").first).to_be_visible()
        lefts = page.locator(".session").evaluate_all("all => all.map(it => it.offsetLeft)")
        assert len(set(lefts)) > 1


def test_colors(browser: Browser, door: StorageState, recordings: Library, served: Served) -> None:
    ground = "getComputedStyle(document.documentElement).backgroundColor"
    terminal = "getComputedStyle(document.querySelector('.screen')).backgroundColor"
    for scheme, wanted in (("dark", "rgb(12, 14, 18)"), ("light", "rgb(238, 240, 243)")):
        with watched(browser, storage_state=door, color_scheme=scheme) as page:
            open_at(page, f"{served.url}#/r/{recordings.agent}", 3)
            assert page.evaluate(ground) == wanted
            assert page.evaluate(terminal) == "rgb(20, 22, 27)"
    with watched(browser, storage_state=door) as page:
        open_at(page, f"{served.url}#/r/{recordings.agent}", 3)
        for _ in range(3):
            page.keyboard.press("T")
        expect(page.locator(".theme")).to_have_text("light")
        assert page.evaluate(terminal) == "rgb(255, 255, 255)"
        page.reload()
        expect(page.locator(".theme")).to_have_text("light")


def test_by_keyboard_alone(page: Page, served: Served) -> None:
    page.goto(served.url)
    expect(page.locator(".session").first).to_be_visible()
    focused = "document.activeElement.matches('{}')"
    for _ in range(20):
        page.keyboard.press("Tab")
        assert page.evaluate(focused.format(":focus-visible"))
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
        if page.evaluate(focused.format(".session a.main")):
            break
    page.keyboard.press("Enter")
    expect(page.get_by_role("slider")).to_be_visible()
    page.keyboard.press("Tab")
    assert page.evaluate(focused.format(":focus-visible"))


def test_a_wrong_token_is_said(browser: Browser, served: Served) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.goto(served.url)
    expect(page.get_by_role("alert")).to_contain_text("agentrec serve")
    context.close()


def test_a_code_for_once_is_not_asked_for_again(browser: Browser, recordings: Library) -> None:
    with Serving(recordings.folder) as server, watched(browser) as page:
        server.server.keys.add_code("let-in-once")
        page.goto(f"http://{server.host}/?once=let-in-once")
        expect(page.locator(".session").first).to_be_visible()
        page.reload()
        expect(page.locator(".session").first).to_be_visible()


def test_an_address_that_was_broken_leads_to_a_page(page: Page, served: Served) -> None:
    page.goto(f"{served.url}#/lineage?50%")
    page.goto(f"{served.url}#/%zz%")
    page.reload()
    expect(page.locator(".session").first).to_be_visible()


def test_a_recording_that_tells_no_end_is_listed_like_others(
    browser: Browser, tmp_path: Path
) -> None:
    make(str(tmp_path / "endless.ahr"), shown(0, "x"))
    with Serving(tmp_path) as server, watched(browser) as page:
        server.server.keys.add_code("let-in-once")
        page.goto(f"http://{server.host}/?once=let-in-once")
        row = page.locator(".session")
        expect(row.locator(".badge")).to_have_count(0)

        def top(part: str) -> float:
            box = row.locator(part).bounding_box()
            assert box
            return box["y"]

        assert top(".name") < top(".about-it") == top(".figures")
        page.set_viewport_size(PHONE)
        assert top(".name") < top(".about-it") < top(".figures")
