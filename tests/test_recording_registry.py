"""Recordings outside the data directory."""

import os

import pytest

from agentrec import recording_registry
from tests.library.helpers import ended, make, shown


@pytest.fixture
def env(tmp_path):
    return {"XDG_DATA_HOME": str(tmp_path / "data"), "HOME": str(tmp_path)}


def kept(env, name, age=0):
    path = os.path.join(env["XDG_DATA_HOME"], "agentrec/recordings/2026/01", f"{name}.ahr")
    make(path, shown(1, name), ended(2))
    os.utime(path, (1_700_000_000 - age,) * 2)
    return path


def test_places_keep_the_last_word_on_a_path(env, tmp_path):
    odd = str(tmp_path / 'a"b\nc.ahr')
    for name, path in (
        ("one", odd),
        ("two", odd),
        ("two", odd),
        ("three", str(tmp_path / "x.ahr")),
    ):
        recording_registry.remember(name, path, env)
    assert recording_registry.remembered(env) == {odd: "two", str(tmp_path / "x.ahr"): "three"}
    file = os.path.join(env["XDG_DATA_HOME"], "agentrec/places")
    assert os.stat(file).st_mode & 0o777 == 0o600
    with open(file, "rb") as noted:
        assert len(noted.readlines()) == 3
    with open(file, "ab") as noted:
        noted.write(b'["torn", "/tm\n\xff\xff\n[1]\n')
    assert len(recording_registry.remembered(env)) == 2


def test_the_data_directory_needs_no_note_and_a_full_one_is_no_trouble(env, tmp_path):
    recording_registry.remember("one", kept(env, "one"), env)
    assert recording_registry.remembered(env) == {}
    (tmp_path / "flat").write_bytes(b"")
    recording_registry.remember(
        "one", str(tmp_path / "x.ahr"), {"XDG_DATA_HOME": str(tmp_path / "flat")}
    )
    recording_registry.remember("one", str(tmp_path / "x.ahr"), {"HOME": "nowhere"})
