"""No violation of what axe-core checks, in dark and light; what was recorded keeps its own colors."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, StorageState, expect

from agentrec.locks import FileLock
from tests.agents_env.need import missing
from tests.web_page.browser import DESKTOP, SMALL_PHONE, watched
from tests.web_page.made import Library, Served
from tests.web_page.test_exported import export, made_up
from tests.web_page.test_views import settled, views

pytestmark = pytest.mark.agents
AXE = Path(__file__).resolve().parents[2] / "agentrec/web/page/node_modules/axe-core/axe.min.js"
ROOT = Path(__file__).resolve().parents[2]
VIOLATIONS = """() => axe.run({exclude: ['.screen']}).then(found => found.violations.flatMap(
    it => it.nodes.map(node => `${it.id}: ${node.target} ${node.failureSummary}`)))"""
# Keys that open something.
KEYS = "/matilv?"


def check(page: Page) -> None:
    page.evaluate(AXE.read_text())
    assert page.evaluate(VIOLATIONS) == [], page.url


@pytest.fixture(scope="module", autouse=True)
def axe(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Have axe-core installed, as building the page does."""
    if AXE.exists():
        return
    if shutil.which("npm") is None:
        missing("npm is not installed")
    lock = tmp_path_factory.getbasetemp().parent / "axe.lock"
    with FileLock(str(lock)):
        if not AXE.exists():
            built = tmp_path_factory.mktemp("page")
            subprocess.run([ROOT / "scripts/page", built], check=True, capture_output=True)


@pytest.mark.parametrize("scheme", ["dark", "light"])
@pytest.mark.parametrize("window", [DESKTOP, SMALL_PHONE], ids=["desktop", "phone"])
def test_every_view(
    browser: Browser,
    door: StorageState,
    recordings: Library,
    served: Served,
    scheme: str,
    window: dict[str, int],
) -> None:
    with watched(browser, storage_state=door, color_scheme=scheme, viewport=window) as page:
        for view in (*views(recordings), f"#/r/{recordings.agent}?t=8&tab=trace"):
            page.goto("about:blank")
            page.goto(served.url + view)
            settled(page)
            check(page)
        page.goto(served.url)


@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_what_keys_open(
    browser: Browser,
    tmp_path: Path,
    door: StorageState,
    recordings: Library,
    served: Served,
    scheme: str,
) -> None:
    with watched(browser, storage_state=door, color_scheme=scheme) as page:
        for key in KEYS:
            page.goto("about:blank")
            page.goto(f"{served.url}#/r/{recordings.agent}?t=8")
            expect(page.locator(".entry").first).to_be_attached()
            page.keyboard.press(key)
            check(page)
    with watched(browser, offline=True, color_scheme=scheme) as page:
        page.goto(export(made_up(tmp_path), tmp_path / "r.html") + "#t=5")
        expect(page.locator(".entry").first).to_be_attached()
        check(page)
