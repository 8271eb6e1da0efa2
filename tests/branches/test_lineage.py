"""Trees of recordings, of what is gone and of what was never run; whatever headers say."""

import os

import pytest

from agentrec.branches import lineage
from agentrec.branches.lineage import LineageNode, branches_of_file, build_trees, lineage_trees
from agentrec.cli.branches import branches
from agentrec.library.index.update import update
from agentrec.recording.writer import Writer
from agentrec.recording_registry import remember


def environment(tmp_path):
    return {"HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path / "data")}


def recording(folder, name, parent=None, **more):
    path = os.path.join(folder, f"{name}.ahr")
    header = {"id": name, "created": f"2026-01-0{len(name)}T00:00:00Z", "command": ["x"], **more}
    if parent is not None:
        header["parent"] = {"id": parent, "relation": "branch", **more.get("about", {})}
    writer = Writer(path, header)
    writer.start()
    writer.close()
    return path


def shape(nodes):
    return [(node.id, node.status, shape(node.children)) for node in nodes]


def test_trees_across_recordings(tmp_path):
    folder = tmp_path / "here"
    folder.mkdir()
    top = recording(folder, "a")
    recording(folder, "bb", "a", about={"at_ns": 20, "message": "later"})
    recording(folder, "ccc", "a", about={"at_ns": 10, "message": "sooner"})
    deep = recording(folder, "dddd", "ccc")
    recording(folder, "eeeee", "gone")
    recording(folder, "alone")
    env = environment(tmp_path)
    (tree,) = lineage_trees(env, top)
    assert shape([tree]) == [
        (
            "a",
            "complete",
            [("ccc", "complete", [("dddd", "complete", [])]), ("bb", "complete", [])],
        )
    ]
    assert [node.parent.get("message") for node in tree.children] == ["sooner", "later"]
    assert [node.id for node in tree.walk()] == ["a", "ccc", "dddd", "bb"]
    assert lineage_trees(env, deep) == [tree]
    assert [node.id for node in branches_of_file(env, top)] == ["ccc", "bb"]
    assert shape(lineage_trees(env, str(folder / "eeeee.ahr"))) == [
        ("gone", "gone", [("eeeee", "complete", [])])
    ]
    assert shape(lineage_trees(env, str(folder / "alone.ahr"))) == [("alone", "complete", [])]
    assert lineage_trees(env) == []  # nothing of this is in the data directory


def test_parents_are_found_where_their_children_say_they_were(tmp_path):
    for name in ("one", "two", "three"):
        (tmp_path / name).mkdir()
    first = recording(tmp_path / "one", "a")
    second = recording(tmp_path / "two", "bb", "a", about={"file": first})
    third = recording(tmp_path / "three", "ccc", "bb", about={"file": second})
    (tree,) = lineage_trees(environment(tmp_path), third)
    assert [node.id for node in tree.walk()] == ["a", "bb", "ccc"]
    os.mkfifo(tmp_path / "pipe.ahr")
    fourth = recording(tmp_path, "dddd", "a", about={"file": str(tmp_path / "pipe.ahr")})
    os.unlink(first)
    assert shape(lineage_trees(environment(tmp_path), fourth)) == [
        ("a", "gone", [("dddd", "complete", [])])
    ]


@pytest.mark.parametrize("parent", ["", 7, None, ["x"], {"deep": {}}])
def test_headers_that_make_no_sense(tmp_path, parent):
    path = recording(tmp_path, "a")
    writer = Writer(
        str(tmp_path / "b.ahr"),
        {"id": "b", "parent": {"id": parent, "relation": "branch", "at_ns": "x"}},
    )
    writer.start()
    writer.close()
    assert lineage_trees(environment(tmp_path), path)[0].id == "a"


@pytest.mark.parametrize(
    "at", [10**400, -1, 1e300, True, "5"], ids=["huge", "negative", "float", "bool", "text"]
)
def test_times_that_are_none(tmp_path, at):
    first = recording(tmp_path, "a")
    writer = Writer(
        str(tmp_path / "b.ahr"),
        {"id": "b", "parent": {"id": "a", "relation": "branch", "at_ns": at, "at_step": at}},
    )
    writer.start()
    writer.close()
    (tree,) = lineage_trees(environment(tmp_path), first)
    (child,) = tree.children
    assert (child.at, child.step) == (None, None)


def test_a_long_line_of_parents_elsewhere_is_read_at_once(tmp_path, monkeypatch):
    """Not one after the other, each after all that are known were looked at again."""
    folders = [tmp_path / str(number) for number in range(30)]
    path = ""
    for number, folder in enumerate(folders):
        folder.mkdir()
        above, about = (f"r{number - 1}", {"file": path}) if number else ("", {})
        path = recording(folder, f"r{number}", above, about=about)
    updates = []
    monkeypatch.setattr(lineage, "update", lambda *args: updates.append(args) or update(*args))
    (tree,) = lineage_trees(environment(tmp_path), path)
    assert len(list(tree.walk())) == 30
    assert len(updates) <= 3


def test_more_recordings_than_a_query_has_conditions(tmp_path):
    env = environment(tmp_path)
    for number in range(1200):
        remember(f"r{number}", str(tmp_path / f"r{number}.ahr"), env)
    first = recording(tmp_path, "r7")
    recording(tmp_path, "r9", "r7")
    (tree,) = lineage_trees(env, first)
    assert [node.id for node in tree.walk()] == ["r7", "r9"]


def test_rings_are_no_lineage(tmp_path):
    one = recording(tmp_path, "a", "ccc")
    recording(tmp_path, "bb", "a")
    recording(tmp_path, "ccc", "bb")
    recording(tmp_path, "self", "self")
    (tree,) = lineage_trees(environment(tmp_path), one)
    assert sorted(node.id for node in tree.walk()) == ["a", "bb", "ccc"]
    assert shape(lineage_trees(environment(tmp_path), str(tmp_path / "self.ahr"))) == [
        ("self", "complete", [])
    ]


@pytest.mark.parametrize("top", ["r0", "r2999"], ids=["line", "ring"])
@pytest.mark.parametrize("step", [1, -1])
def test_long_lines_of_branches(top, step, monkeypatch):
    """Each node is looked at a few times, not once for each other."""
    made = [
        {"id": f"r{n}", "created": n, "parent": {"id": f"r{n - 1}", "at_ns": n}}
        for n in range(1, 3000)
    ]
    made[0]["parent"]["id"] = top
    steps = 0
    walk = LineageNode.walk

    def counted(node):
        nonlocal steps
        for one in walk(node):
            steps += 1
            yield one

    monkeypatch.setattr(LineageNode, "walk", counted)
    (tree,) = build_trees([], made[::step])
    assert steps < 10_000
    nodes = [node.id for node in walk(tree)]
    assert sorted(nodes) == sorted({top, *(f"r{n}" for n in range(1, 3000))})
    if top == "r0":
        assert nodes == [f"r{n}" for n in range(3000)]
        assert [node.status for node in walk(tree)] == ["gone", *["not run"] * 2999]
    lines = list(branches._lines(tree))
    assert len(lines) == len(nodes)
    assert max(map(len, lines)) < 200
