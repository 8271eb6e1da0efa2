"""A file from this device is opened on the page: dropped, or chosen."""

from __future__ import annotations

import base64
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, expect

from agentrec.recording.append import append_moment
from agentrec.web.upload.upload_endpoint import MAX_FILE_BYTES
from tests.library.helpers import ended, make, shown
from tests.web.serving import Serving
from tests.web_page.browser import SMALL_PHONE, gone_to, on_screen, watched

CASTS = Path(__file__).parents[2] / "fixtures/casts"
DRAG = """([kind, files]) => {
    const data = new DataTransfer();
    for (const [name, text] of files)
        data.items.add(new File([Uint8Array.from(atob(text), (it) => it.charCodeAt(0))], name));
    document.body.dispatchEvent(new DragEvent(kind, {dataTransfer: data, bubbles: true, cancelable: true}));
}"""


@contextmanager
def listed(
    browser: Browser, folder: Path, *, refused: bool = False, **context: object
) -> Iterator[Page]:
    """The list of an empty library. ``refused``: the server may refuse something."""
    (folder / "team").mkdir()
    env = {**os.environ, "XDG_DATA_HOME": str(folder / "home")}
    window = browser.new_page() if refused else watched(browser, **context)
    with Serving(folder / "team", env=env) as server, window as page:
        server.server.keys.add_code("let-in-once")
        page.goto(f"http://{server.host}/?once=let-in-once")
        expect(page.locator(".empty")).to_contain_text("or open a file")
        yield page


def drag(page: Page, kind: str, *paths: Path) -> None:
    files = [[path.name, base64.b64encode(path.read_bytes()).decode()] for path in paths]
    page.evaluate(DRAG, [kind, files])


def test_a_file_is_dropped_and_played(browser: Browser, tmp_path: Path) -> None:
    with listed(browser, tmp_path) as page:
        drag(page, "dragover", CASTS / "harbor-headless.ahr")
        expect(page.locator(".drop-here")).to_be_visible()
        drag(page, "drop", CASTS / "harbor-headless.ahr", CASTS / "v2.cast")
        expect(page.get_by_role("alert")).to_contain_text("one file at a time")
        expect(page.locator(".drop-here")).to_have_count(0)
        drag(page, "drop", CASTS / "harbor-headless.ahr")
        expect(page).to_have_url(re.compile(r"#/r/\d{8}-\d{6}-harbor-headless-"))
        expect(page.locator(".notice")).to_contain_text("24x80 is swapped")
        expect(page.locator(".line").first).to_be_attached()
        page.get_by_role("link", name="Recordings").click()
        expect(page.locator(".session")).to_have_count(1)
    assert len(list((tmp_path / "home").rglob("*.ahr"))) == 1


def test_a_phone_chooses_a_file(browser: Browser, tmp_path: Path) -> None:
    path = make(str(tmp_path / "mine.ahr"), shown(0, "from a phone"), ended(2), id="mine-1")
    with listed(browser, tmp_path, viewport=SMALL_PHONE, has_touch=True) as page:
        with page.expect_file_chooser() as chooser:
            page.get_by_role("button", name="Open a file").tap()
        chooser.value.set_files(path)
        expect(page).to_have_url(re.compile("#/r/mine-1"))
        on_screen(page, "from a phone")
        gone_to(page, "0:02")


def test_files_that_cannot_be_opened(browser: Browser, tmp_path: Path) -> None:
    path = make(str(tmp_path / "mine.ahr"), shown(0, "first"), ended(2), id="mine-1")
    whole = Path(path).read_bytes()
    bad = tmp_path / "<b>bad<b>.json"
    bad.write_text('{"a": 1}')
    huge = tmp_path / "huge.cast"
    with open(huge, "wb") as file:
        file.truncate(MAX_FILE_BYTES + 1)
    with listed(browser, tmp_path, refused=True) as page:
        told = page.get_by_role("alert")
        chosen = page.locator("input[type=file]")
        chosen.set_input_files(huge)
        expect(told).to_contain_text("huge.cast is too large")
        expect(told).to_contain_text("agentrec replay FILE")
        page.get_by_role("button", name="Close").click()
        expect(told).to_have_count(0)
        drag(page, "drop", bad)
        expect(told).to_contain_text("<b>bad<b>.json is JSON, but not in a format")
        drag(page, "drop", Path(path))
        expect(page).to_have_url(re.compile("#/r/mine-1"))
        page.get_by_role("link", name="Recordings").click()
        expect(page.locator(".session")).to_have_count(1)
        append_moment(path, 0, "another version", "test")
        drag(page, "drop", Path(path))
        expect(told).to_contain_text("the same id, and other contents")
        page.get_by_role("link", name="Open the one in the library").click()
        on_screen(page, "first")
    (kept,) = (tmp_path / "home").rglob("*.ahr")
    assert kept.read_bytes() == whole
