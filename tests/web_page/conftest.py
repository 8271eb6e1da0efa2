"""One library and one server for all tests of a process, one browser for those of a file."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, StorageState

from tests.web_page.browser import chromium, watched
from tests.web_page.made import TOKEN, Library, Served, library


@pytest.fixture(scope="session")
def recordings() -> Iterator[Library]:
    home = Path(tempfile.mkdtemp(prefix="ar-"))  # short enough for a socket in it
    made = library(home)
    yield made
    made.server.__exit__(None, None, None)
    shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(scope="session")
def served(recordings: Library) -> Iterator[Served]:
    server = Served(recordings)
    yield server
    server.close()


# Of a file, not of the session: as long as it is there, nothing else in this process can have an event loop.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture(scope="module")
def door(browser: Browser, served: Served) -> StorageState:
    """What a browser keeps that has opened the address `agentrec serve` printed."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{served.url}?token={TOKEN}")
    page.wait_for_selector(".session")
    assert "token" not in page.url
    state = context.storage_state()
    context.close()
    return state


@pytest.fixture
def page(browser: Browser, door: StorageState) -> Iterator[Page]:
    """An empty page of a browser that was let in."""
    with watched(browser, storage_state=door) as found:
        yield found
