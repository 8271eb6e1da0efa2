"""Pictures and files of other formats, saved with the player's keys."""

import pytest
from PIL import Image

from agentrec.tui.actions import save_actions
from tests.tui.helpers import S, playing, run, story, until


@pytest.fixture
def path(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return story().save(tmp_path / "story.ahr")


def test_pictures_of_the_screen_at_this_time(path, tmp_path):
    async def test():
        async with playing(path, start=2 * S) as (player, pilot):
            for name in ("story-0.02.png", "story-0.02-2.png"):
                await pilot.press("E")
                await until(pilot, lambda name=name: name in player.status_line.text)

    run(test())
    with Image.open(tmp_path / "story-0.02.png") as picture:
        assert picture.format == "PNG"
        assert len(picture.convert("RGB").getcolors(100_000)) > 5
    assert (tmp_path / "story-0.02-2.png").exists()


def test_without_pillow_it_is_an_svg(path, tmp_path, monkeypatch):
    monkeypatch.setattr(save_actions, "find_spec", lambda _: None)
    assert save_actions.save_picture(str(path), 2 * S).endswith("story-0.02.svg")
    assert (tmp_path / "story-0.02.svg").read_text().startswith("<svg")


def test_an_export(path, tmp_path):
    async def test():
        async with playing(path) as (player, pilot):
            for text, said in (
                ("run.cast", "run.cast"),
                ("run.cast", "already exists"),
                ("run.xyz", "cannot export"),
                ("gone/run.txt", "No such file"),
            ):
                await pilot.press("e", *text.replace(".", "\N{FULL STOP}"), "enter")
                await until(pilot, lambda said=said: said in player.status_line.text)

    run(test())
    assert (tmp_path / "run.cast").read_text().startswith('{"version":2')
    assert sorted(it.name for it in tmp_path.iterdir()) == ["run.cast", "story.ahr"]
