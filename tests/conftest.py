"""What holds for every test."""

import os

import pytest


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
