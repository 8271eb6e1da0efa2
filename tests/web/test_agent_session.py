"""A real agent's recording over HTTP: numbers counted by hand, its files, and a branch that runs."""

import base64

import pytest

from agentrec.recording.reader import Recording
from agentrec.terminal.engine.screen import Screen
from fixtures.modelserver import ModelServer
from tests.agents_env import AGENTS, require
from tests.agents_env.recorded import PACKAGE, answers, record
from tests.branches.helpers import fill, git
from tests.web.serving import Serving, awaited

pytestmark = pytest.mark.agents

MODEL = "claude-sonnet-4-5"
DOLLARS = {  # a million tokens, by the provider's list
    "input_tokens": 3.0,
    "output_tokens": 15.0,
    "cache_read_input_tokens": 0.3,
    "cache_creation_input_tokens": 3.75,
}
MESSAGE = "And now something else. [[scenario:write-file]]"


class Run:
    """Claude Code mends a program in a git repository; served."""

    def __init__(self, folder, models):
        agent = require(AGENTS["claude"])
        self.work, self.models = folder / "work", models
        self.env = agent.start(folder / "home", self.work, models.url) | {"PYTHONPATH": PACKAGE}
        self.library = folder / "home/.local/share/agentrec/recordings"
        self.library.mkdir(parents=True)
        fill(self.work, {"kept.txt": "committed\n"})
        git(self.work, "init", "-q")
        git(self.work, "add", ".")
        git(self.work, "commit", "-qm", "first")
        self.file = self.library / "run.ahr"
        arguments = (*agent.headless, "--model", MODEL)
        record(
            self.file, agent.argv(arguments, "Go on. [[scenario:fix-tests]]"), self.env, self.work
        )
        self.usages = [response["usage"] for _, response in answers(models)]


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    with ModelServer(delay=0.03) as models:
        yield Run(tmp_path_factory.mktemp("run"), models)


@pytest.fixture(scope="module")
def server(run):
    with Serving(run.file, env=run.env) as serving:
        yield serving


@pytest.fixture(scope="module")
def own(run):
    with Recording.open(str(run.file)) as recording:
        return recording.header["id"]


def test_the_summary_of_agentos_is_what_was_counted_by_hand(run, server, own):
    # The scenario: seven answers; write, write, run, read, edit, run.
    told = server.get(f"/replay/{own}/summary").json
    tokens = sum(sum(usage[name] for name in DOLLARS) for usage in run.usages)
    cost = sum(usage[name] * price / 1e6 for usage in run.usages for name, price in DOLLARS.items())
    entries = server.get(f"/replay/{own}").json
    assert told.pop("totalDuration") == sum(entry["durationMs"] for entry in entries) > 0
    assert told.pop("cost") == pytest.approx(cost, abs=1e-9)
    assert told == {
        "sessionId": own,
        "agentId": "claude-code",
        "iterations": 7,
        "toolCalls": 6,
        "tokensUsed": tokens,
        "tools": ["Write", "Bash", "Read", "Edit"],
        "actionCount": 7 + 6 + 6,
    }
    assert len(run.usages) == 7


def test_entries_are_numbered_paired_and_timed(server, own):
    entries = server.get(f"/replay/{own}").json
    assert [entry["sequence"] for entry in entries] == list(range(1, 20))
    times = [entry["timestamp"] for entry in entries]
    assert times == sorted(times)
    asked = {
        e["data"]["callId"]: e["data"]["toolId"] for e in entries if e["action"] == "tool_call"
    }
    given = {
        e["data"]["callId"]: e["data"]["toolId"] for e in entries if e["action"] == "tool_result"
    }
    assert asked == given
    assert len(asked) == 6
    by_iteration = [entry["iteration"] for entry in entries]
    assert by_iteration == sorted(by_iteration)
    failed = [e for e in entries if e["action"] == "tool_result" and e["data"]["is_error"]]
    assert [entry["data"]["exit_code"] for entry in failed] == [1]


@pytest.mark.parametrize(
    ("query", "count"),
    [("", 19), ("agentId=claude-code", 19), ("toolUsed=Bash", 2), ("toolUsed=Edit&limit=1", 1)],
)
def test_search_of_agentos(server, own, query, count):
    found = server.get(f"/replay/search?{query}").json
    mine = next(it for it in found if it["sessionId"] == own)
    assert mine["actionCount"] == count
    assert mine["startTime"] <= mine["endTime"]


def test_search_of_agentos_by_time_and_what_is_not_there(server, own):
    entries = server.get(f"/replay/{own}").json
    first, last = entries[0]["timestamp"], entries[-1]["timestamp"]
    ids = [it["sessionId"] for it in server.get(f"/replay/search?from={first}&to={last}").json]
    assert own in ids
    assert server.get(f"/replay/search?to={first - 1}").json == []
    assert server.get("/replay/search?toolUsed=Nothing").json == []
    assert server.get("/replay/search?agentId=codex").json == []


def test_it_is_also_where_agentos_has_it(server, own):
    here = server.request("GET", f"/api/replay/{own}/summary")
    assert here.json == server.get(f"/replay/{own}/summary").json
    assert server.request("GET", "/api/replay/search").json == server.get("/replay/search").json


