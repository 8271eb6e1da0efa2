"""Directories that are not worth a look."""

import os
import tomllib
from importlib.resources import files

import pytest

from agentrec.snapshots.first_look.skipped_folders import default_skipped
from tests.snapshots.helpers import environment, fill, workspace


def inside(folder, skipped):
    fd = os.open(folder, os.O_RDONLY)
    try:
        return skipped.inside(fd)
    finally:
        os.close(fd)


def test_the_defaults_are_those_of_the_rules(tmp_path):
    text = files("agentrec.snapshots.scan").joinpath("defaults.toml").read_text()
    rules = tomllib.loads(text)["snapshots"]["out"]
    plain = {rule[:-1] for rule in rules if rule.endswith("/") and not set(rule[:-1]) & set("*/")}
    skipped = default_skipped(str(workspace(tmp_path)), environment(tmp_path))
    assert skipped.names == plain
    assert {"node_modules", ".venv"} <= plain
    assert set(skipped.endings) == {".pyc", ".ahr"}


def test_settings_are_read(tmp_path):
    folder = workspace(tmp_path)
    config = '[snapshots]\nout = [\n  "data/", "!node_modules/",\n]\nlargest = "1 MB"\n'
    fill(tmp_path, {"home/.config/agentrec/config.toml": config})
    fill(folder, {".agentrec.toml": '[snapshots]\nout = ["models/"]\n'})
    names = default_skipped(str(folder), environment(tmp_path)).names
    assert {"data", "models", ".venv"} <= names
    assert "node_modules" not in names


@pytest.mark.parametrize(
    ("lines", "folders", "ignored_files"),
    [
        ("build/\n/dist\ntarget\n", {"build", "dist", "target"}, {"target"}),
        ("*.log\n*.o \n", set(), {"a.log", "b.o"}),
        (".env\n.claude/\n", set(), set()),  # hidden ones may be kept
        ("build/\n!build/\n", set(), set()),
        ("out/*\na/b/\n# comment\n\\#x\n", set(), set()),
    ],
)
def test_plain_names_of_ignore_files(tmp_path, lines, folders, ignored_files):
    folder = workspace(tmp_path)
    default = default_skipped(str(folder), environment(tmp_path))
    fill(folder, {".gitignore": lines})
    skipped = inside(folder, default)
    assert skipped.names - default.names == folders
    for name in ("a.log", "b.o", "target", ".env", "c.py"):
        assert skipped.has_file(name) == (name in ignored_files), name


def test_an_ignore_file_that_is_no_file(tmp_path):
    folder = workspace(tmp_path)
    default = default_skipped(str(folder), environment(tmp_path))
    assert inside(folder, default) is default
    os.mkfifo(folder / ".gitignore")
    assert inside(folder, default).names == default.names
