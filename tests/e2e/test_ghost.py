"""Real agents, played again from their own recordings with the model's server switched off."""

import json
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import tomlkit

from agentrec.gateway.recorded_calls import calls_of
from agentrec.recording.reader import Recording
from fixtures.modelserver import ModelServer
from fixtures.modelserver.server import SCENARIOS
from tests.agents_env import AGENTS, ALL, RARE, require
from tests.agents_env.recorded import PACKAGE, RECORD, named
from tests.agents_env.web_socket_model import WebSocketModel
from tests.e2e.test_agents_recorded import told
from tests.e2e.test_model_calls import differing

pytestmark = pytest.mark.agents
BOTH = pytest.mark.parametrize("name", AGENTS)
NOWHERE = "http://127.0.0.1:9"
MAX_REPORT_LINES = 10
AGENTREC = [sys.executable, "-m", "agentrec"]


class Runs:
    """A recorded run of an agent in a folder, and ghosts of it."""

    def __init__(self, name, folder):
        self.agent, self.folder = require((ALL | RARE)[name]), folder
        self.env = {}
        self.sent = []  # the bodies that the server received

    def record(self, scenario, files=None, work=None, scenarios=SCENARIOS):
        work, home = work or self.folder / "work", self.folder / "home"
        with ModelServer(delay=0.002, scenarios=scenarios) as server:
            self.env = self.agent.start(home, work, server.url) | {"PYTHONPATH": PACKAGE}
            for path, text in (files or {}).items():
                (work / path).write_text(text)
            argv = self.agent.argv(self.agent.headless, f"Go on. [[scenario:{scenario}]]")
            options = ["-q", "-o", str(self.path("run")), "--headless", "--model-calls", "--"]
            self._run([*RECORD, *options, *argv], work)
            self.sent = [entry.body for entry in server.received() if entry.method == "POST"]
        return events(self.path("run"))

    def path(self, name):
        return self.folder / f"{name}.ahr"

    def play(self, *options, command=(), name="ghost"):
        """Play it in a directory called ``name``; the server is off."""
        seeded = self.agent.start(self.folder / "home", self.folder / name, NOWHERE)
        self.env |= seeded
        words = ["ghost", str(self.path("run")), "--in", str(self.folder / name), "--headless"]
        words += ["-o", str(self.path(name)), *options]
        return self._run([*AGENTREC, *words, *(("--", *command) if command else ())], self.folder)

    def _run(self, argv, cwd):
        return subprocess.run(
            argv,
            env=self.env,
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=180,
        )

    def files(self, name):
        folder = self.folder / name
        return {it.name: it.read_text() for it in folder.iterdir() if it.is_file()}


def events(path):
    with Recording.open(str(path)) as recording:
        return [event for event in recording.events() if event.name != ("term", "output")]


def report_of(done):
    """The lines that say how a request differs, to the last."""
    return done.stderr[done.stderr.index("this request has no") :].splitlines()


def moved(story, runs, name):
    """A story with the directory of another run."""
    text = json.dumps(story).replace(str(runs.folder / "work"), str(runs.folder / name))
    return json.loads(text)


@BOTH
@pytest.mark.parametrize("scenario", ["fix-tests", "parallel"])
def test_a_ghost_ends_with_the_same_files_and_story(name, scenario, tmp_path):
    runs = Runs(name, tmp_path)
    first = runs.record(scenario, {"before.txt": "was there\n"})
    done = runs.play()
    assert done.returncode == 0, done.stdout + done.stderr
    assert runs.files("ghost") == runs.files("work")
    second = events(runs.path("ghost"))
    assert moved(told(second), runs, "ghost") == moved(told(first), runs, "ghost")
    generated = [call for call in calls_of(second) if call.request.operation == "generate"]
    assert f"{len(generated)} requests answered from the recording" in done.stderr
    with (
        Recording.open(str(runs.path("ghost"))) as ghost,
        Recording.open(str(runs.path("run"))) as run,
    ):
        parent = {"id": run.header["id"], "relation": "ghost"}
        assert ghost.header["parent"] == parent


