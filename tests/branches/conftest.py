"""What tests of branches start from."""

import pytest

from tests.branches.helpers import Bench


@pytest.fixture
def bench(tmp_path):
    made = Bench(tmp_path)
    yield made
    made.close()
