"""What lines mean: a table of what programs print, and of what only looks like it."""

import pytest

from agentrec.moments.line_rules import MilestoneCollector
from tests.moments.samples import LINES

SECOND = 1_000_000_000


def say(text, decorate="{}"):
    """Milestones of ``text``, whose lines come 10 ms apart."""
    found = MilestoneCollector()
    told = []
    for n, line in enumerate(text.splitlines()):
        found.line(n * SECOND // 100, decorate.format(line))
        told += found.settled(n * SECOND // 100)
    return [(m.rule, m.status, m.label) for m in told + found.take(10**15)]


@pytest.mark.parametrize(("text", "rule", "status", "label"), LINES, ids=[s[0][:40] for s in LINES])
def test_what_programs_print(text, rule, status, label):
    assert say(text) == [(rule, status, label)]


FRAMED = [entry for entry in LINES if entry[1] != "vite server"]


@pytest.mark.parametrize("frame", ["\u2502 {} \u2502", "  \u23bf  {}", "    {}"])
def test_decoration_does_not_hide_it(frame):
    for text, rule, status, label in FRAMED:
        assert say(text, frame) == [(rule, status, label)], text


SILENT = """\
All 5 tests passed!
I ran the tests and 3 passed in total
tests/test_area.py .F.                          [100%]
FAILED tests/test_area.py::test_area - assert 3 == 2
OK
ok
FAIL
The build failed because of a missing import
def test_ok(): assert look.ok
From host:x.git
 * [new branch]      main -> origin/main
[INFO] 1a2b3c4d something
[2024-01-01 abcdef1] log line
New major version of npm available! 9 -> 10 Changelog: https://github.com/npm/cli
see https://example.com/running for more
listening to music on port side
commit 1a2b3c4
added 57 lines in main.py
installed
make: Nothing to be done for 'all'.
Found 0 errors. Watching for file changes.
warning: unused variable
the rate limit is described in docs
Done
Tests are important: 3 passed, 4 total, I think
"""


def test_what_only_looks_like_it_is_nothing():
    assert say(SILENT) == []


def test_two_runs_are_two():
    assert len(say("3 passed in 0.01s\n3 passed in 0.01s")) == 2


def test_what_comes_long_after_does_not_belong_to_it():
    assert say("Ran 5 tests in 0.1s\n" + "x\n" * 40 + "OK") == []
