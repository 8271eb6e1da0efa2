"""Files that an agent reads instead of the user's own: what it changes in them is not lost."""

import json
import os
import re
import signal
from pathlib import Path

import pytest

from agentrec.gateway.companion import ModelCallsCompanion

MINE = "http://mine.example/v1"
SETTINGS = {
    "lastUsedProvider": "own",
    "providers": {"own": {"settings": {"provider": "own", "apiKey": "k", "baseUrl": MINE}}},
}


class Cline:
    """A gateway for Cline, and its files."""

    def __init__(self, home, providers=SETTINGS["providers"]):
        self.folder = home / ".cline" / "data" / "settings"
        self.folder.mkdir(parents=True)
        self.own = self.folder / "providers.json"
        self.own.write_text(json.dumps({**SETTINGS, "providers": providers}))
        self.companion = ModelCallsCompanion(["cline", "hi"])
        env = {**os.environ, "HOME": str(home)}
        _, self.env = self.companion.prepare(["cline", "hi"], env, str(home))
        self.copy = Path(self.env["CLINE_PROVIDER_SETTINGS_PATH"])
        self.companion.start(lambda *_, **__: 0, 0)

    def choose(self, model):
        """As the agent does when its user chooses another model."""
        settings = json.loads(self.copy.read_text())
        settings["providers"]["own"]["settings"]["model"] = model
        self.copy.write_text(json.dumps(settings))
        (self.copy.parent / "models.json").write_text("{}")


def stop(cline):
    cline.companion.stop()


def lose_the_gateway(cline):
    os.kill(cline.companion._pid, signal.SIGKILL)
    while cline.companion._input >= 0:
        cline.companion.tick()
    cline.companion.stop()


def lose_the_recorder(cline):
    os.close(cline.companion._alive)
    os.close(cline.companion._input)
    assert os.waitpid(cline.companion._pid, 0)[1] == 0


@pytest.mark.parametrize("end", [stop, lose_the_gateway, lose_the_recorder])
def test_what_the_agent_changed_is_put_back_with_the_user_s_address(end, tmp_path):
    cline = Cline(tmp_path)
    given = json.loads(cline.copy.read_text())["providers"]["own"]["settings"]
    assert given["baseUrl"].startswith("http://127.0.0.1:")
    assert given["apiKey"] == "k"
    assert cline.copy.parent.stat().st_mode & 0o077 == 0
    cline.choose("another")
    end(cline)
    kept = json.loads(cline.own.read_text())["providers"]["own"]["settings"]
    assert (kept["model"], kept["baseUrl"]) == ("another", MINE)
    assert (cline.folder / "models.json").read_text() == "{}"
    assert not cline.copy.parent.exists()


def test_each_provider_gets_its_own_address_back(tmp_path):
    names = ["own", "own-other", "own other", "\u00f6wn/../own", ""]
    urls = {name: f"mine.example:80{number}/v1" for number, name in enumerate(names)}
    cline = Cline(tmp_path, {name: {"settings": {"baseUrl": url}} for name, url in urls.items()})
    given = json.loads(cline.copy.read_text())["providers"]
    addresses = {it["settings"]["baseUrl"] for it in given.values()}
    assert len(addresses) == len(names)
    assert all(re.fullmatch(r"http://127\.0\.0\.1:[0-9]+/[A-Za-z0-9_/-]+", it) for it in addresses)
    cline.choose("another")
    cline.companion.stop()
    kept = json.loads(cline.own.read_text())["providers"]
    assert {name: it["settings"]["baseUrl"] for name, it in kept.items()} == urls


def test_what_was_not_changed_is_left_alone(tmp_path):
    cline = Cline(tmp_path)
    cline.companion.stop()
    assert cline.own.read_text() == json.dumps(SETTINGS)
    assert [it.name for it in cline.folder.iterdir()] == ["providers.json"]
    assert not cline.copy.parent.exists()


def test_what_somebody_else_changed_meanwhile_stays(tmp_path):
    cline = Cline(tmp_path)
    cline.choose("another")
    cline.own.write_text("{}")
    cline.companion.stop()
    assert cline.own.read_text() == "{}"
