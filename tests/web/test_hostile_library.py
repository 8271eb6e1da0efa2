"""A library with files that try to do harm: the others are listed, and every route answers."""

from scripts.hostile_parts.recordings import RECORDINGS, write
from tests.library.helpers import ended, make, shown
from tests.test_hostile import LARGE
from tests.web.serving import Serving

SMALL_BYTES = 8_000
LISTS = ("/sessions", "/cost", "/stats", "/branches", "/search?q=good", "/replay/search?q=good")
RESTS = ("", "/timeline", "/events", "/screen?t=1", "/summary", "/branches", "/snapshots", "/trace")


def test_every_route_answers_and_others_are_listed(tmp_path):
    for number, name in enumerate(sorted(set(RECORDINGS) - LARGE)):
        write(tmp_path / f"{number}.ahr", RECORDINGS[name], SMALL_BYTES)
    (tmp_path / "loop.ahr").symlink_to("loop.ahr")
    (tmp_path / "folder.ahr").mkdir()
    ring = (
        {"id": "two", "relation": "branch", "at_ns": 10**400, "at_step": 10**400},
        {"id": "one", "relation": "branch", "at_ns": -1},
    )
    make(str(tmp_path / "one.ahr"), shown(0, "good"), ended(1), id="one", parent=ring[0])
    make(str(tmp_path / "two.ahr"), shown(0, "good"), ended(1), id="two", parent=ring[1])
    with Serving(tmp_path) as server:
        for path in LISTS:
            assert server.get(path).status == 200, path
        listed = server.get("/sessions?limit=500").json
        ids = [one["id"] for one in listed["sessions"]]
        assert {"one", "two"} < set(ids)
        for name in ids:
            for rest in RESTS:
                answer = server.get(f"/sessions/{name}{rest}")
                assert answer.status in (200, 404, 422), (name, rest, answer.body)
        lineage = server.get("/sessions/one/branches").json
        assert sorted(node["id"] for node in lineage["nodes"]) == ["one", "two"]
        assert len(lineage["edges"]) == 1