@BOTH
def test_another_prompt_is_a_miss_that_names_it(name, tmp_path):
    runs = Runs(name, tmp_path)
    runs.record("hello")
    argv = runs.agent.argv(runs.agent.headless, "Go away. [[scenario:hello]]")
    done = runs.play(command=argv)
    assert done.returncode == 123
    report = report_of(done)
    assert len(report) <= MAX_REPORT_LINES
    assert any(line.startswith("  - ") and "Go on." in line for line in report)
    assert any(line.startswith("  + ") and "Go away." in line for line in report)
    (trouble,) = named(events(runs.path("ghost")), "sys/trouble")
    assert "Go away." in trouble.data["text"]


@BOTH
def test_a_changed_file_is_a_miss_unless_results_may_differ(name, tmp_path):
    runs = Runs(name, tmp_path)
    runs.record("fix-tests")
    # A python that prints something else.
    tools = tmp_path / "tools"
    tools.mkdir()
    (tools / "python3").write_text(f'#!/bin/sh\necho other words\nexec {sys.executable} "$@"\n')
    (tools / "python3").chmod(0o755)
    runs.agent.seed(tmp_path / "home", tmp_path / "ghost", NOWHERE)
    path = runs.env["PATH"]
    (tmp_path / "home" / ".profile").write_text(f'export PATH="{tools}:$PATH"\n')
    (tmp_path / "home" / ".bashrc").write_text(f'export PATH="{tools}:$PATH"\n')

    def play(*options, called):
        shutil.rmtree(tmp_path / called, ignore_errors=True)
        before = runs.agent.start

        def start(home, cwd, url):
            return before(home, cwd, url) | {"PATH": f"{tools}:{path}"}

        seeded = start(tmp_path / "home", tmp_path / called, NOWHERE)
        runs.env |= seeded
        words = ["ghost", str(runs.path("run")), "--in", str(tmp_path / called), "--headless"]
        return runs._run([*AGENTREC, *words, "-o", str(runs.path(called)), *options], tmp_path)

    strict = play(called="strict")
    assert strict.returncode == 123
    report = report_of(strict)
    assert any(line.startswith("  + ") and "other words" in line for line in report)
    assert len(report) <= MAX_REPORT_LINES
    loose = play("--match", "results", called="loose")
    assert loose.returncode == 0, loose.stderr
    assert "had other results of tools than recorded" in loose.stderr
    assert runs.files("loose") == runs.files("work")


@BOTH
def test_a_changed_file_outside_the_directory_is_a_miss_that_names_it(name, tmp_path):
    """Files in the directory are those of the snapshot; others are as they are now."""
    runs = Runs(name, tmp_path)
    outside = tmp_path / "outside.txt"
    outside.write_text("as it was\n" + "the same line\n" * 50)
    (tmp_path / "scenarios").mkdir()
    script = {"reply": [{"calls": [{"shell": f"cat {outside}"}]}, {"text": "Done."}]}
    (tmp_path / "scenarios" / "look.toml").write_text(tomlkit.dumps(script))
    runs.record("look", scenarios=tmp_path / "scenarios")
    outside.write_text("as it is now\n" + "the same line\n" * 50)
    done = runs.play()
    assert done.returncode == 123
    report = report_of(done)
    assert len(report) <= MAX_REPORT_LINES
    assert any(line.startswith("  - ") and "as it was" in line for line in report)
    assert any(line.startswith("  + ") and "as it is now" in line for line in report)


def test_a_ghost_has_no_network(tmp_path):
    """Whatever runs in it reaches loopback and nothing else."""
    runs = Runs("claude", tmp_path)
    runs.record("hello")
    script = "cat /proc/net/dev | tail -n +3 | cut -d: -f1"
    done = runs.play(command=["sh", "-c", script])
    assert done.stdout.split() == ["lo"]
    assert "not asked for" in done.stderr


def test_what_a_ghost_would_do_is_explained(tmp_path):
    runs = Runs("claude", tmp_path)
    runs.record("hello")
    done = runs._run([*AGENTREC, "ghost", str(runs.path("run")), "--explain", "--json"], tmp_path)
    plan = json.loads(done.stdout)
    assert plan["calls"] == 1
    assert plan["masked"] == []
    assert plan["argv"][-1] == "Go on. [[scenario:hello]]"
    assert not (tmp_path / "ghost").exists()
    shown = runs._run([*AGENTREC, "ghost", str(runs.path("run")), "--explain"], tmp_path)
    assert "recorded answers: 1" in shown.stdout


