"""Runs the tests of agents on their newest versions and prints what drifted; see ``scripts/agents``.

python -m tests.agents_env.latest [NAME...]      all, or those named
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.agents_env import AGENTS, ALL, RARE
from tests.agents_env.agent import NPM, PINNED, ROOT, Agent

FOLDER = PINNED.with_name("agents-latest")
INSTALL_TIMEOUT_SECONDS, TEST_TIMEOUT_SECONDS = 600, 900
SUITE = (
    "tests/e2e/test_agents.py",
    "tests/e2e/test_agents_recorded.py",
    "tests/e2e/test_ghost_versions.py",
)
SUITE_OF_OTHERS = (
    "tests/e2e/test_other_agents.py",
    "tests/e2e/test_rare_agents.py",
    "tests/e2e/test_opencode_messages.py",
    "tests/e2e/test_calls_of_others.py",
    "tests/e2e/test_branch_calls.py",
)
EVERY = ALL | RARE
_FAILED = re.compile(r"^(?:FAILED|ERROR) \S+::(\S+)", re.MULTILINE)


def main(names: Sequence[str]) -> int:
    """Install and test; 1 if anything drifted."""
    if unknown := set(names) - set(EVERY):
        print(f"unknown agent {min(unknown)!r}: use {', '.join(EVERY)}", file=sys.stderr)
        return 2
    chosen = [EVERY[name] for name in names or EVERY]
    _install(chosen)
    print(f"{'agent':<10} {'pinned':<12} {'newest':<12} drift", flush=True)
    drifts = [(agent, _drift(agent)) for agent in chosen]
    for agent, drift in drifts:
        print(f"{agent.name:<10} {agent.version:<12} {_version(agent):<12} {drift or 'none'}")
    return 1 if any(drift for _, drift in drifts) else 0


def _install(agents: list[Agent]) -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    options = ["--no-audit", "--no-fund", "--save-exact", "--loglevel=error"]
    packages = [f"{agent.package}@latest" for agent in agents if agent.index == NPM]
    if packages:
        _run("npm", "install", "--prefix", str(FOLDER), *options, *packages)
    for agent in agents:
        if agent.index != NPM:
            _install_python(agent, FOLDER / "python" / agent.name)


def _install_python(agent: Agent, environment: Path) -> None:
    if not (environment / "bin" / "python").exists():
        _run(sys.executable, "-m", "venv", str(environment))
    pip = [str(environment / "bin" / "python"), "-m", "pip", "--disable-pip-version-check"]
    _run(*pip, "install", "--quiet", "--upgrade", agent.package)


def _run(*command: str) -> None:
    subprocess.run(command, stdout=sys.stderr, check=True, timeout=INSTALL_TIMEOUT_SECONDS)


def _version(agent: Agent) -> str:
    if agent.index == NPM:
        manifest = FOLDER / "node_modules" / agent.package / "package.json"
        return str(json.loads(manifest.read_text())["version"])
    ask = f"from importlib.metadata import version; print(version({agent.package!r}))"
    python = FOLDER / "python" / agent.name / "bin" / "python"
    return subprocess.check_output([python, "-c", ask], text=True).strip()


def _drift(agent: Agent) -> str:
    """Return the names of the tests that fail on the newest version."""
    suite = SUITE if agent.name in AGENTS else SUITE_OF_OTHERS
    command = [sys.executable, "-m", "pytest", "-q", "-n", "1", "-rfE", *_tests_of(agent, suite)]
    env = os.environ | {"AGENTREC_AGENTS": str(FOLDER)}
    try:
        done = subprocess.run(
            command,
            env=env,
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
            timeout=TEST_TIMEOUT_SECONDS,
        )
    except subprocess.TimeoutExpired:
        return f"no result after {TEST_TIMEOUT_SECONDS} s"
    failed = _FAILED.findall(done.stdout)
    # A test that is skipped has shown nothing.
    fine = done.returncode == 0 and " passed" in done.stdout and " skipped" not in done.stdout
    return ", ".join(failed) or ("" if fine else done.stdout.strip()[-200:])


def _tests_of(agent: Agent, suite: Sequence[str]) -> list[str]:
    """The tests that have its name, as a word: "pi" is in "copilot", "mini" in "gemini"."""
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", *suite]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    named = re.compile(rf"::.*(?<![a-z]){re.escape(agent.name)}(?![a-z])")
    return [line for line in done.stdout.splitlines() if named.search(line)]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
