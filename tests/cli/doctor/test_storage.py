"""Data directory, disk, sockets and settings."""

import os
from types import SimpleNamespace

import pytest

from agentrec.cli.doctor import storage

ROOT_ONLY = pytest.mark.skipif(os.geteuid() == 0, reason="root may write everything")


@pytest.fixture
def env(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return {"HOME": str(tmp_path), "XDG_RUNTIME_DIR": str(tmp_path)}


@pytest.fixture
def data(tmp_path):
    folder = tmp_path / ".local/share/agentrec"
    folder.mkdir(parents=True, mode=0o700)
    return folder


def test_a_data_directory_of_ours(env, data):
    assert storage.data_directory(env) == ("data directory", "ok", str(data), "")


def test_one_that_others_may_enter(env, data):
    data.chmod(0o755)
    row = storage.data_directory(env)
    assert (row.state, row.hint) == ("warn", f"chmod 700 {data}")


def test_one_that_is_not_there_yet(env, tmp_path):
    row = storage.data_directory(env)
    assert row.state == "ok"
    assert row.text.startswith(f"{tmp_path}/.local/share/agentrec (")
    assert not (tmp_path / ".local").exists()


@ROOT_ONLY
def test_one_that_cannot_be_written(env, data):
    data.chmod(0o500)
    assert storage.data_directory(env).state == "missing"


def test_a_file_in_its_place(env, tmp_path):
    (tmp_path / ".local").write_text("")
    assert storage.data_directory(env).state == "missing"


def test_no_home(env, monkeypatch):
    row = storage.data_directory({"HOME": "relative"})
    assert row.state == "missing"
    assert "XDG_DATA_HOME" in row.hint
    assert storage.disk({"HOME": "relative"}).text.endswith(" free")


def test_little_room(env, monkeypatch):
    assert storage.disk(env).text.endswith(" free")
    space = SimpleNamespace(f_bavail=1000, f_frsize=4096)
    monkeypatch.setattr(os, "statvfs", lambda path: space)
    row = storage.disk(env)
    assert (row.state, row.text) == ("warn", "4.1 MB free")


def test_sockets(env, tmp_path, monkeypatch):
    runtime = tmp_path / "r"
    runtime.mkdir()
    short = os.path.relpath(runtime, "/")
    monkeypatch.setattr("agentrec.capture.control.socket_dir._MAX_FOLDER_BYTES", len(short) + 1)
    row = storage.sockets({"XDG_RUNTIME_DIR": f"/{short}"})
    assert (row.state, row.text) == ("ok", f"/{short}/agentrec")


def test_no_safe_directory_for_sockets(monkeypatch, tmp_path):
    unsafe = tmp_path / "s"
    unsafe.mkdir(mode=0o755)
    unsafe.chmod(0o755)
    monkeypatch.setattr("agentrec.capture.control.socket_dir.candidates", lambda env: [str(unsafe)])
    row = storage.sockets({})
    assert row.state == "warn"
    assert str(unsafe) in row.text


def test_settings_and_where_they_come_from(env, tmp_path):
    assert storage.settings(env).text.startswith("defaults; ")
    user = tmp_path / ".config/agentrec/config.toml"
    user.parent.mkdir(parents=True)
    user.write_text('[record]\nenv = ["CI"]\n')
    assert storage.settings(env).text == f"env from {user}"
    (tmp_path / ".agentrec.toml").write_text('[record]\nprefix-key = "ctrl-x"\n')
    row = storage.settings(env | {"AGENTREC_PREFIX_KEY": "none"})
    assert row.text == (f"env, prefix-key from {user}, .agentrec.toml, AGENTREC_PREFIX_KEY")


def test_settings_that_cannot_be_read(env, tmp_path):
    (tmp_path / ".agentrec.toml").write_text("[record\n")
    row = storage.settings(env)
    assert row.state == "missing"
    assert ".agentrec.toml is not valid TOML" in row.text
    assert "record" in row.hint


def test_signing(env, tmp_path):
    assert storage.signing(env).state == "ok"
    folder = tmp_path / "config" / "agentrec"
    folder.mkdir(parents=True, exist_ok=True)
    env = {**env, "XDG_CONFIG_HOME": str(tmp_path / "config"), "PATH": os.environ["PATH"]}
    key = tmp_path / "key.pub"
    (folder / "config.toml").write_text(f'[record]\nsign = "{key}"\n')
    row = storage.signing(env)
    assert (row.state, row.text) == ("missing", f"record.sign: no key {key}")
    key.write_text("ssh-ed25519 AAAA")
    assert storage.signing(env).text == f"with {key}"
    assert storage.signing({**env, "PATH": "/"}).text == "ssh-keygen is not on PATH"
