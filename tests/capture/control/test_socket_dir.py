"""The directory of control sockets."""

from __future__ import annotations

import os
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from agentrec.capture.control import socket_dir


@pytest.fixture
def short() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="ar") as folder:
        yield Path(folder)


def test_private_directory_is_made(short: Path) -> None:
    folder = Path(socket_dir.prepare({"XDG_RUNTIME_DIR": str(short)}))
    assert folder == short / "agentrec"
    assert folder.stat().st_mode & 0o777 == 0o700
    assert socket_dir.prepare({"XDG_RUNTIME_DIR": str(short)}) == str(folder)


@pytest.mark.parametrize("kind", ["open to others", "a file", "a link"])
def test_directory_that_is_not_ours_alone_is_not_used(short: Path, kind: str) -> None:
    place = short / "agentrec"
    if kind == "open to others":
        place.mkdir()
        place.chmod(0o755)
    elif kind == "a file":
        place.write_text("")
    else:
        (short / "elsewhere").mkdir(mode=0o700)
        place.symlink_to("elsewhere")
    assert not socket_dir.is_ours(str(place))
    assert socket_dir.prepare({"XDG_RUNTIME_DIR": str(short)}) == f"/tmp/agentrec-{os.getuid()}"


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give a directory away")
def test_directory_of_another_user_is_not_ours(short: Path) -> None:
    place = short / "agentrec"
    place.mkdir(mode=0o700)
    os.chown(place, 12345, 12345)
    assert not socket_dir.is_ours(str(place))


def test_sweep_removes_only_sockets_that_nobody_answers(short: Path) -> None:
    alive, dead = (socket.socket(socket.AF_UNIX) for _ in range(2))
    for one, name in ((alive, "alive"), (dead, "dead")):
        one.bind(str(short / f"{name}.sock"))
        one.listen()
    dead.close()
    (short / "other").write_text("")
    socket_dir.sweep(str(short))
    assert len(list(short.iterdir())) == 3  # too young to judge
    socket_dir.sweep(str(short), min_age_seconds=-1)
    assert sorted(path.name for path in short.iterdir()) == ["alive.sock", "other"]
    alive.close()
