"""Links to one recording, and recordings in a remote: they play, and nothing else is offered."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from agentrec.cli.main import main
from agentrec.fleet.bucket.remote import open_remote
from tests.library.helpers import ended, make, shown
from tests.web.serving import TOKEN, Serving
from tests.web_page.browser import screen, watched

NOT_OFFERED = ("Add a mark", "Branch from here", "Cut out a stretch", "Make a link for others")


def recorded(folder: Path, name: str) -> str:
    return make(str(folder / f"{name}.ahr"), shown(0, f"of {name}"), ended(3), id=name)


def show_about(page: Page, text: str) -> None:
    expect(page.locator(".line").first).to_contain_text(text)
    page.get_by_role("tab", name="About").click()
    expect(page.locator(".about")).to_contain_text("Terminal")


def test_a_link_plays_one_recording_for_who_has_no_token(browser: Browser, tmp_path: Path) -> None:
    recorded(tmp_path, "one")
    recorded(tmp_path, "two")
    with Serving(tmp_path) as server:
        url = f"http://{server.host}/"
        with watched(browser) as owner:
            owner.goto(f"{url}?token={TOKEN}#/r/one")
            show_about(owner, "of one")
            owner.get_by_role("button", name="Make a link for others").click()
            made = owner.get_by_label("Plays this recording, and nothing else")
            link = made.input_value()
        with watched(browser) as guest:
            guest.goto(link)
            assert "share" not in guest.url.partition("#")[0]
            show_about(guest, "of one")
            for name in NOT_OFFERED:
                expect(guest.get_by_role("button", name=name)).to_have_count(0)
            expect(guest.locator(".downloads")).to_have_count(0)
            guest.reload()
            expect(guest.locator(".line").first).to_contain_text("of one")
            assert screen(guest)[0] == "of one"
        context = browser.new_context()
        stranger = context.new_page()
        stranger.goto(link)
        stranger.goto(f"{url}#/r/two")
        expect(stranger.locator("main")).to_contain_text("the token is missing or wrong")
        context.close()


def test_a_recording_in_a_remote_is_played(
    browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "here").mkdir()
    path = recorded(tmp_path / "here", "one")
    remote = f"file://{tmp_path}/remote"
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    assert main(["push", path, "--remote", remote]) == 0
    with (
        Serving(remote=open_remote(remote)) as server,
        watched(browser) as page,
    ):
        page.goto(f"http://{server.host}/?token={TOKEN}")
        page.locator(".session").first.click()
        show_about(page, "of one")
        for name in NOT_OFFERED[:-1]:
            expect(page.get_by_role("button", name=name)).to_have_count(0)
        expect(page.get_by_role("button", name=NOT_OFFERED[-1])).to_be_visible()
