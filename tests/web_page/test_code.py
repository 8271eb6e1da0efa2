"""Diffs and files: numbers, colors, both sides, folds, and any length."""

from __future__ import annotations

import os
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.library.helpers import ended, make, shown
from tests.web.serving import TOKEN, Serving
from tests.web_page.browser import open_at, watched
from tests.web_page.made import AGENTREC, LIMIT, Library, Served
from tests.web_page.test_exported import export

LINES = 30_000
BEFORE = "\n".join(["import os", *(f"x = {n}" for n in range(40)), "return None  # end"])
AFTER = BEFORE.replace("x = 20", 'x = "twenty"').replace("import os", "import os\nimport re")


@pytest.fixture
def offline(browser: Browser) -> Iterator[Page]:
    with watched(browser, offline=True) as found:
        yield found


def edited(folder: Path, before: str, after: str) -> str:
    """The address of a page with an edit in it."""
    data = {
        "name": "Edit",
        "input": {"file_path": "a.py", "old_string": before, "new_string": after},
    }
    path = make(
        str(folder / "r.ahr"), shown(0, "x"), (1, "tool", "call", data, {"span": "t1"}), ended(2)
    )
    return export(path, folder / "r.html") + "#t=2"


def numbers(page: Page, kind: str) -> list[list[str]]:
    rows = page.locator(f".diff .{kind}")
    return [(row.get_attribute("data-n") or "").split() for row in rows.all()]


def test_an_edit_shows_what_changed_in_its_place(offline: Page, tmp_path: Path) -> None:
    page = offline
    page.goto(edited(tmp_path, BEFORE, AFTER))
    page.locator(".entry.tool summary").click()
    expect(page.locator(".diff .gone")).to_have_text(["-x = 20\n"])
    expect(page.locator(".diff .new")).to_have_text(["+import re\n", '+x = "twenty"\n'])
    assert (numbers(page, "gone"), numbers(page, "new")) == ([["22"]], [["2"], ["23"]])
    expect(page.locator(".diff .new .c-string")).to_have_text('"twenty"')
    expect(page.locator(".diff .new .c-keyword")).to_have_text("import")
    assert page.locator(".diff .same").count() < 20
    folds = page.locator(".diff .fold")
    expect(folds).to_have_text(["\u22ef 14 unchanged lines", "\u22ef 17 unchanged lines"])
    folds.first.click()
    expect(folds).to_have_count(1)
    expect(page.locator(".diff .same", has_text="x = 10")).to_have_attribute("data-n", "12 13")


def test_side_by_side(page: Page, recordings: Library, served: Served) -> None:
    at = next(it.t for it in recordings.points if it.id == recordings.mended()) / 1e9
    open_at(page, f"{served.url}#/r/{recordings.agent}", at, "&tab=files")
    # The file an agent writes before it takes the place of the old one may be in a snapshot too.
    file = page.locator("details", has=page.get_by_text("area.py", exact=True))
    expect(file.locator(".diff .gone")).to_contain_text("width + height")
    page.get_by_role("button", name="Side by side").click()
    pair = file.locator(".pair", has=page.locator(".gone"))
    expect(pair.locator(":scope > *")).to_have_class(["gone", "new"])
    left, right = (pair.locator(kind).bounding_box() for kind in (".gone", ".new"))
    assert left
    assert right
    assert left["y"] == right["y"]
    assert left["x"] + left["width"] <= right["x"] + 1
    page.reload()
    expect(page.locator(".pair").first).to_be_visible()


def test_any_number_of_lines(offline: Page, tmp_path: Path) -> None:
    """Only those in sight are elements."""
    page = offline
    texts = ["\n".join(f"{word} {n}" for n in range(LINES)) for word in ("old", "new")]
    page.goto(edited(tmp_path, *texts))
    page.locator(".entry.tool summary").click()
    diff = page.locator(".diff")
    expect(diff).to_have_attribute("data-lines", str(2 * LINES))
    diff.evaluate("it => { it.scrollTop = it.scrollHeight }")
    expect(diff).to_contain_text(f"+new {LINES - 1}")
    assert diff.locator("[data-n]").count() < 300


def test_a_tree_of_files(page: Page, recordings: Library, served: Served) -> None:
    open_at(page, f"{served.url}#/r/{recordings.agent}", recordings.seconds, "&tab=files")
    page.get_by_role("button", name="All files").click()
    folder = page.locator(".tree button", has_text="/").first
    expect(folder).to_have_attribute("aria-expanded", "true")
    files = page.locator(".tree .tree button")
    assert files.count()
    folder.click()
    expect(folder).to_have_attribute("aria-expanded", "false")
    page.get_by_label("Filter files").fill("no such file")
    expect(page.locator(".files .empty")).to_contain_text("No file matches")
    page.get_by_label("Filter files").fill("test_area")
    page.locator(".tree button", has_text="test_area.py").click()
    expect(page.locator(".content [data-n]").first).to_have_attribute("data-n", "1")
    expect(page.locator(".content .c-keyword").first).to_be_visible()


def test_a_renamed_file_is_one_change(browser: Browser, tmp_path: Path) -> None:
    """One that kept its content, and one that changed a little."""
    work, library = tmp_path / "work", tmp_path / "library"
    work.mkdir()
    (work / "kept").write_text("".join(f"line {n}\n" for n in range(50)))
    (work / "mended.py").write_text("".join(f"x{n} = {n}\n" for n in range(50)))
    snapshot = shlex.join([*AGENTREC, "snapshot"])
    program = f"{snapshot} one; mv kept 'kept too'; mv mended.py new.py; echo y=1 >> new.py; {snapshot} two"
    env = {**os.environ, "XDG_DATA_HOME": str(tmp_path), "XDG_RUNTIME_DIR": str(tmp_path)}
    env["PYTHONPATH"] = str(Path(__file__).parents[2])
    record = [*AGENTREC, "record", "-q", "--headless", "-o", str(library / "r.ahr"), "--"]
    subprocess.run([*record, "sh", "-c", program], env=env, cwd=work, check=True, timeout=LIMIT)
    with Serving(library, env=env) as server, watched(browser) as page:
        page.goto(f"http://{server.host}/?token={TOKEN}")
        page.locator(".session a").first.click()
        page.get_by_role("tab", name="Files").click()
        two = page.get_by_role("combobox").locator("option", has_text="two")
        page.get_by_role("combobox").select_option(value=two.get_attribute("value"))
        files = page.locator(".files details")
        expect(files).to_have_count(2)
        expect(files.nth(0).locator("summary")).to_have_text("renamed kept → kept too")
        expect(files.nth(0)).to_contain_text("same content")
        expect(files.nth(1).locator("summary")).to_have_text("renamed mended.py → new.py")
        expect(files.nth(1).locator(".new")).to_have_text("+y=1\n")
