"""`agentrec guard` on directories, snapshots and ranges of real recordings."""

import json
import subprocess

import pytest

from tests.cli.test_snapshots import ME, Desk

WIDE = "def wide(a, b, c, d, e, f, g, h):\n    return a\n"
SECRET = 'password = "hunter2' + 'Zq81xkWv90"\n'
SCRIPT = f"""
{ME} snapshot before >/dev/null || exit 9
cp "$FILES/wide.py" "$FILES/ruff.toml" .
{ME} snapshot wide >/dev/null || exit 9
cp "$FILES/secret.py" .
{ME} snapshot after >/dev/null || exit 9
"""


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    tmp_path = tmp_path_factory.mktemp("guard")
    files = tmp_path / "files"
    files.mkdir()
    (files / "wide.py").write_text(WIDE)
    (files / "ruff.toml").write_text("line-length = 200\n")
    (files / "secret.py").write_text(SECRET)
    desk = Desk(tmp_path)
    desk.env["FILES"] = str(files)
    desk.record(SCRIPT)
    return desk


def rules(desk, *args, code=0):
    report = json.loads(desk.agentrec("guard", "scan", *args, "--json", code=code).stdout)
    return [finding["rule"] for finding in report["findings"]]


def test_a_recording_is_checked_for_what_it_added(desk):
    assert rules(desk, desk.file, code=1) == ["protected-path", "secret", "parameters"]
    done = desk.agentrec("guard", "scan", desk.file, code=1)
    assert "wide.py:1: warning: wide has 8 parameters (limit: 7) [parameters]\n" in done.stdout
    assert done.stdout.endswith("2 errors, 1 warning in 3 files\n")
    assert "hunter2" not in done.stdout


def test_a_range_is_checked_for_what_is_new_in_it(desk):
    assert rules(desk, f"{desk.file}@before..wide", code=1) == ["protected-path", "parameters"]
    assert rules(desk, f"{desk.file}@wide..after", code=1) == ["secret"]
    assert rules(desk, f"{desk.file}@wide..now", code=1) == ["secret"]
    assert rules(desk, f"{desk.file}@wide..wide") == []


def test_a_snapshot_is_checked_as_a_whole(desk):
    assert rules(desk, f"{desk.file}@last", code=1) == ["secret", "parameters"]
    assert rules(desk, f"{desk.file}@first") == []


def test_a_directory_is_checked_as_a_whole(desk):
    assert rules(desk, ".", code=1) == rules(desk, code=1) == ["secret", "parameters"]


@pytest.mark.parametrize(
    ("level", "code"), [("never", 0), ("error", 0), ("warning", 1), ("note", 1)]
)
def test_the_level_that_fails_can_be_chosen(desk, level, code):
    assert rules(desk, ".", "--rule", "parameters", "--fail-on", level, code=code) == ["parameters"]


def test_other_outputs(desk):
    log = json.loads(desk.agentrec("guard", "scan", "--sarif", code=1).stdout)
    assert [one["ruleId"] for one in log["runs"][0]["results"]] == ["secret", "parameters"]
    assert "| warning | wide.py:1 |" in desk.agentrec("guard", "scan", "--md", code=1).stdout


@pytest.mark.parametrize(
    ("args", "code", "message"),
    [
        (["nowhere"], 3, "nowhere"),
        (["{file}@s99"], 3, "has no snapshot s99"),
        (["{file}@first..s99"], 3, "has no snapshot s99"),
        ([".", "--settings", "nowhere.toml"], 3, "cannot read nowhere.toml"),
        ([".", "--settings", "wide.py"], 2, "is not valid TOML"),
        ([".", "--rule", "x"], 2, "invalid choice"),
        ([".", "--json", "--md"], 2, "not allowed with"),
    ],
)
def test_bad_arguments_are_named(desk, args, code, message):
    args = [arg.replace("{file}", desk.file) for arg in args]
    assert message in desk.agentrec("guard", "scan", *args, code=code).stderr


def test_a_baseline_allows_all_but_secrets(tmp_path):
    desk = Desk(tmp_path)
    (desk.work / "wide.py").write_text(WIDE)
    (desk.work / "secret.py").write_text(SECRET)
    done = desk.agentrec("guard", "baseline")
    assert done.stdout == "1 finding allowed in ./.agentrec-baseline.json\n"
    assert "1 secret not allowed" in done.stderr
    assert rules(desk, code=1) == ["secret"]
    assert rules(desk, "--no-baseline", code=1) == ["secret", "parameters"]


def test_what_git_ignores_is_not_checked(tmp_path):
    desk = Desk(tmp_path)
    subprocess.run(["git", "init", "-q", desk.work], check=True, env=desk.env)
    (desk.work / ".gitignore").write_text("made/\n")
    (desk.work / "made").mkdir()
    (desk.work / "made" / "wide.py").write_text(WIDE)
    assert rules(desk) == []


def test_rules_are_listed_with_their_levels(tmp_path):
    desk = Desk(tmp_path)
    (desk.work / ".agentrec.toml").write_text('[guard.levels]\nsecret = "note"\n')
    text = desk.agentrec("guard", "rules").stdout
    assert "secret              note     A secret in a file\n" in text
    assert (
        json.loads(desk.agentrec("guard", "rules", "--json").stdout)["levels"]["secret"] == "note"
    )


def test_without_the_extra_the_rest_is_checked(tmp_path):
    desk = Desk(tmp_path)
    (desk.work / "a.py").write_text(SECRET + WIDE)
    blocked = tmp_path / "blocked"
    (blocked / "ast_grep_py").mkdir(parents=True)
    hide = "import sys; sys.modules['ast_grep_py'] = None\n"
    (blocked / "sitecustomize.py").write_text(hide)
    desk.env["PYTHONPATH"] = str(blocked)
    done = desk.agentrec("guard", "scan", "--json", code=1)
    report = json.loads(done.stdout)
    assert [finding["rule"] for finding in report["findings"]] == ["secret"]
    assert "not checked: functions, because ast-grep-py is not installed" in done.stderr
