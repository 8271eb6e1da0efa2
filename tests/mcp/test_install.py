"""Registering the server with an agent."""

from __future__ import annotations

import os
import stat
import subprocess

import pytest

from agentrec.errors import AgentrecError, UsageError
from agentrec.mcp.install import add, server_command


def test_the_server_command_runs():
    command = [*server_command(), "--help"]
    assert (
        "Model Context Protocol"
        in subprocess.run(command, capture_output=True, text=True, check=True).stdout
    )


def test_an_agent_nobody_knows():
    with pytest.raises(UsageError, match="unknown agent 'clade'"):
        add("clade", [])


def test_an_agent_that_is_not_installed(monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(AgentrecError, match="could not find claude"):
        add("claude", [])


def test_what_the_agent_says_is_passed_on(tmp_path, monkeypatch):
    program = tmp_path / "codex"
    program.write_text("#!/bin/sh\necho 'a server of this name exists' >&2\nexit 3\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    with pytest.raises(AgentrecError, match="codex said: a server of this name exists"):
        add("codex", [])
