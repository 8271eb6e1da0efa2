"""Sessions of real agents that were not recorded, imported: what the model's server said, and its tokens."""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from agentrec.agents import AGENTS as AGENTS_BY_PROGRAM
from agentrec.export.conversion import Source
from agentrec.export.reading.detect_format import detect_format
from agentrec.imports.session_import import NEW, import_session
from agentrec.imports.stored_sessions import DATABASES, stored_sessions
from agentrec.recording.events.llm import Usage
from agentrec.recording.reader import Recording
from fixtures.modelserver import ModelServer
from tests.agents_env import AGENTS, ALL, RARE, require
from tests.agents_env.recorded import PACKAGE, events, named
from tests.branches.helpers import OURS, fill, git, picture, repository
from tests.e2e.test_rare_agents import sent, told
from tests.e2e.test_resume_agents import ANSWERED, MESSAGE, SAID, SPOKEN, main_answers

pytestmark = pytest.mark.agents


def tree(home):
    """Everything below a home directory but agentrec's own data: kind, time, size, content."""
    found = {}
    for folder, folders, names in os.walk(home):
        folders[:] = [name for name in folders if name != "agentrec"]
        for name in (*folders, *names):
            path = os.path.join(folder, name)
            status = os.lstat(path)
            plain = stat.S_ISREG(status.st_mode)
            content = hashlib.sha256(Path(path).read_bytes()).digest() if plain else b""
            found[path] = (status.st_mode, status.st_mtime_ns, status.st_size, content)
    return found


def assert_read_as_imported(path):
    """The agent's file, sent by somebody, is the same as what was imported where the agent has it."""
    with Recording.open(path) as recording:
        imported, source = list(recording.events()), recording.header["imported"]["path"]
    data = Path(source).read_bytes()
    format_ = detect_format(data[: 1 << 16], source)
    is_database = format_.name in DATABASES  # beside it is a log that has the newest
    path = source if is_database else ""
    sent = format_.read(Source(os.path.basename(source), io.BytesIO(data), path=path))
    kinds = [("agent", "message"), ("tool", "call"), ("tool", "result"), ("llm", "call")]

    def told(events):
        # Their times may be kept in files beside it.
        found = [event for event in events if event.name in kinds]
        return [
            (
                event.name,
                event.span,
                event.actor,
                {k: v for k, v in event.data.items() if k not in ("at", "at_ns")},
            )
            for event in found
        ]

    assert told(sent.events) == told(imported), source


