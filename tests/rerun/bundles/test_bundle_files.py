"""Files of bundles: what is written is what was read, and nothing lands outside."""

import os

import pytest

from agentrec.errors import FormatError
from agentrec.rerun.bundles.bundle_files import check_files, file_data, write_files
from tests.snapshots.helpers import picture


@pytest.mark.parametrize(
    ("data", "mode"),
    [
        (b"a\r\nb\x0c\x1cc\n\ntail", 0o100644),
        ("ä\u2028b\n".encode(), 0o100755),
        (b"\xff\xfe", 0o100644),
        (b"a\0b", 0o100644),
        (b"", 0o100644),
    ],
)
def test_contents_come_back(tmp_path, data, mode):
    files = {"d/f": file_data(data, mode)}
    check_files(files, "x")
    write_files(str(tmp_path), files)
    assert (tmp_path / "d/f").read_bytes() == data
    assert os.access(tmp_path / "d/f", os.X_OK) is bool(mode & 0o100)


def test_changes_on_top_of_a_commit(tmp_path):
    (tmp_path / "gone").write_text("x")
    (tmp_path / "link").symlink_to("gone")
    files = {
        "gone": {"deleted": True},
        "never": {"deleted": True},
        "link": {"mode": "100644", "lines": ["a file now"]},
        "new": file_data(b"link", 0o120777),
    }
    check_files(files, "x")
    write_files(str(tmp_path), files)
    assert not (tmp_path / "gone").exists()
    assert (tmp_path / "link").read_text() == "a file now"
    assert os.readlink(tmp_path / "new") == "link"


@pytest.mark.parametrize("target", ["..", "/", "../victim"])
def test_nothing_is_written_through_a_symlink(tmp_path, target):
    victim, folder = tmp_path / "victim", tmp_path / "folder"
    victim.mkdir()
    folder.mkdir()
    (folder / "link").symlink_to(target)  # as a commit may have it
    before = picture(victim)
    for path in ("link/file", "link/deep/file"):
        files = {path: {"mode": "100644", "lines": ["x"]}}
        check_files(files, "x")
        with pytest.raises(FormatError, match="below a symlink"):
            write_files(str(folder), files)
    assert picture(victim) == before
    assert sorted(os.listdir(tmp_path)) == ["folder", "victim"]
