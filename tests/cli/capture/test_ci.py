"""``agentrec ci``: what a job's page and its artifacts get, and the exit code."""

import os
import re
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from agentrec.export.job_summary import MAX_CHARS, job_summary
from agentrec.recording.reader import Recording
from agentrec.report.summary import summarize
from agentrec.snapshots.lookup import recorded_snapshots
from fixtures.modelserver import ModelServer
from tests.agents_env import AGENTS, require
from tests.library.helpers import call, ended, make, shown

PACKAGE = str(Path(__file__).resolve().parents[3])
SECRET = "ghp_" + "a1B2" * 9


def ci(folder, *arguments, env=None, **more):
    """Run it as a job would; the completed process."""
    base = os.environ if env is None else env
    return subprocess.run(
        [sys.executable, "-m", "agentrec", "ci", *arguments],
        cwd=folder,
        env={**base, "PYTHONPATH": PACKAGE, "XDG_DATA_HOME": str(folder / "data"), **more},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
    )


def summary(folder):
    """That of the only run in it."""
    (path,) = folder.glob("*.md")
    return path.read_text()


def outputs(path):
    """What a runner reads from $GITHUB_OUTPUT."""
    return {
        found["name"]: found["value"]
        for found in re.finditer(
            r"^(?P<name>[\w-]+)<<(?P<end>\S+)\n(?P<value>.*?)\n(?P=end)$",
            path.read_text(),
            re.MULTILINE | re.DOTALL,
        )
    }


def test_the_first_snapshot_is_the_state_before(tmp_path):
    folder = tmp_path / "work"
    folder.mkdir()
    (folder / "a").write_text("1\n")
    data = {"XDG_DATA_HOME": str(tmp_path / "data")}
    done = ci(folder, "-o", "out", "--no-page", "--", "sh", "-c", "echo 2 >a; sleep 0.5", **data)
    assert done.returncode == 0, done.stderr
    (file,) = (folder / "out").glob("*.ahr")
    with Recording.open(str(file)) as recording:
        first, *_ = recorded_snapshots(recording)
    store, snapshot = first.open({**os.environ, **data})
    assert (snapshot.files, store.read(snapshot, "a"), first.t) == (1, b"1\n", 0)
    store.close()


def test_what_a_job_gets(tmp_path):
    out, page = tmp_path / "out", tmp_path / "page.md"
    out.write_text("")
    page.write_text("from a step before\n")
    github = {"GITHUB_OUTPUT": str(out), "GITHUB_STEP_SUMMARY": str(page), "GITHUB_JOB": "fix/it"}
    done = ci(
        tmp_path,
        *("--title=--odd|title", "--", "sh", "-c", f"echo {SECRET}; echo '| <b> `x`'; exit 3"),
        RUNNER_TEMP=str(tmp_path / "temp"),
        **github,
    )
    assert done.returncode == 3
    told = outputs(out)
    assert set(told) == {
        *("directory", "recording", "page", "summary", "session", "exit-code", "cost-usd")
    }
    assert told["directory"] == str(tmp_path / "temp/agentrec-ci")
    assert told["exit-code"] == "3"
    recording, html = Path(told["recording"]), Path(told["page"])
    assert recording.name.startswith("fix-it-")
    for kept in (recording, html, Path(told["summary"])):
        assert SECRET not in kept.read_text(errors="replace")
        assert not stat.S_IMODE(kept.stat().st_mode) & 0o077
    with Recording.open(str(recording)) as opened:
        assert opened.ended
        assert opened.header["id"] == told["session"]
    text = page.read_text()
    assert text.startswith("from a step before\n### ❌ --odd\\|title\n")
    assert text.endswith(Path(told["summary"]).read_text())
    assert "| ended | exit 3 |" in text
    assert SECRET not in text
    assert "<!doctype html>" in html.read_text(errors="replace")[:100].lower()
    assert SECRET in done.stdout  # the log is the CI system's to mask


def test_a_success_elsewhere(tmp_path):
    done = ci(tmp_path, "--no-page", "-o", "kept", "--summary", "own.md", "--", "true")
    assert done.returncode == 0, done.stderr
    assert "recorded in kept" in done.stderr
    names = sorted(path.name for path in (tmp_path / "kept").iterdir())
    assert [name.split(".")[-1] for name in names] == ["ahr", "md"]
    assert (tmp_path / "own.md").read_text().startswith("### ✅ true")


def test_a_signal_and_a_second_run_beside_the_first(tmp_path):
    assert ci(tmp_path, "--no-page", "--", "sh", "-c", "kill -9 $$").returncode == 137
    assert ci(tmp_path, "--no-page", "--", "false").returncode == 1
    assert len(list((tmp_path / "agentrec-ci").glob("*.ahr"))) == 2
    summaries = [path.read_text() for path in (tmp_path / "agentrec-ci").glob("*.md")]
    assert [text.count("### ❌") for text in summaries] == [1, 1]


