"""`agentrec compare`: points, formats, gates and exit codes."""

import json
import re
import subprocess
import sys
from xml.etree import ElementTree as ET

import pytest

from agentrec.cli.main import main
from tests.library.helpers import call, ended, make

TOOL = {"span": "t1", "parent": "m1", "actor": "claude-code"}


def told(words="I test it.", *, code=0, exit_code=0, cost=0.5, tests="3 passed in 0.1s"):
    session = {"agent": "claude-code", "cwd": "/w", "git_branch": "main"}
    return [
        (0, "agent", "session", session),
        (1, "agent", "message", {"role": "user", "text": "Mend it."}, {"actor": "user"}),
        (2, "agent", "turn", {"n": 1}, {"actor": "claude-code"}),
        (2, "agent", "message", {"role": "assistant", "text": words}, {"actor": "claude-code"}),
        (3, "tool", "call", {"name": "Bash", "input": {"command": "pytest"}, "id": "t1"}, TOOL),
        (4, "tool", "result", {"output": tests, "exit_code": exit_code, "id": "t1"}, TOOL),
        call(5, cost=cost),
        (6, "mark", "moment", {"label": "here", "source": "cli"}),
        (7, "agent", "message", {"role": "assistant", "text": "Done."}, {"actor": "claude-code"}),
        ended(8, code),
    ]


GOOD = told()
BAD = told("I try it.", code=1, exit_code=1, cost=0.9, tests="1 failed, 2 passed in 0.1s")


@pytest.fixture
def runs(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)
    for name, events in (("a", GOOD), ("b", BAD), ("c", GOOD)):
        make(str(tmp_path / f"{name}.ahr"), *events)


def test_in_words(runs, capsys):
    assert main(["compare", "a.ahr", "b.ahr"]) == 0
    shown = capsys.readouterr().out
    assert re.search(r"^ended +exit 0 +exit 1$", shown, re.MULTILINE)
    assert "1 failed, 2 passed" in shown
    assert "pytest: A exit 0, B exit 1" in shown
    assert "first difference (A step 2 at 0:02.000, B step 2 at 0:02.000):" in shown
    assert "the model says “I test it.” in A, “I try it.” in B" in shown
    assert "after: the user says: Mend it." in shown
    assert "better" not in shown


def test_equal_runs(runs, capsys):
    assert main(["compare", "a.ahr", "c.ahr"]) == 0
    assert "steps: 5 steps, all equal" in capsys.readouterr().out


def test_as_json_and_markdown(runs, capsys):
    assert main(["compare", "a.ahr", "b.ahr", "c.ahr", "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    first, second = data["comparisons"]
    assert second["divergence"] is None
    assert first["divergence"]["what"] == "answer"
    assert first["divergence"]["left"] == {
        "step": 2,
        "t": 2.0,
        "kind": "answer",
        "text": "the model says: I test it.",
    }
    assert first["left"]["figures"]["cost"] == 0.5
    assert first["steps"] == {"equal": 3, "only_left": 2, "only_right": 2}
    assert data["gate"] == []
    assert main(["compare", "a.ahr", "b.ahr", "--md", "--fail-on", "exit"]) == 1
    shown = capsys.readouterr().out
    assert "| ended | exit 0 | exit 1 |" in shown
    assert "### Gate: 1 of 1 rule broken" in shown


def test_as_html(runs, capsys, tmp_path):
    hostile = told('<script>alert(1)</script> &amp; "x"')
    make(str(tmp_path / "<b>.ahr"), *hostile)
    assert main(["compare", "a.ahr", "<b>.ahr", "--html", "--fail-on", "turns>0"]) == 1
    shown = capsys.readouterr().out
    assert shown.startswith("<!doctype html>")
    assert "<script" not in shown
    assert "<b>" not in shown
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in shown
    assert '<li class="broken">&lt;b&gt;.ahr: broken: turns&gt;0' in shown
    ET.fromstring(
        shown.partition("\n")[2]
        .replace('<meta charset="utf-8">', "")
        .replace('<meta name="viewport" content="width=device-width">', "")
        .replace("<br>", "")
    )


def test_points(runs, capsys):
    assert main(["compare", "a.ahr@0:03.5", "a.ahr"]) == 0
    shown = capsys.readouterr().out
    assert "goes on after this point" in shown
    assert "A ends here, B goes on with 2 steps: Bash (pytest) returned exit 0" in shown
    assert main(["compare", "a.ahr@here", "a.ahr"]) != 0  # it has no snapshots
    assert main(["compare", "a.ahr@m7", "a.ahr"]) == 0
    assert "B goes on with 1 step: the model says: Done." in capsys.readouterr().out


@pytest.mark.parametrize(
    ("rule", "holds", "breaks"),
    [
        ("tests", "c", "b"),
        ("exit", "c", "b"),
        ("cost>+20%", "c", "b"),
        ("cost>1.5x", "c", "b"),
        ("errors>+0", "c", "b"),
        ("tool:Bash fails", "c", "b"),
        ("turns>0", "", "c"),
        ("turns>1", "b", ""),
        ("tool:Bash>0", "", "b"),
        ("duration>1m", "b", ""),
        ("tokens>+0", "b", ""),
    ],
)
def test_rules(runs, capsys, rule, holds, breaks):
    if holds:
        assert main(["compare", "a.ahr", f"{holds}.ahr", "--fail-on", rule]) == 0
        assert "gate: 1 rule held" in capsys.readouterr().out
    if breaks:
        assert main(["compare", f"{breaks}.ahr", "--against", "a.ahr", "--fail-on", rule]) == 1
        assert f"broken: {rule}: " in capsys.readouterr().out


def test_junit(runs, capsys):
    options = ["--fail-on", "exit", "tests", "turns>1", "--junit", "out.xml"]
    assert main(["compare", "b.ahr", *options]) == 1
    suite = ET.parse("out.xml").find("testsuite")
    assert (suite.get("tests"), suite.get("failures")) == ("3", "2")


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["a.ahr"], 2, "missing a run to compare"),
        (["a.ahr", "--fail-on", "cost>+20%"], 2, "needs a run to compare with"),
        (["a.ahr", "b.ahr", "--fail-on", "speed>2"], 2, "unknown figure 'speed'"),
        (["--a", "a*", "--b", "b*", "--html"], 2, "use --md"),
        (["a.ahr", "b.ahr", "--open"], 2, "not a terminal"),
        (["a.ahr", "--open", "--fail-on", "exit"], 2, "takes two recordings"),
        (["a.ahr", "b.ahr", "--group", "x"], 2, "cannot be used together"),
        (["--group", "x"], 2, "no group is named x"),
        (["a.ahr", "none.ahr"], 3, "none.ahr does not exist"),
        (["a.ahr", "--against", "last-green"], 2, "no good run"),
        (["--a", "*.ahr"], 2, "--a needs --b"),
        (["--a", "*.ahr", "--b", "x-*"], 3, "no recording matches x-*"),
        (["a.ahr", "--a", "*.ahr", "--b", "*"], 2, "cannot be used together"),
    ],
)
def test_what_cannot_be_compared(runs, capsys, arguments, code, words):
    assert main(["compare", *arguments]) == code
    assert words in capsys.readouterr().err


