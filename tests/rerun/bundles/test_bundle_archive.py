"""Bundles with recordings: what is extracted, and hostile tars that write nothing."""

import io
import json
import os
import tarfile

import pytest

from agentrec.cli.main import main
from agentrec.errors import FormatError, OutputError
from agentrec.rerun.bundles.bundle_archive import (
    extract_archive,
    is_archive,
    read_archive,
    write_archive,
)
from tests.library.helpers import ended, make, shown
from tests.rerun.bundles.test_bundle_reader import EXAMPLE

TEXT = json.dumps(EXAMPLE)


def tar(path, *members):
    """A tar of a good bundle and ``members``: names, or tuples of name and what differs."""
    with tarfile.open(path, "w") as out:
        for name, more in [("bundle.json", {}), *members]:
            data = TEXT.encode() if name == "bundle.json" else b"x"
            member = tarfile.TarInfo(name)
            member.size = len(data)
            for key, value in more.items():
                setattr(member, key, value)
            if member.size > len(data):  # a size that is only said
                out.fileobj.write(member.tobuf())
                continue
            out.addfile(member, io.BytesIO(data))
    return str(path)


def test_what_is_written_is_extracted(tmp_path, capsys):
    (tmp_path / "run.ahr").write_bytes(b"a recording")
    with open(tmp_path / "x.tar", "wb") as out:
        write_archive(out, TEXT, {"parser": str(tmp_path / "run.ahr")})
    assert is_archive(str(tmp_path / "x.tar"))
    target = str(tmp_path / "out")
    assert main(["bundle", str(tmp_path / "x.tar"), "--extract", target, "--json"]) == 0
    files = json.loads(capsys.readouterr().out)["files"]
    assert files == [f"{target}/bundle.json", f"{target}/recordings/parser.ahr"]
    assert (tmp_path / "out/recordings/parser.ahr").read_bytes() == b"a recording"
    assert main(["bundle", str(tmp_path / "x.tar"), "--extract", target]) == 4
    assert "is not empty" in capsys.readouterr().err


def test_what_a_copy_does_not_hold_is_said(tmp_path, capsys):
    path = str(tmp_path / "run.ahr")
    make(path, shown(0, "one\r\n"), ended(1), id="one")
    whole = (tmp_path / "run.ahr").read_bytes()
    assert main(["bundle", path, "--full", "-o", str(tmp_path / "whole.tar")]) == 0
    assert "missing" not in capsys.readouterr().err
    (tmp_path / "run.ahr").write_bytes(whole[: len(whole) - 20])
    assert main(["bundle", path, "--full", "-o", str(tmp_path / "cut.tar")]) == 0
    assert f"{path}: the recording is not complete" in capsys.readouterr().err


@pytest.mark.parametrize(
    "member",
    [
        ("../evil", {}),
        ("/tmp/evil", {}),
        ("recordings/../../evil.ahr", {}),
        ("recordings/a/b.ahr", {}),
        ("recordings/x.sh", {}),
        ("recordings/.ahr", {}),
        ("recordings/a\u001b[2J.ahr", {}),
        ("recordings/x.ahr", {"type": tarfile.SYMTYPE, "linkname": "/etc/passwd"}),
        ("recordings/x.ahr", {"type": tarfile.LNKTYPE, "linkname": "../x"}),
        ("recordings/x.ahr", {"type": tarfile.FIFOTYPE}),
        ("recordings/x.ahr", {"type": tarfile.CHRTYPE}),
        ("recordings", {"type": tarfile.DIRTYPE}),
        ("recordings/x.ahr", {"size": 2 << 30}),
        ("bundle.json", {}),
    ],
    ids=lambda member: repr(member)[:40],
)
def test_hostile_archives_write_nothing(tmp_path, member):
    place = tmp_path / "place"
    place.mkdir()
    path = tar(tmp_path / "x.tar", member)
    with pytest.raises(FormatError):
        extract_archive(path, str(place / "out"))
    assert os.listdir(place) == []


@pytest.mark.parametrize(
    ("headers", "words"),
    [
        ([(tarfile.XHDTYPE, 70_000)], "header that is too large"),
        ([(tarfile.GNUTYPE_LONGNAME, 70_000)], "header that is too large"),
        ([(tarfile.GNUTYPE_LONGNAME, 1)] * 2000, "too many headers"),
    ],
    ids=["pax", "long name", "many"],
)
def test_headers_without_end(tmp_path, headers, words):
    path = tmp_path / "x.tar"
    with path.open("wb") as file:
        for kind, size in headers:
            member = tarfile.TarInfo("x")
            member.type, member.size = kind, size
            file.write(member.tobuf(tarfile.USTAR_FORMAT) + b"x" * size + bytes(-size % 512))
        file.write(bytes(1024))
    assert is_archive(str(path))
    with pytest.raises(FormatError, match=words):
        read_archive(str(path))


def test_a_target_that_is_a_symlink_or_full(tmp_path):
    (tmp_path / "full").mkdir()
    (tmp_path / "full/recordings").symlink_to(tmp_path)
    path = tar(tmp_path / "x.tar", ("recordings/x.ahr", {}))
    before = sorted(os.listdir(tmp_path))
    with pytest.raises(OutputError):
        extract_archive(path, str(tmp_path / "full"))
    assert sorted(os.listdir(tmp_path)) == before
