"""Which recordings go, and which never do."""

import os

import pytest

from agentrec.library.retention import Pins, Rules, plan, remove
from agentrec.recording.append import append_moment
from agentrec.recording.writer import Writer
from tests.library.helpers import ended, shown

FIRST = 1_767_225_600  # 2026-01-01


def branch(of, relation="branch"):
    return {"parent": {"id": of, "relation": relation}}


@pytest.fixture
def five(library):
    """Recordings 1 (oldest) to 5, a day apart; odd ones of project x; 5 was branched from 2."""
    for at in range(1, 6):
        library.make(
            str(at),
            shown(1, "text"),
            ended(60),
            created=f"2026-01-0{at}T00:00:00Z",
            cwd="/x" if at % 2 else "/y",
            **(branch("2") if at == 5 else {}),
        )
    library.update()
    return library


def going(library, rules, pins=()):
    return [it.recording["session"] for it in plan(library.store, [library.root], rules, pins)]


def size(library, *names):
    return sum(os.path.getsize(library.path(name)) for name in names)


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        (Rules(), ""),
        (Rules(newest=5), ""),
        (Rules(newest=2), "13"),  # 2 is a parent
        (Rules(newest=0), "12345"),
        (Rules(since=(FIRST + 2 * 86400 + 30) * 10**9), "1"),  # 3 was running then, 2 is a parent
        (Rules(since=(FIRST + 2 * 86400 + 61) * 10**9), "13"),
        (Rules(size=0), "12345"),
        (Rules(size=1 << 30), ""),
        (Rules(newest=1, project="x"), "13"),
        (Rules(newest=1, project="/y"), ""),
        (Rules(newest=4, since=(FIRST + 3 * 86400) * 10**9), "13"),
    ],
)
def test_rules(five, rules, expected):
    assert "".join(going(five, rules)) == expected


def test_what_fits_stays(five):
    assert going(five, Rules(size=size(five, "5", "4"))) == ["1", "3"]


@pytest.mark.parametrize(
    ("pins", "expected"), [({"1"}, "3"), ({"3"}, "1"), ({"5"}, "13"), ({"4"}, "13")]
)
def test_pins(five, pins, expected):
    assert "".join(going(five, Rules(newest=2), pins)) == expected


def test_pinned_ones_take_room(five):
    assert going(five, Rules(newest=2), {"5", "4", "3", "1"}) == []
    assert going(five, Rules(newest=0), {"1"}) == ["2", "3", "4", "5"]


def test_parents_stay_however_far_back(library):
    for at in range(1, 5):
        more = branch(str(at - 1)) if at > 1 else {}
        library.make(str(at), ended(1), created=f"2026-01-0{at}T00:00:00Z", **more)
    library.update()
    assert going(library, Rules(newest=1)) == []


def test_a_nested_recording_does_not_keep_the_one_around_it(library):
    library.make("1", ended(1), created="2026-01-01T00:00:00Z")
    library.make("2", ended(1), created="2026-01-02T00:00:00Z", **branch("1", "nested"))
    library.update()
    assert going(library, Rules(newest=1)) == ["1"]


def test_a_parent_of_another_project_stays(library):
    library.make("1", ended(1), created="2026-01-01T00:00:00Z", cwd="/x")
    library.make("2", ended(1), created="2026-01-02T00:00:00Z", cwd="/tree", **branch("1"))
    library.update()
    assert going(library, Rules(newest=0, project="x")) == []


def test_lineage_in_a_circle(library):
    library.make("1", ended(1), created="2026-01-01T00:00:00Z", **branch("2"))
    library.make("2", ended(1), created="2026-01-02T00:00:00Z", **branch("1"))
    library.update()
    assert going(library, Rules(newest=0)) == ["1", "2"]
    assert going(library, Rules(newest=1)) == []


def test_a_running_one_stays(library):
    os.makedirs(library.root)
    writer = Writer(library.path("live"), {"id": "live", "cols": 80, "rows": 24})
    writer.start()
    writer.output(1, b"x")
    writer.flush()
    library.update()
    assert going(library, Rules(newest=0)) == []
    writer.close()
    library.update()
    assert going(library, Rules(newest=0)) == ["live"]


def test_removing(five):
    gone = []
    assert remove(plan(five.store, [five.root], Rules(newest=2), ()), gone.append) == []
    assert [(it.recording["session"], it.why) for it in gone] == [("1", "count"), ("3", "count")]
    assert sorted(os.listdir(five.root)) == ["2.ahr", "4.ahr", "5.ahr"]
    assert five.update().removed == 2


def test_what_changed_since_the_plan_stays(five):
    leaving = plan(five.store, [five.root], Rules(newest=0), ())
    append_moment(five.path("1"), 1, "look", "player")
    os.unlink(five.path("2"))
    assert [(it.recording["session"], why) for it, why in remove(leaving)] == [
        ("1", "it has changed")
    ]
    assert os.listdir(five.root) == ["1.ahr"]


def test_what_is_written_again_stays(library):
    os.makedirs(library.root)
    writer = Writer(library.path("a"), {"id": "a", "cols": 80, "rows": 24})
    library.update()
    with library.store.writing() as db:
        db.execute("UPDATE recordings SET state = 'torn'")
    leaving = plan(library.store, [library.root], Rules(newest=0), ())
    assert [why for _, why in remove(leaving)] == ["it is being written"]
    writer.close()


def test_pins_are_kept(tmp_path):
    pins = Pins(str(tmp_path / "new"))
    assert pins.read() == set()
    assert pins.change("b", pinned=True)
    assert pins.change("a", pinned=True)
    assert not pins.change("a", pinned=True)
    assert Pins(str(tmp_path / "new")).read() == {"a", "b"}
    assert pins.change("a", pinned=False)
    assert not pins.change("a", pinned=False)
    assert pins.read() == {"b"}
    assert not pins.change("two\nlines", pinned=True)
