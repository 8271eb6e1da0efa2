"""Real coding agents, offline against the scripted model server: headless and in their TUIs."""

import subprocess

import pytest

from fixtures.modelserver import ModelServer
from tests.agents_env import AGENTS, require
from tests.agents_env.drive import Press, Send, Settle, Type, Wait, drive

pytestmark = [pytest.mark.agents, pytest.mark.parametrize("name", AGENTS)]

LINES = "first line\nsecond line\n"
MENDED = "def area(width, height):\n    return width * height\n"


@pytest.fixture
def agent(name):
    return require(AGENTS[name])


@pytest.fixture
def server():
    with ModelServer(delay=0.002) as running:
        yield running


def run(agent, env, cwd, arguments, prompt):
    done = subprocess.run(
        agent.argv(arguments, prompt),
        env=env,
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def conversations(server):
    """Bodies of the requests in a conversation: they offer many tools, side requests do not."""
    return [
        entry.body for entry in server.received() if len((entry.body or {}).get("tools", ())) > 3
    ]


def test_headless_a_tool_call_really_writes_a_file(agent, server, tmp_path):
    cwd = tmp_path / "work"
    env = agent.start(tmp_path / "home", cwd, server.url)
    out = run(agent, env, cwd, agent.headless, "Write it, please. [[scenario:write-file]]")
    assert (cwd / "hello.txt").read_text() == LINES
    assert "Done: hello.txt holds two lines." in out
    first, second = conversations(server)
    assert "2 hello.txt" not in str(first)
    assert "2 hello.txt" in str(second)  # what the command printed went back to the model


def test_headless_every_kind_of_step_works(agent, server, tmp_path):
    cwd = tmp_path / "work"
    env = agent.start(tmp_path / "home", cwd, server.url)
    out = run(agent, env, cwd, agent.headless, "[[scenario:fix-tests]]")
    assert "The test passes now" in out
    assert (cwd / "area.py").read_text() == MENDED
    asked = conversations(server)
    assert len(asked) == 7
    assert "0 passed, 1 failed" in str(asked[3])
    assert "1 passed, 0 failed" in str(asked[6])


def test_headless_two_calls_in_one_turn(agent, server, tmp_path):
    cwd = tmp_path / "work"
    env = agent.start(tmp_path / "home", cwd, server.url)
    out = run(agent, env, cwd, agent.headless, "[[scenario:parallel]]")
    assert "Both files are written." in out
    assert sorted(path.read_text() for path in cwd.iterdir()) == ["one", "two"]
    assert len(conversations(server)) == 2


def test_a_conversation_that_goes_on_is_answered_where_it_stood(agent, tmp_path):
    """Each run meets a new server, which knows nothing but what it is sent."""
    home, cwd = tmp_path / "home", tmp_path / "work"
    with ModelServer() as server:
        env = agent.start(home, cwd, server.url)
        run(agent, env, cwd, agent.headless, "[[scenario:write-file]]")
    with ModelServer() as server:
        env = agent.start(home, cwd, server.url)
        out = run(agent, env, cwd, agent.again, "And what now?")
        assert len(conversations(server)) == 1
    assert "The scenario write-file is over. You said: And what now?" in out


def test_the_tui_shows_the_answer_and_leaves_the_terminal_as_it_was(agent, server, tmp_path):
    cwd = tmp_path / "work"
    env = agent.start(tmp_path / "home", cwd, server.url)
    steps = agent.session(("Mend it. [[scenario:fix-tests]]", "The test passes now"))
    result = drive(agent.argv(agent.tui), env, cwd, 100, 30, steps)
    assert (cwd / "area.py").read_text() == MENDED
    assert b"test_area.py" in result.raw
    assert result.status == 0
    assert result.restored
    assert not result.alternate


def test_the_tui_can_be_interrupted_and_left_by_keys(agent, tmp_path):
    cwd = tmp_path / "work"
    with ModelServer(delay=0.01) as server:
        env = agent.start(tmp_path / "home", cwd, server.url)
        steps = [
            *(Wait(agent.ready), Settle(1.0), Type("[[scenario:slow]]"), Settle()),
            *(
                Press(b"\r", "One thing at a time"),
                Send(b"\x1b"),
                Wait("(?i)interrupted"),
                Settle(),
            ),
            # What was interrupted may stand in the composer again: empty it, then leave.
            *(Send(b"\x15"), Settle(), Send(b"\x03"), Send(b"\x03")),
        ]
        result = drive(agent.argv(agent.tui), env, cwd, 80, 24, steps)
    assert result.restored
    assert b"finished" not in result.raw  # the last word of the answer
