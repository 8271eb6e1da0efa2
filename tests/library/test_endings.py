"""Whether a program ended badly."""

import pytest

from agentrec.library.endings import has_failed


@pytest.mark.parametrize(
    ("command", "code", "signal", "expected"),
    [
        (["make"], 0, None, False),
        (["make"], 2, None, True),
        (["make"], None, 15, True),
        (["make"], None, None, None),
        ([], 1, None, True),
        (["/bin/bash"], 1, None, False),
        (["-zsh"], 130, None, False),
        (["bash", "-i", "--norc"], 1, None, False),
        (["bash"], None, 9, True),
        (["bash"], None, None, None),
        (["bash", "-c", "false"], 1, None, True),
        (["bash", "-lc", "false"], 1, None, True),
        (["fish", "--command", "false"], 1, None, True),
        (["sh", "script"], 1, None, True),
    ],
)
def test_how_it_ended(command, code, signal, expected):
    assert has_failed(command, code, signal) is expected