@pytest.mark.parametrize(
    ("arguments", "code", "word"),
    [
        ((), 2, "missing COMMAND"),
        (("--",), 2, "missing COMMAND"),
        (("--", "no-such-command-here"), 127, "not found"),
        (("--", "/etc/passwd"), 126, ""),
        (("--rows", "x", "--", "true"), 2, "rows"),
        (("--cols", "0", "--", "true"), 2, "cols"),
        (("-o", "/proc/nowhere", "--", "true"), 4, "cannot create"),
    ],
)
def test_what_cannot_be_run(tmp_path, arguments, code, word):
    done = ci(tmp_path, *arguments)
    assert done.returncode == code
    assert word in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "agentrec-ci").exists()


@pytest.mark.parametrize(("ended_with", "code"), [("0", 125), ("3", 3)])
def test_a_recording_that_is_damaged_is_no_success(tmp_path, ended_with, code):
    """The command breaks its own recording: no byte of it can be trusted then."""
    script = (
        'sleep 0.4; printf x | dd of="$AGENTREC_FILE" bs=1 seek=20 conv=notrunc 2>/dev/null; '
        f"exit {ended_with}"
    )
    done = ci(tmp_path, "--no-page", "--no-snapshots", "--", "sh", "-c", script)
    assert done.returncode == code
    assert "verify" in done.stderr or "recording is" in done.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_job_that_is_cancelled_keeps_what_there_is(tmp_path, number):
    process = subprocess.Popen(
        [sys.executable, "-m", "agentrec", "ci", "--", "sh", "-c", "echo ready; exec sleep 300"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": PACKAGE, "XDG_DATA_HOME": str(tmp_path / "data")},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert "ready" in process.stdout.readline()
    process.send_signal(number)
    process.communicate(timeout=120)
    assert process.returncode == 128 + number
    kept = {path.suffix for path in (tmp_path / "agentrec-ci").iterdir()}
    assert kept == {".ahr", ".html", ".md"}
    assert f"killed by {number.name}" in summary(tmp_path / "agentrec-ci")


def test_a_summary_that_cannot_be_written(tmp_path):
    done = ci(tmp_path, "--no-page", "--summary", "/proc/nowhere", "--", "true")
    assert done.returncode == 125
    assert "cannot write" in done.stderr
    assert list((tmp_path / "agentrec-ci").glob("*.ahr"))


def test_a_summary_of_hostile_texts(tmp_path):
    evil = (
        "x | y\n# title\n<script>alert(1)</script> ![](http://e.example/x) `a` @everyone \x1b[31m"
    )
    path = make(
        str(tmp_path / "evil.ahr"),
        (0, "agent", "session", {"agent": evil, "version": evil}),
        call(1, evil, 0.5),
        (1, "tool", "call", {"name": evil, "input": {"command": evil}}, {"span": "t"}),
        (2, "tool", "result", {"is_error": True, "output": evil}, {"span": "t"}),
        (2, "sys", "file", {"path": evil, "what": "created"}),
        shown(2, "```\r\n</details><script>\r\n````"),
        ended(3, 1),
        title=evil,
    )
    with Recording.open(path) as recording:
        facts = summarize(recording)
    rows = ["```", "</details><script>alert(2)</script>", "`````"]
    text = job_summary(facts, "whole", rows, [evil])
    outside, fenced = text.split("``````text")
    assert "<script>" not in outside
    assert "![](" not in outside
    assert "\x1b" not in text
    assert not re.search(r"(?<!\\)@everyone", text)
    assert fenced.count("``````") == 1
    assert not [line for line in outside.splitlines() if line.startswith("# ")]
    assert {line.count(" | ") for line in outside.splitlines() if line.startswith("| t")} <= {1, 3}


def test_transactions_findings_and_limits(tmp_path):
    acts = [(0, "a", "begun"), (1, "a", "savepoint"), (2, "a", "committed"), (3, "b|", "begun")]
    told = [
        (
            t,
            "mark",
            "moment",
            {"label": act, "transaction": {"id": name, "base": "main", "action": act}},
        )
        for t, name, act in acts
    ]
    path = make(
        str(tmp_path / "a.ahr"),
        *told,
        (
            4,
            "guard",
            "finding",
            {"level": "error", "rule": "secret", "path": "k.py", "text": "a key"},
        ),
        (5, "guard", "limit", {"text": "cost $2 (--max-cost 1)"}),
        ended(6, 1),
    )
    with Recording.open(path) as recording:
        text = job_summary(summarize(recording), "whole")
    assert "| limit reached | cost $2 (--max-cost 1) |" in text
    assert "| error | k.py | a key (secret) |" in text
    assert "| a | 1 savepoint, committed into main |" in text
    assert "| b\\| | open, on main |" in text


def test_a_summary_is_bounded(tmp_path):
    files = [(0, "sys", "file", {"path": f"f{n}", "what": "created"}) for n in range(3000)]
    path = make(str(tmp_path / "a.ahr"), *files, ended(1))
    with Recording.open(path) as recording:
        text = job_summary(summarize(recording), "whole", ["x" * 4_000_000])
    assert "3,000 files changed" in text
    assert "and 2988 more" in text
    assert len(text) <= MAX_CHARS + 1


@pytest.mark.agents
def test_a_real_agent(tmp_path):
    agent = require(AGENTS["claude"])
    with ModelServer(delay=0.002) as models:
        env = agent.start(tmp_path / "home", tmp_path / "work", models.url)
        argv = agent.argv(agent.headless, "Go on. [[scenario:fix-tests]]")
        done = ci(tmp_path / "work", "-o", str(tmp_path / "kept"), "--", *argv, env=env)
    assert done.returncode == 0, done.stderr
    text = summary(tmp_path / "kept")
    assert "| agent | claude-code 2.1.197 |" in text
    assert "| turns | 7 |" in text
    assert "| Write | 2 |" in text
    assert re.search(r"\| Bash \| 2 \| 1 \|", text)
    assert "area.py" in text


def gated(tmp_path, script, *rules, out="out"):
    """Run a shell script in a job with a gate."""
    work = tmp_path / "work"
    work.mkdir(exist_ok=True)
    data = str(tmp_path / "data")
    options = ["--title", "Mend it", "--no-page", "-o", str(tmp_path / out), *rules]
    return ci(work, *options, "--", "sh", "-c", script, XDG_DATA_HOME=data)


def test_a_gate_that_holds_and_one_that_is_broken(tmp_path):
    done = gated(tmp_path, "echo 1 > a", "--fail-on", "exit", "files-outside:a")
    assert done.returncode == 0, done.stderr
    assert "### Gate: 2 rules held" in summary(tmp_path / "out")
    junit = tmp_path / "junit.xml"
    rules = ["--fail-on", "exit", "files-outside:src/", "--junit", str(junit)]
    done = gated(tmp_path, "echo 2 > b", *rules, out="broken")
    assert done.returncode == 1
    assert "broken: files-outside:src/: changed b" in done.stderr
    assert "### Gate: 1 of 2 rules broken" in summary(tmp_path / "broken")
    assert 'failures="1"' in junit.read_text()


def test_the_commands_own_exit_code_wins_over_the_gate(tmp_path):
    done = gated(tmp_path, "exit 7", "--fail-on", "exit")
    assert done.returncode == 7
    assert "broken: exit: exit 7" in done.stderr


def test_against_a_file_and_the_last_good_run(tmp_path):
    assert gated(tmp_path, "echo 1 > a; echo 1 > same", out="first").returncode == 0
    (first,) = (tmp_path / "first").glob("*.ahr")
    rules = ["--fail-on", "exit", "duration>+1h"]
    for out, against in (("second", str(first)), ("third", "last-green")):
        done = gated(tmp_path, f"echo {out} > a", "--against", against, *rules, out=out)
        assert done.returncode == 0, done.stderr
        text = summary(tmp_path / out)
        assert "different: a" in text
        assert "### Gate: 2 rules held" in text


@pytest.mark.parametrize(
    ("rules", "words"),
    [
        (["--fail-on", "speed>1"], "unknown figure 'speed'"),
        (["--fail-on", "cost>2x"], "needs a run to compare with"),
        (["--against", "last-green"], "no good run of 'Mend it'"),
    ],
)
def test_a_gate_that_cannot_work_runs_nothing(tmp_path, rules, words):
    done = gated(tmp_path, "touch ran", *rules)
    assert done.returncode == 2
    assert words in done.stderr
    assert not (tmp_path / "work" / "ran").exists()
    assert not (tmp_path / "out").exists()


def test_the_recording_is_pushed(tmp_path):
    remote = tmp_path / "remote"
    args = ("-o", "out", "--no-page", "--push", "--remote")
    done = ci(tmp_path, *args, f"file://{remote}", "--", "sh", "-c", "echo hi; exit 3")
    assert done.returncode == 3
    (version,) = remote.rglob("*.json")
    assert f"pushed: file://{remote}/{version.relative_to(remote)}" in done.stderr
    assert [path.suffix for path in remote.rglob("*.ahr")] == [".ahr"]


def test_a_recording_that_cannot_be_pushed_is_no_success(tmp_path):
    remote = tmp_path / "remote"
    remote.mkdir()
    (remote / "recordings").write_text("in the way")
    url = f"file://{remote}"
    done = ci(tmp_path, "-o", "out", "--push", "--remote", url, "--", "true")
    assert done.returncode == 125
    assert "cannot list" in done.stderr
    assert ci(tmp_path, "-o", "new", "--remote", url, "--", "true").returncode == 2
    assert ci(tmp_path, "-o", "new", "--push", "--", "true", HOME=str(tmp_path)).returncode == 2
    assert not (tmp_path / "new").exists()
