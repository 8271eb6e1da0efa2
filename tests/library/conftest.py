"""A library that is closed at the end."""

import os
import time

import pytest

from agentrec.library.index import folders
from tests.library.helpers import Library


@pytest.fixture
def library(tmp_path):
    made = Library(tmp_path)
    yield made
    made.index.close()


@pytest.fixture
def many(monkeypatch):
    """Every library counts as one with very many recordings, and all its folders as old after an update."""
    monkeypatch.setattr(folders, "MANY", 1)
    update = Library.update

    def update_and_age(library):
        result = update(library)
        for folder, _, _ in os.walk(library.root):
            # Differs from any other time, and from now.
            long_ago = time.time_ns() - 10**12
            os.utime(folder, ns=(long_ago, long_ago))
        update(library)  # notes how they are now
        return result

    monkeypatch.setattr(Library, "update", update_and_age)
