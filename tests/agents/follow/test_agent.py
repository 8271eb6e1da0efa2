"""What companions share: a private folder, and options of the command line."""

import os
import subprocess

import pytest

from agentrec.agents.follow.agent import (
    make_private_folder,
    option_value,
    sweep_private_folders,
)


def test_what_killed_recorders_left_is_swept(tmp_path):
    child = subprocess.Popen(["true"])
    child.wait()
    left = tmp_path / f"hooks-{child.pid}-00000000"
    left.mkdir()
    (left / "events").touch()
    (tmp_path / "hooks").mkdir()
    (tmp_path / "20260131-bash.sock").touch()
    own = make_private_folder(str(tmp_path))
    sweep_private_folders(str(tmp_path))
    assert not left.exists()
    assert os.path.isdir(own)
    assert (tmp_path / "20260131-bash.sock").exists()
    assert (tmp_path / "hooks").exists()


@pytest.mark.parametrize(
    ("words", "value"),
    [
        (["-o", "a"], "a"),
        (["--output=a=b", "-o", "c"], "a=b"),
        (["x", "--output", "a"], "a"),
        (["-o=a"], ""),
        (["--outputs=a"], ""),
        (["-o"], ""),
        ([], ""),
    ],
)
def test_the_value_of_an_option(words, value):
    assert option_value(["mini", *words], ("-o", "--output")) == value
