"""A real agent's recording on another machine: pulled from a remote, and branched from the middle."""

import json
import shutil
from pathlib import Path

import pytest

from fixtures.modelserver import ModelServer
from tests.branches.helpers import files
from tests.e2e.test_branch_agents import CLI, HOMES, Run
from tests.e2e.test_resume_agents import MESSAGE, SAID, SPOKEN

pytestmark = pytest.mark.agents


@pytest.fixture
def server():
    with ModelServer(delay=0.002, thinks=0.4) as running:
        yield running


def test_a_branch_of_what_was_pulled(server, tmp_path):
    run = Run("claude", server, tmp_path)
    kept = run.after(1)
    whole, opened = run.file.read_bytes(), run.opened(kept)
    remote = ["--remote", f"file://{tmp_path}/remote"]
    pushed = json.loads(run.call([*CLI, "push", str(run.file), "--json", *remote]).stdout)
    assert pushed[0]["snapshots"] is True

    # Another machine has the repository and the agent, and nothing of the run.
    shutil.rmtree(run.home / ".local/share/agentrec")
    shutil.rmtree(run.home / HOMES["claude"])
    run.file.unlink()
    run.agent.start(run.home, run.work, server.url)
    assert not run.transcript.exists()
    (pulled,) = json.loads(run.call([*CLI, "pull", run.id, "--json", *remote]).stdout)
    assert Path(pulled["file"]).read_bytes() == whole
    assert "1 transcript kept" in run.call([*CLI, "snapshots", run.id]).stdout

    ((request, _),), header, done = run.branch("--at", kept.id, "-m", MESSAGE, file=run.id)
    assert SPOKEN["claude"](request) == [*run.history(1), SAID["claude"]]
    assert files(header["parent"]["worktree"]) == opened
    assert header["parent"]["method"] == "trimmed-transcript"
    assert "own transcript is gone" in done.stderr
