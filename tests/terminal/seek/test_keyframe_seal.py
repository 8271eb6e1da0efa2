import os
import stat
import subprocess
import sys

import pytest

from agentrec.terminal.seek import keyframe_seal
from agentrec.terminal.seek.state_cache import producer


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    keyframe_seal._key.cache_clear()
    yield tmp_path / "agentrec"
    keyframe_seal._key.cache_clear()


def test_a_seal_holds_for_its_state_only():
    made = keyframe_seal.seal(producer(), 7, b"state")
    assert keyframe_seal.is_sealed(made, 7, b"state")
    assert not keyframe_seal.is_sealed(made, 7, b"other state")
    assert not keyframe_seal.is_sealed(made, 8, b"state")
    assert not keyframe_seal.is_sealed({**made, "version": "0"}, 7, b"state")
    assert not keyframe_seal.is_sealed(producer(), 7, b"state")
    assert not keyframe_seal.is_sealed({**made, "seal": "\ud800"}, 7, b"state")


def test_the_key_is_private_and_stays(home):
    made = keyframe_seal.seal(producer(), 7, b"state")
    assert stat.S_IMODE(os.stat(home / keyframe_seal.KEY_FILE).st_mode) == 0o600
    keyframe_seal._key.cache_clear()
    assert keyframe_seal.is_sealed(made, 7, b"state")


def test_a_key_others_could_write_is_not_ours(home):
    made = keyframe_seal.seal(producer(), 7, b"state")
    os.chmod(home / keyframe_seal.KEY_FILE, 0o644)
    keyframe_seal._key.cache_clear()
    assert not keyframe_seal.is_sealed(made, 7, b"state")
    assert stat.S_IMODE(os.stat(home / keyframe_seal.KEY_FILE).st_mode) == 0o600


def test_another_user_s_keyframes_are_not_ours(home, tmp_path):
    made = keyframe_seal.seal(producer(), 7, b"state")
    other = {**os.environ, "XDG_DATA_HOME": str(tmp_path / "other")}
    check = "from agentrec.terminal.seek.keyframe_seal import is_sealed"
    script = f"{check}; print(is_sealed({made!r}, 7, b'state'))"
    done = subprocess.run([sys.executable, "-c", script], env=other, capture_output=True, text=True)
    assert done.stdout == "False\n", done.stderr


def test_without_a_place_for_a_key_nothing_fails(monkeypatch, tmp_path):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "file"))
    made = keyframe_seal.seal(producer(), 7, b"state")
    assert keyframe_seal.is_sealed(made, 7, b"state")