def test_all_agents_of_a_home(tmp_path):
    """What each model's server sent, to the token; nothing of the agents' is touched; once is enough."""
    for agent in ALL.values():
        require(agent)
    home, work, expected, environment = tmp_path / "home", tmp_path / "home" / "work", {}, {}
    others = {name: agent for name, agent in RARE.items() if name != "mini" and agent.program()}
    with ModelServer(delay=0.002) as server:
        for name, agent in (ALL | others).items():
            count = len(server.received())
            env = agent.start(home, work / name, server.url)
            scenario = "hello" if name == "aider" else "fix-tests"
            argv = agent.argv(agent.headless, f"Go on, {name}. [[scenario:{scenario}]]")
            quiet = {"stdin": subprocess.DEVNULL, "capture_output": True, "timeout": 200}
            subprocess.run(argv, env=env, cwd=work / name, check=True, **quiet)
            expected[name], environment = sent(server, count), environment | env
    environment.pop("TMPDIR", None)  # ours are temporary, too
    (home / ".local/share/agentrec").mkdir()
    before = tree(home)
    command = [sys.executable, "-P", "-m", "agentrec", "import", "--all", "--json"]

    def run():
        done = subprocess.run(
            command, env=environment | {"PYTHONPATH": PACKAGE}, cwd=home, capture_output=True
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    first, second = run(), run()
    assert {one["state"] for one in first} == {NEW}
    assert {one["state"] for one in second} == {"unchanged"}
    assert tree(home) == before
    for one in first:
        assert_read_as_imported(one["file"])
    by_program = {Path(one["file"]).parent.name: one["file"] for one in first}
    names = {name: AGENTS_BY_PROGRAM[name].name for name in expected}
    assert len(by_program) == len(first) == len(names)
    for name, (texts, _, calls, tokens) in expected.items():
        found = events(Path(by_program[names[name]]))
        spoken, _, called, _ = told(found)
        usages = [Usage.from_data(event.data["usage"]) for event in named(found, "llm/call")]
        counted = [(usage.prompt, usage.output) for usage in usages]
        assert spoken == texts, name
        assert [tool for tool, _ in called] == [tool for tool, _ in calls], name
        for (_, asked), (_, wanted) in zip(called, calls, strict=True):
            # Claude Code adds defaults.
            assert asked == wanted or asked | wanted == asked, name
        assert counted == tokens or name == "aider", name
        assert {e.span for e in named(found, "tool/call")} == {
            e.span for e in named(found, "tool/result")
        }
        (prompt,) = [e.data["text"] for e in named(found, "agent/message") if e.actor == "user"]
        assert f"Go on, {name}." in prompt


@pytest.mark.skipif(not shutil.which("zstd"), reason="the program zstd is not installed")
def test_a_compressed_rollout_is_the_same(tmp_path):
    agent = require(AGENTS["codex"])
    with ModelServer(delay=0.002) as server:
        env = agent.start(tmp_path / "home", tmp_path / "work", server.url)
        argv = agent.argv(agent.headless, "Go on. [[scenario:hello]]")
        subprocess.run(
            argv,
            env=env,
            cwd=tmp_path / "work",
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=True,
        )
    (session,) = stored_sessions("codex", dict(env))
    with Recording.open(import_session(session, dict(env)).path) as recording:
        plain = [(event.kind, event.data.get("text")) for event in recording.events()]
    subprocess.run(["zstd", "-q", "--rm", session.path], check=True)
    (packed,) = stored_sessions("codex", dict(env))
    assert packed.path == session.path + ".zst"
    path = import_session(packed, dict(env)).path
    assert os.path.basename(path) == f"{session.id}.ahr"
    with Recording.open(path) as recording:
        assert [(event.kind, event.data.get("text")) for event in recording.events()] == plain


def kept_files(folder):
    """Name, time and content of the files that aider keeps."""
    files = folder.glob(".aider.*history*")
    return {path.name: (path.stat().st_mtime_ns, path.read_bytes()) for path in files}


def test_aider_by_what_it_leaves_in_the_repository(tmp_path):
    """What was said, the commit that it names, tokens as it prints them; its files stay as they are."""
    agent = RARE["aider"]
    if agent.program() is None:
        pytest.skip("aider: installed by scripts/agents --latest")
    work = tmp_path / "home" / "shop"
    work.mkdir(parents=True)
    (work / "area.py").write_text("def area(a, b):\n    return a + b\n")
    prompt = "Mend it.\nIn area.py. [[scenario:edit-block]]"
    options = [word for word in agent.headless if word != "--no-git"]
    logs = ("--llm-history-file", ".aider.llm.history")
    who = {
        f"GIT_{role}_{what}": "a@b"
        for role in ("AUTHOR", "COMMITTER")
        for what in ("NAME", "EMAIL")
    }
    with ModelServer(delay=0.002) as server:
        env = agent.start(tmp_path / "home", work, server.url) | who
        for words in (["init", "-q"], ["add", "."], ["commit", "-qm", "first"]):
            subprocess.run(["git", *words], cwd=work, env=env, check=True)
        argv = agent.argv((*logs, "--file", "area.py", *options), prompt)
        subprocess.run(
            argv,
            env=env,
            cwd=work,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=True,
            timeout=200,
        )
        answer = server.scenarios["edit-block"][0].text.strip()
    before = kept_files(work)
    (session,) = stored_sessions("aider", env)
    result = import_session(session, env)
    assert result.state == NEW
    with Recording.open(result.path) as recording:
        found = list(recording.events())
    said = [(e.data["role"], e.data["text"], e.t) for e in named(found, "agent/message")]
    (_, _, at_start), (role, text, asked), (_, answered, at_answer), (_, after, _) = said
    assert (role, text, answered) == ("user", prompt, answer)
    assert 0 == at_start <= asked <= at_answer + 10**9
    head = subprocess.check_output(["git", "rev-parse", "HEAD"], cwd=work, text=True).strip()
    assert f"Commit {head[:7]}" in after
    assert named(found, "agent/conversation")[-1].data["commit"] == head[:7]
    assert (work / "area.py").read_text().endswith("a * b\n")
    (call,) = named(found, "llm/call")
    assert call.data["model"] == "openai/gpt-4o"
    assert call.data["usage"]["output"] > 10
    assert call.data["cost_usd"] > 0
    assert kept_files(work) == before
    assert [import_session(one, env).state for one in stored_sessions("aider", env)] == [
        "unchanged"
    ]


@pytest.mark.parametrize("name", AGENTS)
def test_an_imported_session_branches(name, tmp_path):
    """The conversation exactly; the files of the commit that the session names, or that was there then."""
    agent, work = require(AGENTS[name]), tmp_path / "work"
    work.mkdir()
    with ModelServer(delay=0.002) as server:
        env = agent.start(tmp_path / "home", work, server.url)
        fill(work, {"kept.txt": "committed\n"})
        for words in (["init", "-q"], ["add", "."], ["commit", "-qm", "first"]):
            git(work, *words)
        first = git(work, "rev-parse", "HEAD").strip()
        argv = agent.argv(agent.headless, "Go on. [[scenario:fix-tests]]")
        quiet = {"stdin": subprocess.DEVNULL, "capture_output": True, "timeout": 120}
        subprocess.run(argv, env=env, cwd=work, check=True, **quiet)
        told = main_answers(server)
        time.sleep(1.1)  # times of commits are seconds
        git(work, "add", ".")
        git(work, "commit", "-qm", "the agent's work")
        (session,) = stored_sessions(name, env)
        recording = import_session(session, env).path
        before = (session.size, picture(work), repository(work / ".git", without=OURS))
        command = [sys.executable, "-P", "-m", "agentrec", "branch", recording, "--headless"]
        programs = tmp_path / "bin"
        programs.mkdir()
        (programs / name).symlink_to(agent.program())
        environment = env | {"PYTHONPATH": PACKAGE, "PATH": f"{programs}:{env['PATH']}"}
        done = subprocess.run(
            [*command, "-m", MESSAGE], env=environment, cwd=tmp_path, text=True, **quiet
        )
        assert done.returncode == 0, done.stderr
        ((request, _),) = main_answers(server)[len(told) :]
    whole = [*SPOKEN[name](told[-1][0]), *ANSWERED[name](told[-1][1]), SAID[name]]
    assert SPOKEN[name](request) == whole
    why = {
        "claude": "where the repository was",
        "codex": "which the session names",
    }[name]
    assert f"the files are those of commit {first[:12]}, {why}" in done.stderr
    (entry,) = (Path(env["HOME"]) / ".local/share/agentrec/branches").glob("*.json")
    made = Path(json.loads(entry.read_text())["worktree"])
    assert {path.name for path in made.iterdir()} == {".git", "kept.txt"}
    assert git(made, "rev-parse", "HEAD").strip() == first
    assert (session.size, picture(work), repository(work / ".git", without=OURS)) == before
