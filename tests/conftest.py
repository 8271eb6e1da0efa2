"""What holds for every test."""

import os
import shutil
import signal
import tempfile

import pytest

from tests import flaky


def pytest_configure():
    """A runner in the background may ignore them, and what it starts would, too: tests send them."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGQUIT, signal.SIG_DFL)


def pytest_collection_modifyitems(items):
    """What stands in flaky.toml may fail once."""
    flaky.mark(items, flaky.listed(flaky.LIST.read_text()))


@pytest.fixture(autouse=True, scope="session")
def private_data(tmp_path_factory):
    """Nothing a test does reaches the data of whoever runs it, nor recorders of other test runs."""
    runtime = tempfile.mkdtemp(prefix="ar-")  # short: a socket's path has to be
    ours = {
        "XDG_DATA_HOME": str(tmp_path_factory.mktemp("data")),
        "XDG_STATE_HOME": str(tmp_path_factory.mktemp("state")),
        "XDG_RUNTIME_DIR": runtime,
    }
    kept = {name: os.environ.get(name) for name in ours}
    os.environ.update(ours)
    yield
    for name, value in kept.items():
        if value is None:
            del os.environ[name]
        else:
            os.environ[name] = value
    shutil.rmtree(runtime, ignore_errors=True)