def test_the_last_good_run_of_the_same_task(runs, tmp_path, capsys):
    library = tmp_path / "data" / "agentrec" / "recordings"
    task = {"title": "Mend it", "cwd": "/w"}
    failed = told(tests="1 failed in 1s")  # exits with 0 all the same
    for name, events, day, more in (
        ("old", GOOD, 1, {}),
        ("good", GOOD, 2, {}),
        ("red", failed, 3, {}),
        ("bad", BAD, 4, {}),
        ("other", GOOD, 5, {"title": "Something else"}),
        ("elsewhere", GOOD, 6, {"cwd": "/x"}),
    ):
        created = f"2026-03-0{day}T00:00:00Z"
        make(str(library / f"{name}.ahr"), *events, created=created, **{**task, **more})
    make(str(tmp_path / "new.ahr"), *BAD, **task)
    options = ["--against", "last-green", "--fail-on", "cost>+20%"]
    assert main(["compare", "new.ahr", "--json", *options]) == 1
    data = json.loads(capsys.readouterr().out)
    assert data["comparisons"][0]["left"]["id"] == "good"
    assert main(["compare", "new.ahr", *options, "--base", "main"]) == 1
    assert main(["compare", "new.ahr", *options, "--base", "dev"]) == 2
    assert "on dev to compare with" in capsys.readouterr().err


def test_many_runs(runs, capsys):
    assert main(["compare", "--a", "[ac].ahr", "--b", "b.ahr"]) == 0
    shown = capsys.readouterr().out
    assert re.search(r"^exit passed +2 of 2 +0 of 1", shown, re.MULTILINE)
    assert re.search(r"^cost +\$0\.5000 +\$0\.9000", shown, re.MULTILINE)
    assert (
        main(["compare", "--a", "[ac].ahr", "--b", "b.ahr", "--json", "--fail-on", "cost>2x"]) == 0
    )
    assert json.loads(capsys.readouterr().out)["gate"][0]["broken"] is False


def recorded(folder, name, script):
    """Record a shell that changes files."""
    work = folder / name
    work.mkdir()
    (work / "kept").write_text("same\n")
    path = folder / f"{name}.ahr"
    words = [
        sys.executable,
        "-m",
        "agentrec",
        "record",
        "-q",
        "-o",
        str(path),
        "--headless",
        "--wait",
    ]
    subprocess.run([*words, "--", "sh", "-c", script], cwd=work, check=True, timeout=60)
    return str(path)


def test_final_files(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    a = recorded(tmp_path, "one", "mkdir src; echo 1 > src/x; echo a > only-a; printf '\\0a' > bin")
    b = recorded(tmp_path, "two", "mkdir src; echo 2 > src/x; echo b > only-b; printf '\\0b' > bin")
    assert main(["compare", a, b, "--json", "--fail-on", "files-outside:src,only-b,bin"]) == 0
    files = json.loads(capsys.readouterr().out)["comparisons"][0]["files"]
    assert (files["equal"], files["differing"]) == (1, ["bin", "src/x"])
    assert (files["only_left"], files["only_right"]) == (["only-a"], ["only-b"])
    assert files["diffs"] == {
        "bin": "binary",
        "src/x": "--- A/src/x\n+++ B/src/x\n@@ -1 +1 @@\n-1\n+2",
    }
    assert main(["compare", a, b, "--fail-on", "files-outside:src/"]) == 1
    assert "files-outside:src/: changed bin, only-b" in capsys.readouterr().out
    assert main(["compare", f"{b}@first", b]) == 0
    assert "files: 1 equal, 0 different, 0 only in A, 3 only in B" in capsys.readouterr().out
