"""``scripts/fleet_kills``: that it sees what it looks for."""

import random

import pytest

from agentrec.fleet.bucket.remote import open_remote
from scripts import fleet_kills
from scripts.fleet_kills import Faults, Fleet, measure


@pytest.fixture
def fleet(tmp_path, monkeypatch):
    monkeypatch.setattr(fleet_kills, "SIZES", (500, 17 << 20))
    monkeypatch.setattr(fleet_kills, "WITH_SNAPSHOTS", 0)
    home = tmp_path / "home"
    home.mkdir()
    return Fleet(home, f"file://{tmp_path}/remote", {})


def test_two_kills_lose_nothing(fleet):
    measured = measure(fleet, 2, random.Random(1))
    assert (measured.faults, measured.rounds) == (Faults(0, 0, 0, 0), 1)


def test_what_is_wrong_is_counted(fleet, tmp_path):
    fleet.finish(fleet.url)
    remote = open_remote(fleet.url)
    folder = tmp_path / "remote/recordings"
    assert fleet.faults(remote, at_end=True) == Faults(0, 0, 0, 0)
    part = next(folder.rglob("*.part"))
    whole = part.read_bytes()
    part.write_bytes(whole[:-1])
    assert fleet.faults(remote, at_end=False) == Faults(0, 0, 1, 0)
    part.write_bytes(whole)
    part.with_name("ab" * 32 + ".ahr").write_bytes(b"x")
    (version,) = (folder / "made-0").glob("*.json")
    twice = version.with_name(version.name.replace("-0000000001-", "-0000000009-"))
    twice.write_bytes(version.read_bytes())
    assert fleet.faults(remote, at_end=True) == Faults(0, 1, 0, 1)
    twice.unlink()
    version.unlink()
    assert fleet.faults(remote, at_end=True) == Faults(1, 0, 0, 2)
