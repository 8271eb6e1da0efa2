"""Agents that live for less than a second, one after the other and at once, below a recorded shell."""

from collections import Counter

from tests.agents_env.recorded import events, named, record

# Stands in for a `claude` that ends at once; it tells nobody which conversation it has.
AGENT = """#!/bin/sh
folder=$HOME/.claude/projects/$(pwd | tr -c 'a-zA-Z0-9\\n' -)
mkdir -p "$folder"
at=$(date -u +%Y-%m-%dT%H:%M:%S.%3NZ)
sleep 0.2
cat >>"$folder/$1.jsonl" <<END
{"type": "user", "uuid": "u$1", "timestamp": "$at", "message": {"role": "user", "content": "$1"}}
{"type": "assistant", "uuid": "a$1", "timestamp": "$at", "message": {"id": "m$1", \
"model": "claude-sonnet-4-6", "role": "assistant", \
"stop_reason": "end_turn", "content": [{"type": "text", "text": "yes"}], \
"usage": {"input_tokens": 1, "output_tokens": 2}}}
END
sleep 0.4
"""
SCRIPT = "sleep 1; for n in 1 2 3; do claude $n; done; for n in 4 5 6; do claude $n & done; wait"


def test_short_runs_are_each_reported_once(tmp_path):
    work, programs = tmp_path / "work", tmp_path / "bin"
    work.mkdir()
    programs.mkdir()
    (programs / "claude").write_text(AGENT)
    (programs / "claude").chmod(0o755)
    env = {"HOME": str(tmp_path), "PATH": f"{programs}:/usr/bin:/bin", "LANG": "C.UTF-8"}
    record(tmp_path / "run.ahr", ["bash", "-c", SCRIPT], env, work)
    found = events(tmp_path / "run.ahr")
    prompts = [e.data["text"] for e in named(found, "agent/message") if e.data["role"] == "user"]
    assert Counter(prompts) == Counter("123456")
    assert len(named(found, "llm/call")) == 6
