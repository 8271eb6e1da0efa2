"""``redact.toml``: what it may say, and what is said of one that is wrong."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from agentrec.errors import UsageError
from agentrec.redact.own.rule_file import pack_names, read_rules
from agentrec.redact.own.rule_set import RuleSet


def rules(path: Path, text: str, *, is_project: bool = False) -> RuleSet:
    path.write_text(text)
    return read_rules([(str(path), is_project)])


def rule(line: str) -> str:
    return f'[[rule]]\nname = "r"\n{line}\n'


def found(own: RuleSet, text: str, path: str = "") -> list[tuple[str, str]]:
    return [(hit.rule, text[hit.start : hit.stop]) for hit in own.find(text, text.lower(), path)]


@pytest.mark.parametrize(
    ("line", "text", "secrets"),
    [
        ("pattern = 'E[0-9]+'", "E1 E22", ["E1", "E22"]),
        ("pattern = 'E[0-9]+'\nmin-length = 3", "E1 E22", ["E22"]),
        ("pattern = 'E[0-9]+'\nmax-length = 2", "E1 E22", ["E1"]),
        ("pattern = 'E[0-9]+'\nallow = ['E1']", "E1 E22", ["E22"]),
        ("pattern = 'E[0-9]+'\nallow = { patterns = ['E.'] }", "E1 E22", ["E22"]),
        ("pattern = 'E[0-9]+'\nkeyword = 'staff'", "Staff E1\nE22", ["E1"]),
        ("keyword = ['badge', 'staff-no']", "badge: 4711, x", ["4711"]),
        (
            "keyword = 'badge'",
            'MY_BADGE="4711" "badge": "4712" --badge 4713',
            ["4711", "4712", "4713"],
        ),
        ("keyword = 'badge'", "the badge holder; badge: 1", []),
        ("keyword = 'badge'\nmin-length = 1", "badge: 1", ["1"]),
    ],
)
def test_rules(tmp_path: Path, line: str, text: str, secrets: list[str]) -> None:
    assert [secret for _, secret in found(rules(tmp_path / "f", rule(line)), text)] == secrets


@pytest.mark.parametrize(
    ("path", "is_masked"),
    [
        ("config/a.env", True),
        ("/home/u/p/config/a.env", True),
        ("a.txt", False),
        ("", False),
        ("secrets/deep/x", True),
    ],
)
def test_rules_for_some_files(tmp_path: Path, path: str, is_masked: bool) -> None:
    own = rules(tmp_path / "f", rule("pattern = 'E[0-9]'\npaths = ['*.env', 'secrets/']"))
    assert bool(found(own, "E1", path)) == is_masked


@pytest.mark.parametrize(
    ("pack", "text", "secrets"),
    [
        ("email", "bob@corp.io me@example.com git@github.com", ["bob@corp.io"]),
        ("phone", "+49 170 1234567 415-555-1234 2026-11-28", ["+49 170 1234567", "415-555-1234"]),
        ("ip", "10.1.2.3 127.0.0.1 1.2.3.4.5 fe80::1:2 std::x", ["10.1.2.3", "fe80::1:2"]),
        ("address", "at 12 Main Street, and", ["12 Main Street"]),
        ("address", "Hauptstraße 12, 80331 München", ["Hauptstraße 12, 80331 München"]),
    ],
)
def test_packs(tmp_path: Path, pack: str, text: str, secrets: list[str]) -> None:
    own = rules(tmp_path / "f", f'packs = ["{pack}"]')
    assert [secret for _, secret in found(own, text)] == secrets
    assert pack in pack_names()


def test_what_the_user_allows_holds_for_all_rules_and_a_projects_for_its_own(
    tmp_path: Path,
) -> None:
    """A repository of somebody else must not be able to show its reader's secrets."""
    allow = '[allow]\ntexts = ["E1"]\npaths = ["tests/"]\n' + rule("pattern = 'E[0-9]'")
    assert rules(tmp_path / "f", allow).allow.has("E1", "")
    assert rules(tmp_path / "f", allow).allow.has("x", "tests/x")
    project = rules(tmp_path / "f", allow, is_project=True)
    assert not project.allow.has("E1", "tests/x")
    assert found(project, "E1 E2") == [("r", "E2")]
    assert not found(project, "E2", "tests/x")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x", "not valid TOML"),
        ("y = 1", "unknown name 'y'"),
        ('packs = ["mail"]', "unknown pack 'mail'"),
        ("packs = 1", "packs must be a list"),
        ("rule = 1", "each called [[rule]]"),
        ("rule = [1]", "rule 1 must be a table"),
        ("[[rule]]\npattern = 'x'", "rule 1 needs a name"),
        ("[[rule]]\nname = '\\u001b[2J'", "rule 1 needs a name"),
        (rule(""), "rule r finds nothing"),
        (rule("pattern = '(a'"), "rule r: pattern '(a': missing )"),
        (rule("pattern = 'a*'"), "rule r: pattern 'a*': it matches the empty text"),
        (rule("pattern = 1"), "rule r: pattern must be a text"),
        (rule("keyword = 'x'"), "rule r: a keyword must have at least 2"),
        (rule("keyword = 1"), "rule r: keyword must be a list"),
        (rule("pattern = 'x'\nmin-length = 0"), "rule r: min-length must be a number from 1"),
        (rule("pattern = 'x'\nmin-length = 9\nmax-length = 8"), "rule r: min-length 9 is more"),
        (rule("pattern = 'x'\nallow = 1"), "rule r: allow.texts must be a list"),
        (rule("pattern = 'x'\nallow = { all = true }"), "rule r: allow: unknown name 'all'"),
        (rule("pattern = 'x'\npaths = 'a'"), "rule r: paths must be a list"),
        (rule("pattern = 'x'") * 2, "rule r: the name is taken"),
        ("[allow]\npatterns = ['(']", "allow.patterns '('"),
    ],
)
def test_a_bad_file_is_refused_in_one_line(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "redact.toml"
    with pytest.raises(UsageError) as error:
        rules(path, text)
    assert str(error.value).startswith((f"{path}", f"cannot read {path}"))
    assert said in str(error.value)
    assert "\n" not in str(error.value)


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    """Without its rules, more would be recorded than the user wants."""
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "gone").symlink_to("nowhere")
    (tmp_path / "big").write_bytes(b"#" * ((1 << 20) + 1))
    for name in ("pipe", "gone", "big"):
        with pytest.raises(UsageError, match=name):
            read_rules([(str(tmp_path / name), True)])
    assert read_rules([(str(tmp_path / "none"), True)]) == RuleSet()
