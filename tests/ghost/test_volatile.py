"""What may differ between two equal runs, and what may not."""

import pytest

from agentrec.gateway.call_mask import CallMask
from agentrec.ghost.volatile import Normalizer, rules

ONE, OTHER = Normalizer("/tmp/one", CallMask()), Normalizer("/home/me/other-one", CallMask())

SAME = {
    "directory": ("in /tmp/one/a.py", "in /home/me/other-one/a.py"),
    "directory at the end": ("cwd: /tmp/one", "cwd: /home/me/other-one"),
    "folder named after it": ("/x/-tmp-one/memory", "/x/-home-me-other-one/memory"),
    "day": ("Today's date is 2026-01-02.", "Today's date is 2027-03-04."),
    "time of a command": ("Wall time: 0.1 seconds", "Wall time: 12.25 seconds"),
    "chunk": ("Chunk ID: 0eec18", "Chunk ID: aa1111"),
    "time": ("Current time: 2026-01-02T03:04:05Z\n", "Current time: 2026-01-02T03:04:06Z\n"),
    "time of a message": (
        "Message time: 2026-01-02T03:04:05Z",
        "Message time: 2026-01-02T03:04:06Z",
    ),
    "time of a prompt": (
        "<current_datetime>2026-01-02</current_datetime>",
        "<current_datetime>2026-01-03</current_datetime>",
    ),
    "session's folder": (
        "/home/me/.copilot/session-state/a2cf291d-f2e7\nContents",
        "/home/me/.copilot/session-state/c01d1c92-00b8\nContents",
    ),
    "subagent": ("agentId: abc123 (more)", "agentId: fff999 (more)"),
}
DIFFERENT = {
    "another directory": ("/tmp/one-more/a", "/home/me/other-one-more/b"),
    "word": ("one word", "another word"),
    "text around a day": ("Today's date is 2026-01-02, a", "Today's date is 2026-01-02, b"),
    "a number": ("exit code 1", "exit code 2"),
}


@pytest.mark.parametrize("case", SAME)
def test_what_may_differ(case):
    before, now = SAME[case]
    assert ONE.text(before) == OTHER.text(now)


@pytest.mark.parametrize("case", DIFFERENT)
def test_what_may_not(case):
    before, now = DIFFERENT[case]
    assert ONE.text(before) != OTHER.text(now)


BODIES = {
    "anthropic": (
        {"metadata": {"user_id": "a"}, "system": [{"text": "s", "cache_control": {"x": 1}}]},
        {"metadata": {"user_id": "b"}, "system": [{"text": "s"}]},
    ),
    "responses": (
        {"prompt_cache_key": "1", "input": [{"id": "a", "role": "user"}], "client_metadata": {}},
        {"input": [{"role": "user"}]},
    ),
    "gemini": (
        {"contents": [{"parts": [{"functionCall": {"id": "1", "name": "n"}}, {"text": "t"}]}]},
        {"contents": [{"parts": [{"functionCall": {"id": "2", "name": "n"}}, {"text": "t"}]}]},
    ),
}


@pytest.mark.parametrize("api", BODIES)
def test_members_that_may_differ(api):
    before, now = BODIES[api]
    assert ONE.body(api, before) == OTHER.body(api, now)
    # Only for this API.
    assert ONE.body("chat", before) != OTHER.body("chat", now) or api == "other"


def test_every_rule_says_why():
    assert all(rule.why for rule in rules())
    assert len({str(rule) for rule in rules()}) == len(rules())


def test_folder_names_of_directories_below_are_told_apart_from_neighbors():
    normalizer = Normalizer("/work/one", CallMask())
    assert normalizer.text("~/.claude/projects/-work-one-below/memory") == (
        "~/.claude/projects/-[cwd]-below/memory"
    )
    assert normalizer.text("-work-ones") == "-work-ones"
    assert normalizer.text("/work/one/below and /work/one-below") == (
        "/[cwd]/below and /work/one-below"
    )


def test_a_directory_relative_to_the_root():
    normalizer = Normalizer("/work/one", CallMask())
    assert normalizer.text("A work/one/area.py") == "A [cwd]/area.py"
    assert normalizer.text("a homework/one/a") == "a homework/one/a"
    assert Normalizer("/work", CallMask()).text("work in /work") == "work in /[cwd]"
