"""The tree of processes, as a table of what happened."""

from agentrec.companions.processes.process_tree import ProcessTree


def ended(tree):
    return [(e["pid"], e["argv"], e["exit"], e.get("signal"), e.get("running")) for e in tree.ended]


def test_a_program_with_its_end():
    tree = ProcessTree(10)
    tree.forked(10, 11, 1.0)
    tree.forked(11, 12, 1.1)
    tree.forked(99, 13, 1.1)
    tree.executed(11, ["sh", "-c", "x"], "/w")
    tree.executed(11, ["x"], "/w")
    tree.executed(12, ["y"], "/w")
    tree.exited(12, 2.1, 3 << 8)
    tree.exited(11, 3.0, 9)
    tree.exited(13, 3.0, 0)
    assert ended(tree) == [(12, ["y"], 3, None, None), (11, ["x"], None, 9, None)]
    assert [e["duration_ms"] for e in tree.ended] == [1000.0, 2000.0]
    assert tree.ended[0]["ppid"] == 11
    assert tree.pids == []


def test_a_fork_that_runs_nothing_else_is_not_told():
    tree = ProcessTree(10)
    tree.forked(10, 11, 1.0)
    tree.exited(11, 2.0, 0)
    assert ended(tree) == []


def test_what_still_runs_is_told_as_running():
    tree = ProcessTree(10)
    tree.forked(10, 11, 1.0)
    tree.executed(11, ["server"], "/")
    tree.finish(5.0)
    assert ended(tree) == [(11, ["server"], None, None, True)]


def test_hooks_of_our_own_are_not_told():
    tree = ProcessTree(10, "/run/agentrec/hooks-")
    tree.forked(10, 11, 1.0)
    tree.executed(11, ["sh", "-c", "cat >>/run/agentrec/hooks-7/events"], "/")
    tree.forked(11, 12, 1.0)
    tree.executed(12, ["cat"], "/")
    tree.exited(12, 2.0, 0)
    tree.exited(11, 2.0, 0)
    tree.forked(10, 13, 2.0)
    tree.executed(13, ["cat"], "/")
    tree.exited(13, 3.0, 0)
    assert ended(tree) == [(13, ["cat"], 0, None, None)]


def test_a_core_dump_is_a_signal():
    tree = ProcessTree(10)
    tree.forked(10, 11, 1.0)
    tree.executed(11, ["x"], "/")
    tree.exited(11, 2.0, 0x80 | 11)
    assert ended(tree) == [(11, ["x"], None, 11, None)]


def test_a_storm_is_bounded_and_counted():
    tree = ProcessTree(10)
    for pid in range(100, 3100):
        tree.forked(10, pid, 1.0)
        tree.executed(pid, ["x"], "/")
        tree.exited(pid, 1.0, 0)
    assert len(tree.ended) + tree.dropped == 3000
    assert 0 < len(tree.ended) < 1000
