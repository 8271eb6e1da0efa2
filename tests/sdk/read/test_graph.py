"""Steps as a graph: chains, parallel paths, nesting."""

from agentrec.sdk.read.graph import step_graph
from agentrec.sdk.read.run_frames import RunFrame


def frames(*spans):
    """Frames from (name, start, end, parent)."""
    made = []
    for index, (node, start, end, parent) in enumerate(spans):
        frame = RunFrame(index, node, f"r:{index}", index, index, start)
        frame.seq = frame.end_seq = index  # as recorded afterwards
        frame.parent = parent
        frame.running = end is None
        frame.duration_ms = None if end is None else (end - start) * 1000
        made.append(frame)
    return made


def edges(made):
    return {made[node.step].node: [made[i].node for i in node.after] for node in step_graph(made)}


def test_steps_one_after_the_other():
    made = frames(("a", 0, 1, None), ("b", 1, 2, None), ("c", 3, 4, None))
    assert edges(made) == {"a": [], "b": ["a"], "c": ["b"]}
    assert {node.lane for node in step_graph(made)} == {0}


def test_parallel_paths_part_and_meet():
    made = frames(
        ("plan", 0, 1, None), ("left", 1, 3, None), ("right", 1.5, 2.5, None), ("join", 4, 5, None)
    )  # fmt: skip
    assert edges(made) == {
        "plan": [],
        "left": ["plan"],
        "right": ["plan"],
        "join": ["left", "right"],
    }
    assert [node.lane for node in step_graph(made)] == [0, 0, 1, 0]


def test_nested_steps_have_a_graph_of_their_own():
    made = frames(("all", 0, 9, None), ("a", 1, 2, 0), ("b", 2, 3, 0), ("after", 9, None, None))
    assert edges(made) == {"all": [], "a": [], "b": ["a"], "after": ["all"]}
    assert [node.depth for node in step_graph(made)] == [0, 1, 1, 0]


def test_a_path_that_goes_on_beside_a_long_one():
    made = frames(
        ("long", 0, 10, None), ("a", 1, 2, None), ("b", 3, 4, None), ("end", 11, 12, None)
    )
    assert edges(made) == {"long": [], "a": [], "b": ["a"], "end": ["long", "b"]}


def test_the_order_in_the_file_tells_more_than_rounded_times():
    made = frames(("a", 0.05, 0.1, None), ("b", 0, None, None), ("c", 0.0, None, None))
    a, b, c = made
    (a.seq, a.end_seq), (b.seq, b.end_seq), (c.seq, c.end_seq) = (0, 1), (2, 4), (3, 5)
    b.running = c.running = False
    b.duration_ms = c.duration_ms = 0.0
    assert edges(made) == {"a": [], "b": ["a"], "c": ["a"]}
    assert [node.lane for node in step_graph(made)] == [0, 0, 1]