def test_a_run_in_a_repository(tmp_path):
    """The agent is told the state of the repository; that is the same in the ghost's."""
    runs = Runs("claude", tmp_path)
    work = tmp_path / "work"
    work.mkdir()
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@b.c", "-C", str(work)]
    (work / "kept.txt").write_text("kept\n")
    for words in (["init", "-q", "-b", "trunk"], ["add", "."], ["commit", "-qm", "first"]):
        subprocess.run([*git, *words], check=True)
    (work / "kept.txt").write_text("changed\n")
    runs.record("write-file")
    before = subprocess.run([*git, "status", "--porcelain"], capture_output=True, check=True)
    done = runs.play()
    assert done.returncode == 0, done.stdout + done.stderr
    assert runs.files("ghost") == runs.files("work")
    after = subprocess.run([*git, "status", "--porcelain"], capture_output=True, check=True)
    assert after.stdout == before.stdout


def test_a_run_inside_a_repository(tmp_path):
    """Snapshots are of the whole repository, and the agent works below."""
    runs = Runs("claude", tmp_path)
    root = tmp_path / "root"
    (root / "sub").mkdir(parents=True)
    (root / "top.txt").write_text("top\n")
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@b.c", "-C", str(root)]
    for words in (["init", "-q"], ["add", "."], ["commit", "-qm", "first"]):
        subprocess.run([*git, *words], check=True)
    runs.record("fix-tests", work=root / "sub")
    runs.agent.seed(tmp_path / "home", tmp_path / "ghost" / "sub", NOWHERE)
    runs.env["ANTHROPIC_BASE_URL"] = NOWHERE
    words = ["ghost", str(runs.path("run")), "--in", str(tmp_path / "ghost"), "--headless"]
    done = runs._run([*AGENTREC, *words, "-o", str(runs.path("ghost"))], tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    with Recording.open(str(runs.path("ghost"))) as ghost:
        cwd = ghost.header["cwd"]
    found = {it.name: it.read_text() for it in (root / "sub").iterdir()}
    assert {it.name: it.read_text() for it in Path(cwd).iterdir()} == found
    assert "area.py" in found


def test_a_recording_without_model_calls(tmp_path):
    path = tmp_path / "run.ahr"
    env = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "PYTHONPATH": PACKAGE}
    argv = [*RECORD, "-q", "-o", str(path), "--headless", "--", "true"]
    subprocess.run(argv, env=env, cwd=tmp_path, stdin=subprocess.DEVNULL, check=True)
    done = subprocess.run(
        [*AGENTREC, "ghost", str(path)], env=env, cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode == 3
    assert "has no model calls" in done.stderr


def test_codex_over_a_web_socket(tmp_path):
    runs = Runs("codex", tmp_path)
    work, home = tmp_path / "work", tmp_path / "home"

    def seeded(cwd, url):
        env = runs.agent.start(home, cwd, url) | {"PYTHONPATH": PACKAGE}
        config = home / ".codex" / "config.toml"
        config.write_text(config.read_text().replace("websockets = false", "websockets = true"))
        return env

    with WebSocketModel() as model:
        runs.env = seeded(work, model.url)
        argv = runs.agent.argv(runs.agent.headless, "[[scenario:fix-tests]]")
        options = ["-q", "-o", str(runs.path("run")), "--headless", "--model-calls", "--"]
        done = runs._run([*RECORD, *options, *argv], work)
        assert done.returncode == 0, done.stdout + done.stderr
    runs.env = seeded(tmp_path / "ghost", NOWHERE)
    words = ["ghost", str(runs.path("run")), "--in", str(tmp_path / "ghost"), "--headless"]
    done = runs._run([*AGENTREC, *words, "-o", str(runs.path("ghost"))], tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert runs.files("ghost") == runs.files("work")
    calls = [it for it in calls_of(events(runs.path("ghost"))) if it.request.web_socket]
    assert len(calls) == len(model.received)


@pytest.mark.parametrize("option", [("--live-after", "3"), ("--live-on-miss",)])
@BOTH
def test_a_ghost_that_goes_on_with_the_model(name, option, tmp_path):
    runs = Runs(name, tmp_path)
    runs.record("fix-tests")
    argv = runs.agent.argv(runs.agent.headless, "Go on. [[scenario:fix-tests]]")
    if option == ("--live-on-miss",):
        argv[-1] = "Another way. [[scenario:write-file]]"
    with ModelServer() as server:
        runs.env |= runs.agent.start(tmp_path / "home", tmp_path / "ghost", server.url)
        words = ["ghost", str(runs.path("run")), "--in", str(tmp_path / "ghost"), "--headless"]
        words += ["-o", str(runs.path("ghost")), *option, "--", *argv]
        done = runs._run([*AGENTREC, *words], tmp_path)
        asked = [entry for entry in server.received() if entry.method == "POST"]
    assert done.returncode == 0, done.stdout + done.stderr
    calls = [it for it in calls_of(events(runs.path("ghost"))) if it.request.method == "POST"]
    # Two that are under way at once come in any order.
    sent = [call.body for call in calls[-len(asked) :]]
    assert differing(sent, [entry.body for entry in asked]) == []
    assert f"{len(asked)} requests answered by the real model" in done.stderr
    assert not any("x-agentrec-origin" in entry.headers for entry in asked)
    if option == ("--live-on-miss",):
        assert len(asked) == 2
        assert (tmp_path / "ghost" / "hello.txt").exists()
    else:
        assert len(asked) == 4
        assert runs.files("ghost") == runs.files("work")


class Serving:
    """`agentrec ghost --as-server`, and what it prints as JSON."""

    def __init__(self, runs, *options):
        words = ["ghost", str(runs.path("run")), "--as-server", "0", *options]
        self.process = subprocess.Popen(
            [*AGENTREC, *words, "--json"],
            env=runs.env,
            cwd=runs.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.first = json.loads(self.process.stdout.readline())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.communicate()

    def end(self):
        """Its exit code, what it printed of requests for answers, and its last words."""
        self.process.send_signal(signal.SIGINT)
        out, err = self.process.communicate(timeout=30)
        lines = [json.loads(line) for line in out.splitlines()]
        asked = [it for it in lines if it["operation"] == "generate"]
        return self.process.returncode, asked, err


@BOTH
def test_a_recording_as_a_model_server(name, tmp_path):
    """The agent is started by hand, without agentrec."""
    runs = Runs(name, tmp_path)
    runs.record("fix-tests")
    work = tmp_path / "ghost"
    with Serving(runs, "--in", str(work)) as serving:
        env = runs.agent.start(tmp_path / "home", work, serving.first["url"])
        argv = runs.agent.argv(runs.agent.headless, "Go on. [[scenario:fix-tests]]")
        done = subprocess.run(argv, env=env, cwd=work, capture_output=True, text=True, timeout=180)
        assert done.returncode == 0, done.stdout + done.stderr
        code, asked, err = serving.end()
    assert code == 0
    assert len(asked) > 3
    assert all("call" in it for it in asked)
    assert "0 recorded answers not asked for" in err
    assert runs.files("ghost") == runs.files("work")


def test_another_request_to_a_recording_as_a_server(tmp_path):
    runs = Runs("claude", tmp_path)
    runs.record("hello")
    with Serving(runs, "--in", str(tmp_path / "ghost")) as serving:
        assert serving.first["environment"]["ANTHROPIC_BASE_URL"] == serving.first["url"]
        env = runs.agent.start(tmp_path / "home", tmp_path / "ghost", serving.first["url"])
        argv = runs.agent.argv(runs.agent.headless, "Go away. [[scenario:hello]]")
        done = subprocess.run(
            argv, env=env, cwd=tmp_path / "ghost", capture_output=True, text=True, timeout=180
        )
        code, asked, err = serving.end()
    assert "this request has no recorded answer" in done.stdout
    assert code == 123
    assert any("Go away." in line for line in asked[0]["miss"])
    assert "1 recorded answer not asked for" in err


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--as-server", "0", "--headless"], "cannot be used with --headless"),
        (["--as-server", "70000"], "invalid port '70000'"),
        (["--json"], "--json needs --explain or --as-server"),
    ],
)
def test_options_that_do_not_go_together(options, said, tmp_path):
    env = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "PYTHONPATH": PACKAGE}
    done = subprocess.run(
        [*AGENTREC, "ghost", "x.ahr", *options], env=env, capture_output=True, text=True
    )
    assert done.returncode == 2
    assert said in done.stderr
