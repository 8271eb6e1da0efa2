"""What companions share: a private folder, and options of the command line."""

import os
import subprocess
import time

import pytest

from agentrec.agents.follow.agent import (
    AgentCompanion,
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


class Puzzling(AgentCompanion):
    """Its records become no events."""

    def open(self):
        self.builder = self.new_builder()

    def poll(self):
        self.builder.misreads.expected()
        return self.builder.drain()


def test_a_session_of_which_nothing_is_understood_is_a_trouble(tmp_path, monkeypatch):
    found = []
    companion = Puzzling(["x"])
    companion.attach({"HOME": str(tmp_path)}, str(tmp_path), 0.0)
    companion.start(lambda track, kind, data, **_: found.append((track, kind, data)), os.getpid())
    now = time.monotonic()
    for seconds in range(30):
        monkeypatch.setattr(time, "monotonic", lambda at=now + seconds: at)
        companion.tick()
    text = "agent: nothing was understood of its session for 10 s"
    assert found == [("sys", "trouble", {"text": text})]
