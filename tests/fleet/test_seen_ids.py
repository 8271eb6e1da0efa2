"""What was here and in a remote."""

import os

import pytest

from agentrec.errors import OutputError
from agentrec.fleet.seen_ids import SeenIds
from tests.snapshots.helpers import environment


def test_ids_are_kept_by_remote(tmp_path):
    env = environment(tmp_path)
    seen = SeenIds("s3://box/x", env)
    assert seen.read() == set()
    seen.add(["a", "b"])
    seen.add(["b", "c"])
    assert SeenIds("s3://box/x/", env).read() == {"a", "b", "c"}
    assert SeenIds("s3://box/y", env).read() == set()
    (file,) = (tmp_path / "data/agentrec/fleet").iterdir()
    assert file.read_text() == "a\nb\nc\n"
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_file_that_cannot_be_read_is_not_an_empty_one(tmp_path):
    env = environment(tmp_path)
    seen = SeenIds("s3://box/x", env)
    seen.add(["a"])
    (file,) = (tmp_path / "data/agentrec/fleet").iterdir()
    os.unlink(file)
    file.mkdir()
    with pytest.raises(OutputError, match="cannot read"):
        seen.read()
