"""What holds for every test."""

import os
import signal

import pytest


def pytest_configure():
    """A runner in the background may ignore them, and what it starts would, too: tests send them."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGQUIT, signal.SIG_DFL)


@pytest.fixture(autouse=True, scope="session")
def private_data(tmp_path_factory):
    """Nothing a test does reaches the data of whoever runs it."""
    kept = os.environ.get("XDG_DATA_HOME")
    os.environ["XDG_DATA_HOME"] = str(tmp_path_factory.mktemp("data"))
    yield
    if kept is None:
        del os.environ["XDG_DATA_HOME"]
    else:
        os.environ["XDG_DATA_HOME"] = kept
