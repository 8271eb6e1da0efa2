"""One library and one server for all tests of a process, one browser for those of a file."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.web_page.browser import chromium, watched
from tests.web_page.made import TOKEN, Library, Served, library


@pytest.fixture(scope="session")
def recordings() -> Iterator[Library]:
    home = Path(tempfile.mkdtemp(prefix="ar-"))  # short enough for a socket in it
    yield library(home)
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


@pytest.fixture
def page(browser: Browser, served: Served) -> Iterator[Page]:
    """The page of `agentrec serve`, opened by the address that was printed."""
    with watched(browser) as found:
        found.goto(f"{served.url}?token={TOKEN}")
        found.wait_for_selector(".session")
        yield found