def test_the_timeline_in_the_shape_of_agent_harbor(server, own):
    told = server.get(f"/sessions/{own}/timeline").json
    assert told["sessionId"] == own
    assert told["recording"] == {
        "format": "ahr",
        "uri": f"/api/v1/sessions/{own}/recording",
        "width": 120,
        "height": 40,
        "hasInput": False,
    }
    kept = told["fsSnapshots"]
    assert len(kept) >= 3
    assert {it["provider"] for it in kept} == {"git"}
    times = [it["ts"] for it in kept]
    assert times == sorted(times)
    assert told["durationSec"] >= times[-1]
    assert {it["kind"] for it in told["moments"]} == {"auto"}
    assert server.get(told["recording"]["uri"].removeprefix("/api/v1")).status == 200


def test_files_of_a_snapshot_and_what_changed(run, server, own):
    path = f"/sessions/{own}/snapshots"
    told = server.get(path).json
    assert all(it["here"] for it in told["snapshots"])
    files = server.get(f"{path}/last/files").json["files"]
    assert {"kept.txt", "area.py", "test_area.py"} <= set(files)
    assert files["area.py"]["mode"] == "100644"
    last = server.get(f"{path}/last/files/area.py")
    assert last.body == (run.work / "area.py").read_bytes()
    assert last.headers["content-disposition"] == 'attachment; filename="area.py"'
    assert "sandbox" in last.headers["content-security-policy"]
    between = server.get(f"{path}/first/diff?to=last").json
    assert {it["path"]: it["what"] for it in between["files"]} == {
        "area.py": "added",
        "test_area.py": "added",
    }
    assert "+    return width * height" in between["patch"]
    one = server.get(f"{path}/first/diff?to=last&path=area.py").json
    assert [it["path"] for it in one["files"]] == ["area.py"]
    mended = [server.get(f"{path}/{it['id']}/diff").json["patch"] for it in told["snapshots"][1:]]
    assert sum("-    return width + height" in patch for patch in mended) == 1


@pytest.mark.parametrize(
    "name",
    [
        "nothing.py",
        "../work/area.py",
        "..%2f..%2fetc%2fpasswd",
        "./area.py",
        "%2fetc%2fpasswd",
        ".git/config",
        "area.py/x",
        "area.py%00",
        "area.py%0a",
        "",
        "a//b",
        "%ff%fe",
    ],
)
def test_only_what_is_in_a_snapshot_is_given(server, own, name):
    answer = server.get(f"/sessions/{own}/snapshots/last/files/{name}")
    assert answer.status == 404
    assert b"root:" not in answer.body


def test_what_the_terminal_showed_at_a_snapshot(server, own):
    kept = server.get(f"/sessions/{own}/timeline").json["fsSnapshots"][1]
    told = server.post(f"/sessions/{own}/seek", {"fsSnapshotId": kept["id"]}).json
    assert told["seekTime"] == kept["ts"]
    screen = Screen(told["cols"], told["rows"])
    screen.feed(base64.b64decode(told["state"]))
    assert screen.rows_text() == server.get(f"/sessions/{own}/screen?t={kept['ts']}").json["text"]


def test_costs_and_sums(run, server, own):
    (row,) = server.get("/cost?by=agent").json["rows"][:1]
    assert row["agent"] == "claude-code"
    summary = server.get(f"/sessions/{own}/summary").json
    assert summary["tools"]["Write"]["calls"] == 2
    assert server.get("/stats").json["tools"]


def test_a_branch_is_told_first_and_made_when_confirmed(run, server, own):
    kept = server.get(f"/sessions/{own}/timeline").json["fsSnapshots"][1]
    wish = {"fsSnapshotId": kept["id"], "injectedMessage": MESSAGE}
    before = sorted(path.name for path in run.library.rglob("*.ahr"))
    told = server.post(f"/sessions/{own}/session-branch", wish)
    assert told.status == 200, told.body
    assert told.json["dryRun"] is True
    assert told.json["plan"]["method"] == "trimmed-transcript"
    assert any(kept["id"] in line for line in told.json["lines"])
    assert sorted(path.name for path in run.library.rglob("*.ahr")) == before

    made = server.post(f"/sessions/{own}/session-branch", {**wish, "confirm": True})
    assert made.status == 201, made.body
    child = made.json["id"]
    assert made.json["parentSessionId"] == own
    path = f"/sessions/{child}"
    awaited(lambda: server.get(path).status == 200, "the child's recording")
    awaited(lambda: server.get(path).json["state"] == "complete", "its end")
    assert server.get(path).json["exit_code"] == 0
    lineage = server.get(f"/sessions/{own}/branches").json
    (edge,) = [it for it in lineage["edges"] if it["child"] == child]
    assert (edge["parent"], edge["snapshot"], edge["message"]) == (own, kept["id"], MESSAGE)
    nodes = {it["id"]: it for it in lineage["nodes"]}
    assert nodes[child]["here"]
    assert not nodes[child]["failed"]
    timeline = server.get(f"/sessions/{own}/timeline").json
    assert [it["id"] for it in timeline["branches"]] == [child]
    assert server.get("/branches").json["edges"] == lineage["edges"]
