"""What holds for every test."""

import os
import re
import shutil
import signal
import tempfile
import threading
import time

import pytest
from hypothesis import settings

from tests import flaky

# How fast something is, the benchmark says.
settings.register_profile("any speed", deadline=None)
settings.load_profile("any speed")


def pytest_configure():
    """A runner in the background may ignore them, and what it starts would, too: tests send them."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGQUIT, signal.SIG_DFL)


_TIMED_GZIP = re.compile(r"\\x1f\\x8b\\x08\\x00(?!(?:\\x00){4})")


def pytest_collection_modifyitems(items):
    """What stands in flaky.toml may fail once. Names are the same in every process that runs tests."""
    packed = [item.nodeid for item in items if _TIMED_GZIP.search(item.nodeid)]
    if packed:
        raise pytest.UsageError(f"{packed[0][:150]}: gzip holds the time: give its cases ids")
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


@pytest.fixture(autouse=True, scope="module")
def no_thread_is_left_at_work():
    """A thread that another module has left behind, and that never rests, makes every test after it slow."""
    began, before = time.monotonic(), _thread_seconds()
    yield
    wall = time.monotonic() - began
    if wall < 2:
        return
    after = _thread_seconds()
    busy = [number for number, cpu in before.items() if after.get(number, 0) - cpu > 0.3 * wall]
    names = [one.name for one in threading.enumerate() if one.native_id in busy]
    assert not names, f"threads of an earlier module are still at work: {names}"


def _thread_seconds():
    """Processor time of each thread but the main one, by its number; empty where that is unknown."""
    seconds = {}
    for one in threading.enumerate():
        if one is not threading.main_thread():
            try:
                with open(f"/proc/self/task/{one.native_id}/stat") as file:
                    user, system = file.read().rpartition(")")[2].split()[11:13]
            except OSError:
                continue
            seconds[one.native_id] = (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")
    return seconds
