"""Sessions of real agents that were not recorded, imported: what the model's server said, and its tokens."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from agentrec.imports.session_import import NEW, import_session
from agentrec.imports.stored_sessions import stored_sessions
from agentrec.recording.reader import Recording
from agentrec.report.summary import summarize
from fixtures.modelserver import ModelServer
from tests.agents_env import AGENTS, ALL, RARE, require
from tests.agents_env.recorded import PACKAGE, answers, events, named, record
from tests.branches.helpers import OURS, fill, git, picture, repository
from tests.e2e.test_resume_agents import ANSWERED, MESSAGE, SAID, SPOKEN, main_answers

pytestmark = pytest.mark.agents


def usage_of(name, answer):
    usage = answer["usage"]
    if name == "claude":
        return usage["input_tokens"], usage["output_tokens"]
    cached = usage["input_tokens_details"]["cached_tokens"]
    return usage["input_tokens"] - cached, usage["output_tokens"]


@pytest.mark.parametrize("name", ["claude", "codex"])
def test_a_session_that_was_not_recorded(name, tmp_path):
    agent = require(AGENTS[name])
    with ModelServer(delay=0.002) as server:
        env = agent.start(tmp_path / "home", tmp_path / "work", server.url)
        argv = agent.argv(agent.headless, "Go on. [[scenario:fix-tests]]")
        subprocess.run(
            argv,
            env=env,
            cwd=tmp_path / "work",
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=120,
            check=True,
        )
        told = [answer for _, answer in answers(server)]
    env = dict(env)
    (session,) = stored_sessions(name, env)
    result = import_session(session, env)
    assert result.state == NEW
    with Recording.open(result.path) as recording:
        facts = summarize(recording)
        said = json.dumps([event.data for event in recording.events(tracks=("agent", "tool"))])
    sums = [sum(column) for column in zip(*(usage_of(name, one) for one in told), strict=True)]
    assert [facts["tokens"]["input"], facts["tokens"]["output"]] == sums
    for text in (
        "Go on. [[scenario:fix-tests]]",
        "I start with the program.",
        "1 passed, 0 failed",
    ):
        assert text in said


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


@pytest.mark.parametrize("name", ["gemini", "copilot", "cline"])
def test_others_are_as_if_they_had_been_recorded(name, tmp_path):
    """The same run, recorded and imported: the same words, tools and tokens."""
    agent = require(ALL[name])
    with ModelServer(delay=0.002) as server:
        env = agent.start(tmp_path / "home", tmp_path / "work", server.url)
        argv = agent.argv(agent.headless, "Go on. [[scenario:fix-tests]]")
        record(tmp_path / "run.ahr", argv, env, tmp_path / "work")
    (session,) = stored_sessions(name, dict(env))
    with Recording.open(import_session(session, dict(env)).path) as recording:
        imported = summarize(recording)
        told = list(recording.events())
    with Recording.open(str(tmp_path / "run.ahr")) as recording:
        recorded = summarize(recording)
    for what in ("tokens", "turns"):
        assert imported[what] == recorded[what]
    assert {tool: it["calls"] for tool, it in imported["tools"].items()} == {
        tool: it["calls"] for tool, it in recorded["tools"].items()
    }
    said = [
        [event.data["text"] for event in found if event.name == ("agent", "message")]
        for found in (told, events(tmp_path / "run.ahr"))
    ]
    assert said[0] == said[1]


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
        "claude": "where the repository was at that time",
        "codex": "which the session names",
    }[name]
    assert f"the files are those of commit {first[:12]}, {why}" in done.stderr
    (entry,) = (Path(env["HOME"]) / ".local/share/agentrec/branches").glob("*.json")
    made = Path(json.loads(entry.read_text())["worktree"])
    assert {path.name for path in made.iterdir()} == {".git", "kept.txt"}
    assert git(made, "rev-parse", "HEAD").strip() == first
    assert (session.size, picture(work), repository(work / ".git", without=OURS)) == before
