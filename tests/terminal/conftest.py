"""The witness that several files compare with."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.terminal.oracle import Tmux


@pytest.fixture(scope="module")
def tmux(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tmux]:
    server = Tmux(tmp_path_factory.mktemp("tmux"))
    yield server
    server.close()
