"""What tests of transactions start from."""

import pytest

from tests.transactions.helpers import Shop


@pytest.fixture
def shop(tmp_path, monkeypatch):
    # Wherever a test is started from, no outer repository and no configuration of the user is asked.
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    made = Shop(tmp_path)
    made.git("config", "user.name", "me")
    made.git("config", "user.email", "me@localhost")
    return made
