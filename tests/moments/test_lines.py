"""What lines mean: a table of what programs print, and of what only looks like it."""

import tomllib
from pathlib import Path

import pytest

from agentrec.moments.line_rules import MilestoneCollector
from agentrec.moments.rule_table import command_kind, rule_table

SECOND = 1_000_000_000


def say(text, decorate="{}"):
    """Milestones of ``text``, whose lines come 10 ms apart."""
    found = MilestoneCollector()
    told = []
    for n, line in enumerate(text.splitlines()):
        found.line(n * SECOND // 100, decorate.format(line))
        told += found.settled(n * SECOND // 100)
    return [(m.rule, m.status, m.label) for m in told + found.take(10**15)]


SAID = [
    tuple(entry[name] for name in ("text", "rule", "status", "label"))
    for entry in tomllib.loads((Path(__file__).parent / "said.toml").read_text())["said"]
]


@pytest.mark.parametrize(("text", "rule", "status", "label"), SAID, ids=[s[0][:40] for s in SAID])
def test_what_programs_print(text, rule, status, label):
    assert say(text) == [(rule, status, label)]


FRAMED = [entry for entry in SAID if entry[1] != "vite server"]


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


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("pytest -q tests", "tests"),
        ("cd x && python3 -m pytest", "tests"),
        ("/usr/bin/python3.11 -m unittest", "tests"),
        ("npm test", "tests"),
        ("npm run test:unit", "tests"),
        ("(cargo test 2>&1 | tail)", "tests"),
        ("npx vitest run", "tests"),
        ("make test", "tests"),
        ("git commit -am 'x'", "commit"),
        ("git -C /x -c a=b commit", "commit"),
        ("/usr/bin/git push origin main", "push"),
        ("pip install -r r.txt", "install"),
        ("sudo apt-get -y install zsh", "install"),
        ("npm ci", "install"),
        ("make -j4", "build"),
        ("npm run build", "build"),
        ("tsc --noEmit", "build"),
        ("git log --grep commit", ""),
        ("ls makefile", ""),
        ("cat pytest.ini", ""),
        ("./my-make x", ""),
        ("echo hello", ""),
        ("", ""),
    ],
)
def test_command_lines(text, kind):
    assert command_kind(text) == kind


def test_every_rule_is_in_the_table():
    assert {rule.name for rule in rule_table().lines} - {entry[1] for entry in SAID} == {
        *("bundler", "cargo install", "cargo nextest", "django", "docker", "dotnet", "maven"),
        *("next", "ninja", "pnpm", "yarn"),
    }
