"""Transactions over HTTP: listed, compared, and changed only once that is confirmed."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.library.helpers import ended, make
from tests.snapshots.helpers import fill
from tests.transactions.helpers import Shop
from tests.web.serving import Serving, awaited


class TransactionDesk(Shop):
    """A repository, a recording that was made in it, and a server."""

    def __init__(self, place):
        super().__init__(place)
        self.git("config", "user.name", "me")
        self.git("config", "user.email", "me@localhost")
        make(str(place / "served/run.ahr"), ended(1), id="run", cwd=str(self.folder))
        make(str(place / "served/odd.ahr"), ended(1), id="odd")

    def begun(self, server, name=""):
        """Begin one; its address and its directory."""
        answer = server.post("/sessions/run/transactions", {"name": name, "confirm": True})
        assert answer.status == 201, answer.body
        made = answer.json["transaction"]
        return f"/transactions/{made['id']}", Path(made["worktree"])


@pytest.fixture
def desk(tmp_path, monkeypatch):
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    return TransactionDesk(tmp_path)


@pytest.fixture
def server(desk):
    with Serving(desk.place / "served", env=desk.env) as serving:
        yield serving


def test_from_begin_to_commit(desk, server):
    planned = server.post("/sessions/run/transactions", {"name": "fix"})
    assert (planned.status, planned.json["dryRun"]) == (200, True)
    assert "1 uncommitted file will not be in it" in planned.json["lines"]
    assert server.get("/transactions").json["total"] == 0
    address, tree = desk.begun(server, "fix")
    fill(tree, {"a": "two\n"})
    made = server.post(f"{address}/savepoints", {"name": "green"})
    assert (made.status, made.json["number"], made.json["name"]) == (201, 1, "green")
    refused = server.post(f"{address}/rollback", {"undo": True, "confirm": True})
    assert (refused.status, "nothing to undo" in refused.problem) == (409, True)
    both = server.post(f"{address}/rollback", {"to": "1", "undo": True, "confirm": True})
    assert (both.status, both.problem) == (400, "undo and to exclude each other")
    assert server.post(f"{address}/rollback", {"to": "nope", "confirm": True}).status == 404
    fill(tree, {"a": "three\n", "new": "n"})
    back = {"to": "green"}
    planned = server.post(f"{address}/rollback", back)
    assert planned.json["lines"][0] == "go back to savepoint 1 green"
    assert (tree / "new").exists()
    done = server.post(f"{address}/rollback", {**back, "confirm": True}).json
    assert (done["dryRun"], done["savepoint"]["number"]) == (False, 1)
    assert ((tree / "a").read_text(), (tree / "new").exists()) == ("two\n", False)
    undone = server.post(f"{address}/rollback", {"undo": True, "confirm": True})
    assert undone.json["savepoint"]["before_rollback_to"] == 1
    assert (tree / "a").read_text() == "three\n"
    (listed,) = server.get("/transactions").json["transactions"]
    assert listed == server.get(address).json
    assert (listed["name"], listed["base"], listed["recording"]) == ("fix", "trunk", "run")
    assert server.post(f"{address}/commit", {}).json["dryRun"]
    assert (desk.folder / "a").read_text() == "one\n"
    ended = server.post(f"{address}/commit", {"message": " \n", "confirm": True}).json
    assert ended["merge"]["new"] == desk.git("rev-parse", "trunk").strip()
    assert desk.git("log", "-1", "--format=%s", "trunk").strip() == "agentrec transaction fix"
    assert (desk.folder / "a").read_text() == "three\n"
    assert server.get("/transactions").json["total"] == 0
    assert server.get("/transactions?state=committed").json["total"] == 1
    assert server.get(address).json["state"] == "committed"


def test_differences_are_of_savepoints(desk, server):
    address, tree = desk.begun(server)
    fill(tree, {"a": "two\n", "d/new": "n\n"})
    server.post(f"{address}/savepoints", {"name": "green"})
    fill(tree, {"a": "not kept\n"})
    diff = server.get(f"{address}/diff").json
    assert [(it["path"], it["what"]) for it in diff["files"]] == [
        ("a", "changed"),
        ("d/new", "added"),
    ]
    assert "-one\n+two\n" in diff["patch"]
    assert server.get(f"{address}/diff?from=green&to=0&path=d").json["files"][0]["what"] == (
        "deleted"
    )
    assert server.get(f"{address}/diff?to=nope").status == 404


def test_a_conflict_names_both_sides(desk, server):
    address, tree = desk.begun(server, "fix")
    fill(tree, {"a": "theirs\n"})
    fill(desk.folder, {"a": "mine\n"})
    desk.git("commit", "-qam", "mine")
    before = desk.files()
    answer = server.post(f"{address}/commit", {"confirm": True})
    assert (answer.status, answer.problem) == (409, "cannot merge into trunk: conflicts in a")
    assert (answer.json["base"], answer.json["branch"]) == ("trunk", "agentrec/fix")
    (conflict,) = answer.json["conflicts"]
    assert (conflict["path"], conflict["base"], conflict["transaction"]) == (
        *("a", "mine\n", "theirs\n"),
    )
    merged = "<<<<<<< trunk\nmine\n=======\ntheirs\n>>>>>>> the transaction\n"
    assert conflict["merged"] == merged
    assert desk.files() == before
    assert server.get(address).json["state"] == "open"


def test_uncommitted_work_is_not_overwritten(desk, server):
    address, tree = desk.begun(server)
    fill(tree, {"a": "theirs\n"})
    fill(desk.folder, {"a": "mine, not committed\n"})
    answer = server.post(f"{address}/commit", {"confirm": True})
    assert answer.status == 409
    assert "is in the way: a" in answer.problem
    assert (desk.folder / "a").read_text() == "mine, not committed\n"


def test_an_aborted_one_is_over(desk, server):
    address, tree = desk.begun(server)
    fill(tree, {"a": "two\n"})
    assert str(tree) in server.post(f"{address}/abort", {}).json["lines"][0]
    assert tree.exists()
    done = server.post(f"{address}/abort", {"confirm": True}).json
    assert (done["transaction"]["state"], tree.exists()) == ("aborted", False)
    for act in ("commit", "abort", "rollback", "savepoints"):
        answer = server.post(f"{address}/{act}", {})
        assert (answer.status, "is aborted" in answer.problem) == (409, True)
    assert "+two" in server.get(f"{address}/diff").json["patch"]


def test_a_recording_in_progress_gets_marks(desk, short):
    env = {**desk.env, "XDG_RUNTIME_DIR": short}
    file = desk.place / "served/live.ahr"
    words = [sys.executable, "-P", "-m", "agentrec", "record", "-q", "--headless", "-o", str(file)]
    process = subprocess.Popen(
        [*words, "--", "sleep", "100"], cwd=desk.folder, env=env, stdin=subprocess.DEVNULL
    )
    with Serving(desk.place / "served", env=env) as server:
        rows = lambda: server.get("/sessions?state=live").json["sessions"]  # noqa: E731
        row = awaited(rows, "the recording")[0]
        moments = f"/sessions/{row['id']}/moments"
        awaited(lambda: server.post(moments, {"label": "ready"}).status == 201, "the recorder")
        body = {"name": "fix", "confirm": True}
        made = server.post(f"/sessions/{row['id']}/transactions", body).json["transaction"]
        server.post(f"/transactions/{made['id']}/savepoints", {"name": "green"})
        done = lambda: server.get(f"/sessions/{row['id']}/summary").json["transactions"]  # noqa: E731
        counted = awaited(lambda: [it for it in done() if it["savepoints"]], "the marks")
    process.terminate()
    process.wait(60)
    assert (counted[0]["id"], counted[0]["state"]) == (made["id"], "open")


def test_where_none_can_begin(desk, server):
    body = {"confirm": True}
    assert "not known where" in server.post("/sessions/odd/transactions", body).problem
    assert server.post("/sessions/nobody/transactions", body).status == 404
    assert server.post("/sessions/run/transactions", {"name": "../x", **body}).status == 400
    desk.git("checkout", "-q", "--detach")
    refused = server.post("/sessions/run/transactions", body)
    assert (refused.status, "no branch checked out" in refused.problem) == (409, True)
    for name in ("nope", "..%2Fx", "%2Fetc"):
        assert server.get(f"/transactions/{name}").status == 404
    assert [it.name for it in desk.place.iterdir() if it.name.startswith("shop")] == ["shop"]
