"""What does not count as a difference, and what does."""

import pytest

from agentrec.compare.same_text import HERE, HOME, SameText, rules


def side(cwd="/work/tree-1", home="/home/ann"):
    same = SameText()
    same.add_place(cwd, HERE)
    same.add_place(home, HOME)
    return same


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("see /work/tree-1/src/a.py", "see /work/tree-2/src/a.py"),
        ("/home/ann/.claude/projects/-work-tree-1/x", "/home/bob/.claude/projects/-work-tree-2/x"),
        ("id 8b0a3c52-0d5e-4f43-9a35-8f6b7a0f12ab", "id 0a1b2c3d-1111-4f43-9a35-8f6b7a0f12ab"),
        ("toolu_01pWm8AM5WGxMtEtvMFbgG1t", "toolu_011ajfoV3ZmvyK9nHkUuDPvX"),
        ("at 2026-11-28T18:18:45.609Z.", "at 2026-12-01T08:00:00+01:00."),
        ("at 2026-11-28 18:18", "at 2026-11-29 00:01"),
        ("on 2026-11-28", "on 2027-01-02"),
        ("Sat Nov 28 18:35:07 UTC 2026", "Mon Dec  7 08:05:07 UTC 2026"),
        ("Sat Nov 28 18:35:07 UTC 2026", "Sun Nov 29 08:35:07 +14 2026"),
        ("Sat Nov 28 06:35:07 PM UTC 2026", "Sun Nov 29 08:35:07 AM +0545 2026"),
        ("Date:   Sat Nov 28 18:35:07 2026 +0000", "Date:   Sun Nov 29 08:35:07 2026 +1400"),
        ("at 2026-11-28 18:18:45+00", "at 2026-11-29 08:18:45.6-11"),
        ("Sat, 28 Nov 2026 18:35:07", "Mon, 07 Dec 2026 08:00:00"),
        ("1795890750461670980", "1795890799999999999"),
        ("commit c206c05", "commit 64a4326b"),
        ("/tmp/tmp.Ab3dE6 and /tmp/tmpa1b2c3d4", "/tmp/tmp.Zz9yX1 and /tmp/tmpq9w8e7r6"),
    ],
)
def test_equal_words(first, second):
    assert side().words(first) == side("/work/tree-2", "/home/bob").words(second)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("3 passed in 0.12s", "3 passed in 12.01s"),
        ("real 0m0.012s", "real 1m2.5s"),
        ("<object at 0x7f4d2934c690>", "<object at 0x7f4d2ad37380>"),
        ("serving on 127.0.0.1:41234", "serving on 127.0.0.1:39999"),
        ("-rw-r--r-- 1 u u 5 Nov 28 18:35 a", "-rw-r--r-- 1 u u 5 Dec  1 08:00 a"),
        ("started, pid 4711", "started, pid 99"),
        ("Chunk ID: cc8c3f\nWall time: 0.0000 seconds", "Chunk ID: b67ef7\nWall time: 1.5 seconds"),
        ("agentId: a8d439b441c18d5db", "agentId: 0123456789abcdef0"),
    ],
)
def test_equal_results(first, second):
    assert side().result(first) == side().result(second)
    assert side().words("sleep 5s") != side().words("sleep 6s")  # a choice of the model


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("2 passed, 1 failed", "3 passed, 0 failed"),
        ("/work/tree-1-old/a", "/work/tree-1/a"),
        ("color #ff00aa80", "color #ff00aa81"),
        ("deadbeef", "feedface"),
        ("port 8080", "port 8081"),
        ("version 1.2.3", "version 1.2.4"),
        ("exit 1", "exit 2"),
        ("width 1200", "width 1300"),
    ],
)
def test_what_differs_stays_different(first, second):
    assert side().words(first) != side().words(second)
    assert side().result(first) != side().result(second)


def test_inputs_keep_their_shape():
    value = {"file_path": "/work/tree-1/a.py", "edits": [{"old": "/home/ann", "n": 3}], "x": None}
    assert side().value(value) == {
        "file_path": "./a.py",
        "edits": [{"old": "~", "n": 3}],
        "x": None,
    }


def test_every_rule_says_why():
    assert all(rule.why and rule.only in ("", "results") for rule in rules())
