"""Recordings with the guard: findings, marks, and runs that it ends."""

from __future__ import annotations

import json
import subprocess
import sys
import time

import psutil
import pytest

from agentrec.sdk.read.run import Run
from tests.capture.terminal import RECORD, environment, of_kind

TOTALS = """\
def order_total(lines, discount):
    total = 0
    for line in lines:
        if line.count > 0:
            total += line.count * line.price
    total -= total * discount // 100
    return max(total, 0)
"""
COPY = "sed 's/order_total/sum_up/; s/line/entry/g' totals.py > report.py"
AGENTREC = [sys.executable, "-P", "-m", "agentrec"]


@pytest.fixture(autouse=True)
def work(tmp_path):
    folder = tmp_path / "work"
    folder.mkdir()
    (folder / "totals.py").write_text(TOTALS)
    return folder


def run(tmp_path, *options, script, code=0, command=RECORD):
    path = tmp_path / "run.ahr"
    done = subprocess.run(
        [*command, *options, "--", "sh", "-c", script],
        env=environment(tmp_path),
        cwd=tmp_path / "work",
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == code, done.stderr
    return path, done.stderr


def headless(tmp_path):
    return ("--headless", "-o", str(tmp_path / "run.ahr"))


def test_findings_are_recorded_marked_and_summed_up(tmp_path):
    path, _ = run(
        tmp_path, *headless(tmp_path), "--guard-silent", script=f"sleep 1; {COPY}; sleep 1"
    )
    (finding,) = of_kind(path, "guard", "finding")
    assert (finding["rule"], finding["path"], finding["line"]) == (
        "duplicate-function",
        "report.py",
        1,
    )
    assert finding["reuse"] == {"path": "totals.py", "line": 1}
    snapshots = [one["id"] for one in of_kind(path, "fs", "snapshot")]
    assert finding["before"] == snapshots[0]
    assert finding["snapshot"] in snapshots[1:]
    marks = [
        mark for mark in of_kind(path, "mark", "moment") if mark["label"].startswith("guard: ")
    ]
    assert [mark["status"] for mark in marks] == ["failed"]
    with Run.load(path) as recorded:
        assert [it.place for it in recorded.findings] == ["report.py:1"]
    facts = json.loads(ask(tmp_path, "summary", "--json", str(path)))
    assert facts["findings"] == {"warning": 1}
    text = ask(tmp_path, "summary", str(path))
    assert "report.py:1: sum_up has the same code as order_total in totals.py:1" in text
    assert "guard/finding" in ask(tmp_path, "events", str(path))


def ask(tmp_path, *args):
    command = [*AGENTREC, *args]
    done = subprocess.run(
        command, env=environment(tmp_path), capture_output=True, text=True, check=True
    )
    return done.stdout


def test_without_the_option_nothing_is_checked(tmp_path):
    path, _ = run(tmp_path, *headless(tmp_path), script=f"sleep 1; {COPY}; sleep 1")
    assert of_kind(path, "guard", "finding") == []


def test_a_run_is_ended_at_a_finding(tmp_path):
    script = f"sleep 1; {COPY}; echo waits; sleep 60"
    path, said = run(
        tmp_path,
        *headless(tmp_path),
        "--stop-on",
        "secret",
        "--stop-on",
        "warning",
        script=script,
        code=124,
    )
    assert "agentrec: ended: report.py: sum_up has the same code" in said
    (limit,) = of_kind(path, "guard", "limit")
    assert (limit["rule"], limit["limit"]) == ("--stop-on", "warning")
    assert [made["action"] for made in of_kind(path, "guard", "decision")] == ["ended"]
    assert len(of_kind(path, "guard", "finding")) == 1


def test_a_run_goes_on_at_another_finding(tmp_path):
    script = f"sleep 1; {COPY}; {' '.join(AGENTREC)} snapshot now; sleep 2; exit 3"
    options = ("--stop-on", "error", "--stop-on", "secret", "--max-time", "1h")
    path, _ = run(tmp_path, *headless(tmp_path), *options, script=script, code=3)
    assert len(of_kind(path, "guard", "finding")) == 1
    assert of_kind(path, "guard", "limit") == []


def test_what_a_later_step_makes_good_is_no_finding(tmp_path, work):
    """A test that moves, in two steps: only the end counts. A secret is found at once."""
    (work / "test_a.py").write_text("def test_a():\n    assert f(1)\n")
    secret = "hunter2" + "Zq81xkWv90"
    script = (
        f"sleep 1; rm test_a.py; echo 'password = \"{secret}\"' > s.py; sleep 4; rm s.py;"
        "printf 'def test_a():\\n    assert f(1)\\n' > test_b.py; sleep 1"
    )
    options = ("--stop-on", "protected-path")
    path, _ = run(tmp_path, *headless(tmp_path), *options, script=script)
    assert [finding["rule"] for finding in of_kind(path, "guard", "finding")] == ["secret"]
    assert secret not in str(of_kind(path, "guard", "finding"))


def test_settings_that_change_on_the_way_change_nothing(tmp_path):
    lax = "printf '[guard.levels]\\nduplicate-function = \"off\"\\n' > .agentrec.toml"
    path, _ = run(
        tmp_path, *headless(tmp_path), "--guard-silent", script=f"sleep 1; {lax}; {COPY}; sleep 1"
    )
    rules = [finding["rule"] for finding in of_kind(path, "guard", "finding")]
    assert rules == ["protected-path", "duplicate-function"]


def test_a_guard_that_is_killed_is_noted_and_another_one_checks(tmp_path):
    snap = f"{' '.join(AGENTREC)} snapshot"
    wait = "until [ -e go ]; do sleep 0.1; done"
    script = f"sleep 1; touch a; {snap} a; {wait}; touch b; {snap} b; sleep 1; {COPY}; sleep 1"
    path = tmp_path / "run.ahr"
    command = [*RECORD, *headless(tmp_path), "--guard-silent", "--", "sh", "-c", script]
    with subprocess.Popen(
        command, env=environment(tmp_path), cwd=tmp_path / "work", stdin=subprocess.DEVNULL
    ) as recorder:
        guard = wait_for_guard(recorder.pid)
        guard.kill()
        (tmp_path / "work" / "go").touch()
        assert recorder.wait(60) == 0
    reasons = [one["reason"] for one in of_kind(path, "sys", "dropped") if one["what"] == "guard"]
    assert len(reasons) == 1
    assert [finding["path"] for finding in of_kind(path, "guard", "finding")] == ["report.py"]


def wait_for_guard(recorder):
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        for process in psutil.Process(recorder).children():
            if "agentrec.guard.guard_process" in process.cmdline():
                return process
        time.sleep(0.05)
    raise AssertionError("no guard runs")


def test_ci_writes_findings_into_the_summary_of_the_job(tmp_path):
    folder = tmp_path / "artifacts"
    options = ("-o", str(folder), "--guard-silent")
    run(tmp_path, *options, script=f"sleep 1; {COPY}; sleep 1", command=[*AGENTREC, "ci"])
    (summary,) = folder.glob("*.md")
    assert "| warning | report.py:1 |" in summary.read_text().replace("\\", "")


def test_a_rerun_takes_the_same_limits(tmp_path, work):
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@localhost"]
    for words in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "begin"]):
        subprocess.run([*git, *words], cwd=work, check=True, env=environment(tmp_path))
    snap = f"{' '.join(AGENTREC)} snapshot now"
    script = f"sleep 1; {COPY}; [ -e ../first ] && {{ {snap}; sleep 60; }}; touch {tmp_path}/work/../first"
    path, _ = run(tmp_path, *headless(tmp_path), script=script)
    (work / "report.py").unlink()
    done = subprocess.run(
        [*AGENTREC, "rerun", str(path), "--execute", "--json", "--stop-on", "duplicate-function"],
        env=environment(tmp_path),
        cwd=work,
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert done.returncode == 1, done.stderr
    (ended,) = json.loads(done.stdout)["runs"]
    assert ended["code"] == 124
    assert len(of_kind(ended["file"], "guard", "limit")) == 1


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--stop-on", "x"), "unknown rule 'x'"),
        (("--guard", "--guard-silent"), "not allowed with"),
        (("--guard", "--no-snapshots"), "the guard needs snapshots"),
    ],
)
def test_invalid_options(options, message, tmp_path):
    _, said = run(tmp_path, *headless(tmp_path), *options, script="true", code=2)
    assert message in said
    assert not (tmp_path / "run.ahr").exists()
