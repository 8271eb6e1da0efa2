"""What a run has used, and when that is too much."""

from __future__ import annotations

import os

from agentrec.companions.limits.limit_values import RunLimits
from agentrec.companions.limits.measures import Measures


def measures(**limits):
    return Measures(RunLimits(**limits), "/work", 100.0)


def options(found, now=100.0):
    return [(one.option, one.value) for one in found.reached(now)]


def call(dollars, tokens, identity=""):
    return {"cost_usd": dollars, "usage": {"input": tokens}, "id": identity}


def test_each_limit_is_reached_once():
    found = measures(dollars=1.0, tokens=1000, seconds=5)
    found.feed("llm/call", call(0.4, 600))
    assert options(found) == []
    found.feed("llm/call", call(0.6, 600))
    assert options(found) == [("--max-cost", "cost $1.0000"), ("--max-tokens", "1,200 tokens")]
    assert options(found, 104.9) == []
    assert options(found, 105.0) == [("--max-time", "5.0 s")]
    assert options(found, 200.0) == []


def test_a_call_that_is_reported_again_counts_once():
    found = measures(tokens=1000)
    for tokens in (100, 400, 900):
        found.feed("llm/call", call(None, tokens, "msg-1"))
    assert options(found) == []
    found.feed("llm/call", call(None, 100, "msg-2"))
    assert options(found) == [("--max-tokens", "1,000 tokens")]


def test_forbidden_files():
    for pattern, path, reached in (
        ("src/", "src/deep/a.py", True),
        ("src/", "docs/src.md", False),
        ("*.lock", "sub/uv.lock", True),
        ("/ci.yml", "sub/ci.yml", False),
        ("/ci.yml", "ci.yml", True),
    ):
        found = measures(forbidden=[pattern])
        found.feed("sys/file", {"path": path, "what": "changed"})
        assert bool(options(found)) is reached, (pattern, path)
    found = measures(forbidden=["*.py", "!allowed.py"])
    found.feed("sys/file", {"path": "allowed.py"})
    assert options(found) == []


def test_files_that_a_tool_writes():
    for name, path, reached in (
        ("Write", "/work/src/a", True),
        ("Write", "src/../src/a", True),
        ("Write", "/elsewhere/src/a", False),
        ("Read", "/work/src/a", False),
    ):
        found = measures(forbidden=["src/"])
        found.feed("tool/call", {"name": name, "input": {"file_path": path}})
        assert bool(options(found)) is reached, (name, path)
    found.feed("tool/call", {"name": "Write", "input": {"file_path": os.sep * 3}})
    found.feed("tool/call", {"name": "Write", "input": "text"})
    assert options(found) == []
