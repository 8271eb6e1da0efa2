"""Files that are there whole or not at all."""

import os
import stat

import pytest

from agentrec.atomic import replacing, write_atomic


def test_a_file_is_replaced_whole_and_belongs_to_its_owner_alone(tmp_path):
    path = tmp_path / "it"
    path.write_text("old")
    write_atomic(str(path), b"new" * 100_000)
    assert path.read_bytes() == b"new" * 100_000
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert os.listdir(tmp_path) == ["it"]


def test_a_failure_leaves_what_was_there_and_no_part(tmp_path):
    path = tmp_path / "it"
    path.write_text("old")
    with pytest.raises(TypeError), replacing(str(path)) as fd:
        os.write(fd, "no bytes")
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["it"]


def test_without_overwrite_a_name_that_is_taken_stays(tmp_path):
    path = tmp_path / "it"
    with replacing(str(path), overwrite=False, durable=True) as fd:
        os.write(fd, b"first")
    with pytest.raises(FileExistsError), replacing(str(path), overwrite=False) as fd:
        os.write(fd, b"second")
    assert path.read_text() == "first"
    assert os.listdir(tmp_path) == ["it"]


def test_it_can_be_written_in_another_folder(tmp_path):
    (tmp_path / "refs").mkdir()
    write_atomic(str(tmp_path / "refs" / "it"), b"x", str(tmp_path))
    assert os.listdir(tmp_path / "refs") == ["it"]
    assert os.listdir(tmp_path) == ["refs"]
