"""Encrypted runs of real agents, branched with an identity: what the model was sent, what shows outside."""

import json
import subprocess
import sys
from pathlib import Path

import pyrage
import pytest

from agentrec.recording.encryption.encrypted_input import is_encrypted
from agentrec.recording.encryption.identities import VARIABLE, allow, forget
from agentrec.recording.markers import happened
from agentrec.recording.reader import Recording
from agentrec.times import NS_PER_SECOND
from fixtures.modelserver import ModelServer
from tests.agents_env import AGENTS, require
from tests.agents_env.recorded import PACKAGE, events, named, record
from tests.branches.helpers import fill, git
from tests.e2e.test_resume_agents import ANSWERED, MESSAGE, SAID, SPOKEN, main_answers

pytestmark = pytest.mark.agents
BRANCH = [sys.executable, "-P", "-m", "agentrec", "branch"]


class EncryptedRun:
    """An agent that mends something in a repository, in a recording for one identity."""

    def __init__(self, name, server, folder):
        agent = require(AGENTS[name])
        self.name, self.server, self.file = name, server, folder / "run.ahr"
        self.work, self.home = folder / "work", folder / "home"
        identity = pyrage.x25519.Identity.generate()
        self.key = folder / "key"
        self.key.write_text(str(identity))
        self.env = agent.start(self.home, self.work, server.url) | {"PYTHONPATH": PACKAGE}
        fill(self.work, {"kept.txt": "committed\n", "dirty.txt": "committed\n"})
        git(self.work, "init", "-q")
        git(self.work, "add", ".")
        git(self.work, "commit", "-qm", "first")
        fill(self.work, {"dirty.txt": "not committed\n"})
        argv = agent.argv(agent.headless, "Go on. [[scenario:fix-tests]]")
        options = ("--encrypt-to", str(identity.to_public()))
        record(self.file, argv, self.env, self.work, options=options)
        self.pairs = main_answers(server)

    def branch(self, *options):
        return subprocess.run(
            [*BRANCH, str(self.file), "--headless", "-m", MESSAGE, *options],
            env=self.env,
            cwd=self.work,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
        )

    def kept(self):
        """Every file that agentrec keeps."""
        return [it for it in (self.home / ".local/share/agentrec").rglob("*") if it.is_file()]


@pytest.fixture
def opening(monkeypatch):
    """Opens recordings in this process with a key."""
    monkeypatch.setenv(VARIABLE, "")
    yield lambda key: allow([str(key)])
    forget()


@pytest.mark.parametrize("name", AGENTS)
def test_a_branch_goes_on_and_is_encrypted_to_the_same_recipients(name, tmp_path, opening):
    with ModelServer(delay=0.002, thinks=0.1) as server:
        run = EncryptedRun(name, server, tmp_path)
        count = len(run.pairs)
        closed = run.branch()
        assert closed.returncode == 2
        assert "--identity" in closed.stderr
        done = run.branch("--identity", str(run.key))
        assert done.returncode == 0, done.stdout + done.stderr
        ((request, _),) = main_answers(server)[count:]
        opening(run.key)
        second = happened(named(events(run.file), "tool/result")[1]) / NS_PER_SECOND
        # A transcript's times are in milliseconds.
        done = run.branch("--identity", str(run.key), "--at", f"{second + 0.001:.3f}")
        assert done.returncode == 0, done.stdout + done.stderr
        ((middle, _),) = main_answers(server)[count + 1 :]
    before, answer = run.pairs[-1]
    history = SPOKEN[name](before) + ANSWERED[name](answer)
    assert SPOKEN[name](request) == [*history, SAID[name]]
    assert SPOKEN[name](middle) == [*SPOKEN[name](run.pairs[2][0]), SAID[name]]
    assert "the files are those of commit" in done.stderr
    child, _ = (it for it in run.kept() if it.suffix == ".ahr")
    with child.open("rb") as file:
        assert is_encrypted(file)
    assert name not in child.name
    with Recording.open(str(child)) as recording, Recording.open(str(run.file)) as first:
        parent = recording.header["parent"]
        assert parent["id"] == first.header["id"]
        assert recording.header["recipients"] == first.header["recipients"]
    assert Path(parent["worktree"], "dirty.txt").read_text() == "committed\n"
    words = [sys.executable, "-m", "agentrec", "branches", "--json", str(run.file)]
    told = subprocess.run(words, env=run.env, capture_output=True, text=True, check=True)
    first, *branches = json.loads(told.stdout)
    assert [node["parent"]["id"] for node in branches] == [first["id"]] * 2
    assert {node["status"] for node in branches} == {"encrypted"}
    said = (MESSAGE.encode(), b"scenario:fix-tests")
    assert [it for it in run.kept() if any(word in it.read_bytes() for word in said)] == []
