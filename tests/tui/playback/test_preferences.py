"""What the player remembers, and what it makes of a file that is not its own."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from agentrec.tui.playback.preferences import Preferences
from tests.tui.helpers import playing, run, story


def load(folder: Path) -> Preferences:
    return Preferences.load({"XDG_STATE_HOME": str(folder)})


def test_what_was_chosen_is_there_again(tmp_path: Path) -> None:
    load(tmp_path).remember(theme="agentrec-light")
    load(tmp_path).remember(idle_limit=2_000_000_000)
    again = load(tmp_path)
    assert (again.theme, again.idle_limit) == ("agentrec-light", 2_000_000_000)
    again.remember(idle_limit=None)
    assert (load(tmp_path).theme, load(tmp_path).idle_limit) == ("agentrec-light", None)
    file = tmp_path / "agentrec/player.json"
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize(
    "content",
    [
        "",
        "nonsense",
        "[]",
        "[" * 10_000,
        '{"theme": "other", "idle_limit_ns": "x"}',
        '{"theme": 5, "idle_limit_ns": true}',
        '{"idle_limit_ns": -5}',
        "\xff",
    ],
)
def test_a_strange_file_counts_for_nothing(tmp_path: Path, content: str) -> None:
    (tmp_path / "agentrec").mkdir()
    (tmp_path / "agentrec/player.json").write_text(content, "latin-1")
    found = load(tmp_path)
    assert (found.theme, found.idle_limit) == ("", None)
    found.remember(theme="agentrec-mixed")
    assert load(tmp_path).theme == "agentrec-mixed"


def test_nowhere_to_keep_it(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for env in ({"HOME": "not/absolute"}, {"XDG_STATE_HOME": str(tmp_path / "file")}):
        found = Preferences.load(env)
        found.remember(theme="agentrec-light", idle_limit=5)
        assert (found.theme, found.idle_limit) == ("agentrec-light", 5)
    os.mkfifo(tmp_path / "player.json")
    (tmp_path / "agentrec").symlink_to(tmp_path)
    assert load(tmp_path).theme == ""


def test_the_player_remembers(tmp_path: Path) -> None:
    path = story().save(tmp_path / "story.ahr")

    async def test() -> None:
        async with playing(path, preferences=load(tmp_path)) as (player, pilot):
            await pilot.press("ctrl+t", "less_than_sign", "less_than_sign", "less_than_sign")
        async with playing(path, preferences=load(tmp_path)) as (player, pilot):
            assert player.theme == "agentrec-light"
            await pilot.press("ctrl+t", "ctrl+t", "greater_than_sign")

    run(test())
    saved = json.loads((tmp_path / "agentrec/player.json").read_bytes())
    assert saved == {"theme": "agentrec-dark", "idle_limit_ns": None}
