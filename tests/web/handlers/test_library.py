"""Lists, searches and totals over HTTP."""

import shutil

import pytest

from tests.library.helpers import ended, make, shown
from tests.web.conftest import agent_run
from tests.web.serving import Serving, awaited


def ids(answer):
    return [row["id"] for row in answer.json["sessions"]]


def test_the_list(server):
    answer = server.get("/sessions").json
    assert answer["total"] == 4
    rows = {row["id"]: row for row in answer["sessions"]}
    assert {"agent-1", "shell-1", "torn-1"} < set(rows)
    agent = rows["agent-1"]
    assert (agent["agent"], agent["turns"], agent["cost_usd"]) == ("claude-code", 2, 0.75)
    assert (agent["exit_code"], agent["state"], agent["errors"]) == (1, "complete", 1)
    assert rows["torn-1"]["state"] == "torn"


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("agent=claude-code&state=complete", {"agent-1"}),
        ("agent=sh", {"shell-1"}),
        ("exit=1", {"agent-1"}),
        ("exit=ok&agent=sh", {"shell-1"}),
        ("state=torn", {"torn-1"}),
        ("agent=nobody", set()),
        ("since=2026-03-05", set()),
        ("until=2026-03-03", set()),
    ],
)
def test_filters(server, query, found):
    answer = server.get(f"/sessions?{query}")
    assert set(ids(answer)) == found
    assert answer.json["total"] == len(found)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("state=torn&kind=session", {"torn-1"}),
        ("state=complete&kind=session&agent=sh", {"shell-1"}),
        ("state=live&kind=session", set()),
    ],
)
def test_the_state_counts_in_searches(server, query, found):
    answer = server.get(f"/search?{query}").json
    assert {hit["id"] for hit in answer["hits"]} == found
    assert answer["total"] == answer["available"] == answer["recordings"] == len(found)
    assert answer["left_out"] == {"recordings": 0, "chars": 0, "unread": False, "files": []}


def test_pages_of_a_search(server):
    whole = server.get("/search?kind=session&kind=message").json
    total = whole["available"]
    assert total > 4
    pages = [
        server.get(f"/search?kind=session&kind=message&limit=1&offset={at}").json["hits"]
        for at in range(total + 1)
    ]
    assert [page[0] for page in pages[:-1]] == whole["hits"]
    assert pages[-1] == []


def test_pages_of_the_list(server):
    whole = ids(server.get("/sessions"))
    pages = [ids(server.get(f"/sessions?limit=1&offset={n}"))[0] for n in range(4)]
    assert pages == whole
    assert ids(server.get("/sessions?offset=4")) == []


def test_an_id_that_is_no_plain_name_gets_another(server):
    (odd,) = [name for name in ids(server.get("/sessions")) if name.startswith("~")]
    assert server.get(f"/sessions/{odd}").json["command"] == ["odd"]
    assert server.get("/search?q=odd").json["hits"][0]["id"] == odd
    assert server.get(f"/sessions/{odd}/branches").json["self"] == odd
    assert server.get(f"/sessions/{odd}/recording").headers["content-disposition"].count('"') == 2


def test_what_comes_and_goes_is_noticed(tmp_path):
    make(str(tmp_path / "one.ahr"), ended(1))
    with Serving(tmp_path) as server:
        assert ids(server.get("/sessions")) == ["one"]
        make(str(tmp_path / "two.ahr"), ended(1))
        assert server.get("/sessions/two").status == 200 or awaited(
            lambda: server.get("/sessions/two").status == 200
        )
        (tmp_path / "one.ahr").unlink()
        awaited(lambda: ids(server.get("/sessions")) == ["two"])
        assert server.get("/sessions/one/events").status == 404
        (tmp_path / "two.ahr").unlink()
        assert server.get("/sessions/two/events").status == 404


def test_copies_are_one_recording(tmp_path):
    path = agent_run(str(tmp_path / "a.ahr"), id="same")
    shutil.copy(path, tmp_path / "b.ahr")
    with Serving(tmp_path) as server:
        answer = server.get("/sessions")
        assert ids(answer) == ["same"]
        assert answer.json["total"] == 1
        assert server.get("/stats").json["recordings"] == 1


def test_search(server):
    hits = server.get("/search?q=fail&kind=message&agent=claude-code&session=agent-1").json["hits"]
    assert [(hit["id"], hit["t"], hit["text"]) for hit in hits] == [
        ("agent-1", 5.5, "two of them fail")
    ]
    assert hits[0]["line"] == [["two of them ", False], ["fail", True]]
    assert server.get("/search?tool=Bash&session=agent-1").json["hits"][0]["failed"] is True
    assert server.get("/search").json["hits"] == []
    assert server.get("/search?q=%21%21").json["hits"] == []
    assert server.get("/search?q=x&session=nobody").status == 404


def test_sums(server):
    costs = server.get("/cost").json
    (row,) = costs["rows"]
    assert costs["unpriced"] == []
    # The torn one lost its calls or has some of them.
    assert row["model"] == "big-model"
    assert row["cost_usd"] >= 0.75
    stats = server.get("/stats?state=complete&agent=claude-code").json
    assert stats["tools"][0]["name"] == "Bash"
    assert stats["slowest"][0]["id"] in ("agent-1", "torn-1")
    summary = server.get("/sessions/agent-1/summary").json
    assert summary["cost_usd"] == 0.75
    assert summary["turns"] == 2


def test_what_is_served_is_described(server):
    told = server.get("/openapi.json").json
    assert told["openapi"].startswith("3.1")
    service = server.get("").json
    assert service["recordings"] == 4
    assert service["version"] == told["info"]["version"]


def test_files_that_cannot_be_read_are_listed(tmp_path):
    make(str(tmp_path / "good.ahr"), shown(0, "x"), ended(1), id="good")
    (tmp_path / "bad.ahr").write_bytes(b"not a recording")
    with Serving(tmp_path) as server:
        listed = server.get("/sessions").json
        assert [it["id"] for it in listed["sessions"]] == ["good"]
        ((path, reason),) = [(it["path"], it["reason"]) for it in listed["unreadable"]]
        assert path == str(tmp_path / "bad.ahr")
        assert reason
