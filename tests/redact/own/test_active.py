"""Rules of one's own everywhere: by the commands a user types."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

AGENTREC = [sys.executable, "-m", "agentrec"]
RULES = """
packs = ["email"]
[[rule]]
name = "employee-id"
pattern = 'EMP-[0-9]{6}'
[[rule]]
name = "badge"
keyword = "badge"
"""
SECRETS = ("EMP-123456", "bob@corp.io", "4711")


def agentrec(folder: Path, *args: object) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "XDG_CONFIG_HOME": str(folder / "config")}
    command = [*AGENTREC, *map(str, args)]
    return subprocess.run(
        command, cwd=folder, env=env, capture_output=True, text=True, check=False, timeout=120
    )


@pytest.fixture(params=["config/agentrec", ".agentrec"])
def folder(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """With rules of the user, or of the project."""
    home = tmp_path / str(request.param)
    home.mkdir(parents=True)
    (home / "redact.toml").write_text(RULES)
    return tmp_path


def everything(folder: Path, name: str) -> str:
    """All that a file has, on the screen and in events."""
    out = agentrec(folder, "convert", name, "-", "--to", "jsonl")
    assert out.returncode == 0, out.stderr
    return out.stdout + agentrec(folder, "info", name, "--json").stdout


def test_record(folder: Path) -> None:
    """Wrapped, in colors, in pieces: as other secrets are."""
    script = r"printf 'badge: 4711 \033[31mEMP-12\033[0m3456 bob@corp.io'"
    command = ("--cols", 40, "--rows", 10, "--headless", "-o", "r.ahr", "--", "sh", "-c", script)
    ran = agentrec(folder, "record", "--redact", "--title", "EMP-123456", *command)
    assert ran.returncode == 0, ran.stderr
    text = everything(folder, "r.ahr")
    assert not [secret for secret in SECRETS if secret in text]
    assert '"rule":"employee-id"' in text.replace(" ", "")


def test_export(folder: Path) -> None:
    """An old recording; also what was typed slowly."""
    script = "for c in E M P - 1 2 3 4 5 6; do printf $c; sleep 0.02; done; echo; echo badge=4711 bob@corp.io"
    command = ("--no-redact", "--headless", "-o", "r.ahr", "--", "sh", "-c", script)
    assert agentrec(folder, "record", *command).returncode == 0
    assert "bob@corp.io" in everything(folder, "r.ahr")
    assert agentrec(folder, "convert", "r.ahr", "m.ahr", "--redact").returncode == 0
    text = everything(folder, "m.ahr")
    assert not [secret for secret in SECRETS if secret in text]


def test_ids_have_no_secrets(folder: Path) -> None:
    """They are made of the name of the program, or of the run."""
    (folder / "EMP-123456").symlink_to("/bin/echo")
    assert (
        agentrec(folder, "record", "--headless", "-o", "r.ahr", "--", "./EMP-123456").returncode
        == 0
    )
    program = "from agentrec import Recorder\nwith Recorder('s.ahr', name='EMP-123456'): pass"
    env = {**os.environ, "XDG_CONFIG_HOME": str(folder / "config")}
    subprocess.run([sys.executable, "-c", program], cwd=folder, env=env, check=True, timeout=60)
    for name in ("r.ahr", "s.ahr"):
        assert "EMP-123456" not in everything(folder, name)


def test_a_bad_rule_records_nothing(folder: Path) -> None:
    path = next(folder.rglob("redact.toml"))
    path.write_text('[[rule]]\nname = "mine"\npattern = "(a"\n')
    ran = agentrec(folder, "record", "--headless", "-o", "r.ahr", "--", "touch", "ran")
    assert (ran.returncode, ran.stdout) == (2, "")
    assert "redact.toml: rule mine: pattern '(a': missing )" in ran.stderr
    assert not (folder / "ran").exists()
    assert not (folder / "r.ahr").exists()


def test_a_rule_tester(folder: Path) -> None:
    (folder / "n.txt").write_text("é EMP-123456\nmail bob@corp.io and badge: 4711\n")
    ran = agentrec(folder, "redact", "test", "n.txt")
    assert ran.returncode == 0
    assert ran.stdout.splitlines() == [
        "n.txt:1:3: employee-id: é ***",
        "n.txt:2:6: email: mail *** and badge: ****",
        "n.txt:2:29: badge: mail *********** and badge: ***",
        "3 secrets: 1 employee-id, 1 email, 1 badge",
    ]
    found = json.loads(agentrec(folder, "redact", "test", "n.txt", "--json").stdout)
    assert found["masked"][0] == {
        "rule": "employee-id",
        "line": 1,
        "column": 3,
        "end_line": 1,
        "end_column": 13,
        "characters": 10,
    }
    assert not [secret for secret in SECRETS if secret in json.dumps(found)]


def test_the_rules_that_apply(folder: Path) -> None:
    ran = agentrec(folder, "redact", "--json")
    found = json.loads(ran.stdout)
    assert [rule["name"] for rule in found["rules"]] == ["email", "employee-id", "badge"]
    assert found["files"] == [found["files"][0]]
    assert "github-token" in found["built_in"]
    assert "badge              keyword badge" in agentrec(folder, "redact").stdout
