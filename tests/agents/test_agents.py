"""The table of agents: each is found by its program, and starts without heavy imports."""

import os
import subprocess
import sys
from importlib.util import find_spec

import pytest

from agentrec.agents import AGENTS, find_companion, program_of


@pytest.mark.parametrize("name", AGENTS)
def test_every_agent_is_known_by_its_program(name):
    companion = find_companion([f"/opt/bin/{name}", "do it"])
    assert companion is not None
    assert companion.prepare(
        [name, "do it"], {"HOME": "/nowhere", "XDG_RUNTIME_DIR": ""}, "/nowhere"
    )
    companion.stop()
    assert find_companion([name, "--help"]) is None


@pytest.mark.parametrize(
    "argv", [["true"], ["claude-not"], [], ["claude", "mcp"], ["codex", "login"]]
)
def test_other_commands_start_no_session(argv):
    assert find_companion(argv) is None


def test_any_other_program_loads_two_small_modules():
    code = (
        "import sys; from agentrec.agents import companion_for; companion_for(['bash']);"
        "print([name for name in sys.modules if name.startswith('agentrec.agents.')"
        "    and sys.modules[name].__file__[-11:] != '__init__.py'])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=_root())
    names = ("run_mark", "agent_detector")
    assert done.stdout == f"{['agentrec.agents.follow.' + name for name in names]}\n"


@pytest.mark.parametrize("name", AGENTS)
def test_an_agents_start_waits_for_no_heavy_import(name):
    code = (
        "import sys; from agentrec.agents import companion_for\n"
        f"companion_for(['{name}']).prepare(['{name}'], {{'HOME': '/x'}}, '/x')\n"
        "print(*{'dataclasses', 'typing', 'tomllib', 'datetime', 'sqlite3', 're'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-S", "-I", "-c", f"import sys; sys.path.insert(0, {_root()!r})\n{code}"],
        capture_output=True,
        text=True,
    )
    assert done.stderr == ""
    assert not set(done.stdout.split()) - {"re"}  # json needs it


def _root():
    return os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def test_recordings_name_an_agent_and_its_program_is_known():
    assert program_of("claude-code") == "claude"
    assert program_of("codex") == "codex"
    assert program_of("bash") == "bash"
    names = [agent.name for agent in AGENTS.values()]
    assert sorted(program_of(name) for name in names) == sorted(AGENTS)


@pytest.mark.parametrize("program", AGENTS)
def test_an_agent_with_a_module_for_it_can_be_resumed(program):
    agent = AGENTS[program]
    module = f"agentrec.agents.{agent.package}.resume"
    assert (find_spec(module) is not None) == agent.resumable
    companion = find_companion([program])
    assert companion is not None
    assert companion.name == agent.name
