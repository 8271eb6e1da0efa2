"""A place to record in, apart from all other tests."""

import tempfile

import pytest

from tests.cli.test_snapshots import Desk
from tests.snapshots.helpers import fill


@pytest.fixture
def desk(tmp_path):
    made = Desk(tmp_path)
    fill(made.work, {"a": "one\n"})
    # Other tests ask for the only recording that is running. The path of a socket has to be short.
    with tempfile.TemporaryDirectory(prefix="rt", dir="/tmp") as sockets:
        made.env["XDG_RUNTIME_DIR"] = sockets
        yield made
