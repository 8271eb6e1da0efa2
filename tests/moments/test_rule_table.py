"""What commands are about, and that every rule is tried."""

import pytest

from agentrec.moments.rule_table import command_kind, rule_table
from tests.moments.samples import LINES


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
    assert {rule.name for rule in rule_table().lines} - {entry[1] for entry in LINES} == {
        *("bundler", "cargo install", "cargo nextest", "django", "docker", "dotnet", "maven"),
        *("next", "ninja", "pnpm", "yarn"),
    }
