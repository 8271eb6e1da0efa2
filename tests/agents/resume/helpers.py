"""A small transcript of Claude Code and a point in it, for tests of resuming."""

import json
from pathlib import Path

from agentrec.agents.resume.resume import resume

OLD = "/work/old"


def lines(*records):
    return b"".join(json.dumps(record).encode() + b"\n" for record in records)


def claude_record(number, kind="user", **more):
    return {
        "type": kind,
        "uuid": f"u{number}",
        "parentUuid": f"u{number - 1}" if number else None,
        "sessionId": "old-session",
        "cwd": OLD,
        "timestamp": f"2026-01-01T00:00:0{number}.000Z",
        "message": {"role": kind, "content": f"said {number}"},
        **more,
    }


def write_transcript(tmp_path):
    path = tmp_path / "old-session.jsonl"
    path.write_bytes(
        lines(
            {"type": "queue-operation", "operation": "enqueue"},
            claude_record(0),
            claude_record(1, "assistant"),
            {"type": "file-history-snapshot", "messageId": "u1"},
            claude_record(2),
            claude_record(3, "assistant"),
        )
    )
    return path


def point(transcript, last="u2", **more):
    found = transcript.read_bytes()
    end = found.index(b"\n", found.index(b'"uuid": "%b"' % last.encode())) + 1
    return {
        "agent": "claude-code",
        "argv": ["claude", "--model", "opus", "Do it."],
        "transcript": str(transcript),
        "offset": end,
        "last": last,
        "role": "tool",
        "cwd": OLD,
        "prompts": ["Do it."],
        "home": {"HOME": "/home/u"},
        **more,
    }


def go_on(found_point, tmp_path, text="And now?", *, headless=True, env=None, **more):
    env = {"HOME": str(tmp_path / "home")} if env is None else env
    cwd = str(tmp_path / "new")
    return resume(found_point, cwd, text, headless=headless, env=env, **more)


def written(found):
    (path,) = found.files
    return [json.loads(line) for line in Path(path).read_text().splitlines()]
