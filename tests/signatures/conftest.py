"""A key for all tests of a module: making one takes a process."""

import pytest

from tests.signatures.helpers import make_key


@pytest.fixture(scope="session")
def key(tmp_path_factory):
    return make_key(tmp_path_factory.mktemp("keys"))
