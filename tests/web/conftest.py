"""A library with a few recordings, and a server of it."""

import shutil
import tempfile

import pytest

from tests.library.helpers import call, ended, make, shown
from tests.web.serving import Serving

USAGE = {"input": 10, "output": 20, "cache_read": 300, "cache_write": 5}
BASH = {"name": "Bash", "input": {"command": "make test"}, "id": "t1"}
FAILED = {"is_error": True, "output": "2 failed", "exit_code": 1, "duration_ms": 1500, "id": "t1"}


def agent_run(path, **header):
    """A short session of an agent that was made up."""
    return make(
        path,
        (0, "agent", "session", {"agent": "claude-code", "session_id": "u1"}),
        shown(0.5, "\x1b[1mwelcome\x1b[0m\r\n"),
        (1, "agent", "message", {"role": "user", "text": "run the tests"}, {"actor": "user"}),
        call(2, "big-model", 0.25, duration_ms=900),
        (2, "agent", "turn", {"n": 1}),
        (2.5, "tool", "call", BASH, {"span": "t1"}),
        (2.6, "mark", "moment", {"label": "tests began", "source": "auto"}),
        shown(3, "collected 5 items\r\n"),
        (4, "tool", "result", FAILED, {"span": "t1"}),
        call(5, "big-model", 0.5, duration_ms=700),
        (5, "agent", "turn", {"n": 2}),
        (5.5, "agent", "message", {"role": "assistant", "text": "two of them fail"}),
        (6, "term", "resize", {"cols": 100, "rows": 30}),
        shown(6.5, "bye\r\n"),
        ended(7, 1),
        **{"command": ["claude"], "title": "Tests of the parser", **header},
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Recordings: an agent's, a shell's, one without an id, one that is torn."""
    folder = tmp_path_factory.mktemp("library")
    agent_run(str(folder / "agent.ahr"), id="agent-1")
    make(str(folder / "shell.ahr"), shown(0, "$ ls\r\n"), ended(1), id="shell-1", command=["sh"])
    make(str(folder / "odd.ahr"), shown(0, "odd\r\n"), ended(1), id="../odd?", command=["odd"])
    whole = agent_run(str(folder / "torn.ahr"), id="torn-1")
    with open(whole, "r+b") as file:
        file.truncate(600)
    return folder


@pytest.fixture(scope="module")
def server(folder):
    with Serving(folder) as serving:
        yield serving


@pytest.fixture
def short():
    """A directory whose name is short enough for a socket in it."""
    path = tempfile.mkdtemp(prefix="ar-")
    yield path
    shutil.rmtree(path, ignore_errors=True)
