"""Questions to the user's repository."""

import os

import pytest

from agentrec.snapshots.gitstore import git


@pytest.mark.parametrize(("slow", "answer"), [(1, b"yes\n"), (9, None)])
def test_a_question_that_took_too_long_is_asked_once_more(slow, answer, tmp_path, monkeypatch):
    """As when we were stopped for minutes, and it had been answered long ago."""
    program, count = tmp_path / "git", tmp_path / "count"
    script = f"echo x >> {count}; [ $(wc -l < {count}) -le {slow} ] && exec sleep 9; echo yes"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setattr(git, "_QUERY_TIMEOUT_SECONDS", 1.0)
    assert git.query_repository(str(tmp_path), "status") == answer
    assert count.read_text().count("x") == 2
