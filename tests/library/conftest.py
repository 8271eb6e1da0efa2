"""A library that is closed at the end."""

import pytest

from tests.library.helpers import Library


@pytest.fixture
def library(tmp_path):
    made = Library(tmp_path)
    yield made
    made.index.close()
