"""The benchmark works: small runs with real programs, and the little it calculates."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from scripts.bench_parts import against, computed, docs, growth, report, streams
from scripts.bench_parts.bench import Bench, find_peers
from scripts.bench_parts.figures import Row, Spread, quantile, ratios
from scripts.bench_parts.outer import Outer
from scripts.bench_parts.without import WORK
from tests.agents_env import AGENTS, require

ROOT = Path(__file__).parents[1]


def bench(tmp_path, *parts):
    only = [word for part in parts for word in ("--only", part)]
    command = [sys.executable, "-m", "scripts.bench_parts", "--quick", "--offline", *only]
    done = subprocess.run(
        [*command, "--out", str(tmp_path / "out")], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    (result,) = (tmp_path / "out").glob("*.json")
    return json.loads(result.read_text()), done.stdout


def rows(tmp_path, part):
    """The rows of a part by what they measure."""
    result, _ = bench(tmp_path, part)
    return {row["what"]: row for row in result["rows"]}


def test_start_and_latency_are_compared_with_a_program_run_directly(tmp_path):
    result, table = bench(tmp_path, "start", "latency")
    rows = {row["what"]: row for row in result["rows"]}
    start = rows["`true`, added from start to exit"]
    assert start["figures"]["agentrec ms"] > start["figures"]["direct ms"] > 0
    assert start["low"] <= start["value"] <= start["high"]
    assert start["target"] == "<= 40.0"
    assert start["met"] is (start["value"] <= 40)
    blocks = result["samples"]["latency, while it repaints"]["agentrec"]
    assert all(len(block) == 20 and min(block) > 0 for block in blocks)
    assert "added from start" in " ".join(table.split())


def test_the_gateway_is_compared_with_calling_the_server(tmp_path):
    result, _ = bench(tmp_path, "gateway")
    rows = {row["what"]: row for row in result["rows"]}
    first = rows["first byte of an answer, added"]
    assert first["figures"]["gateway ms"] > first["figures"]["direct ms"] > 0
    assert rows["speed of a 1 MB stream, to direct"]["value"] > 0
    assert rows["most memory held"]["value"] > 5
    start = rows["start of `true` with model calls, added"]
    assert start["figures"].keys() == {"with ms", "without ms"}
    assert all(took > 0 for took in start["figures"].values())


def test_throughput_passes_everything_on_through_every_peer(tmp_path):
    result, _ = bench(tmp_path, "throughput")
    rates = result["samples"]["throughput"]["MB/s"]
    assert rates.keys() == set(streams.STREAMS)
    for by_peer in rates.values():
        assert {"direct", "pump", "agentrec"} <= by_peer.keys()
        assert all(rate > 0 for held in by_peer.values() for rate in held)


def test_causes_are_sought_by_leaving_out_work(tmp_path):
    found = rows(tmp_path, "causes")
    for work in WORK:
        assert found[f"log, without {work}"]["value"] > 0
    assert found["log, without any of it"]["figures"]["agentrec MB/s"] > 0
    if sys.platform == "linux":
        assert found["log, agentrec: its thread runs"]["value"] > 0
    others = found["first byte: and what `record` has loaded of others when the command starts"]
    all_of_it = found["first byte: and of its own"]
    assert 20 < others["figures"]["modules"] < all_of_it["figures"]["modules"] - 20
    assert all_of_it["value"] > found["first byte: the interpreter alone"]["value"]


def test_memory_is_seen_while_recording_and_while_finishing(tmp_path):
    result, _ = bench(tmp_path, "memory")
    assert len(result["samples"]["memory, agentrec"]) > 2
    held = [row["value"] for row in result["rows"] if "most held" in row["what"]]
    assert all(value > 5 for value in held)  # MB: less is no Python


def test_the_player_draws_and_answers_every_key(tmp_path):
    result, _ = bench(tmp_path, "player")
    by_speed = result["samples"]["player"]
    assert by_speed.keys() == {"1", "50"}
    for (probe,) in by_speed.values():
        assert len(probe["key ms"]) == 5
        assert len(probe["behind ms"]) > 5  # frames, in a second


@pytest.mark.parametrize("peer", ["C relay", "pump", "script", "asciinema", "agentrec"])
def test_every_peer_passes_on_bytes_and_exit_codes(tmp_path, peer):
    run = Bench(tmp_path)
    find_peers(run, install=False)
    if peer not in run.peers:
        pytest.skip(f"{peer} is not here")
    argv = run.peers[peer](["sh", "-c", "printf hello; exit 0"], tmp_path / "out")
    outer = Outer(argv, run.env, tmp_path)
    heard = b"".join(iter(outer.read, b""))
    assert outer.wait() == 0
    assert heard == b"hello"


@pytest.mark.parametrize("name", streams.STREAMS)
def test_streams_are_the_same_every_time(tmp_path, name):
    first = streams.write(tmp_path / "a", name, 100_000).read_bytes()
    assert streams.write(tmp_path / "b", name, 100_000).read_bytes() == first
    assert 100_000 <= len(first) < 120_000


def test_long_streams_repeat_themselves(tmp_path):
    data = streams.write(tmp_path / "a", "log", 400_000, unique=100_000).read_bytes()
    assert data == data[: len(data) // 4] * 4


def test_figures():
    assert quantile([5, 1, 4, 2, 3], 0.5) == 3
    assert quantile([1.0] * 99 + [9.0], 0.99) == 9
    assert ratios([2, 9, 4], [1, 3, 4]) == Spread(2, 1, 3)
    assert Row("p", "w", 0.9, "x", (">=", 0.9)).met is True
    assert Row("p", "w", 61.0, "ms", ("<=", 60)).met is False
    assert Row("p", "w", 61.0, "ms").met is None


def test_docs_get_the_table_between_the_markers(tmp_path):
    page = tmp_path / "page.md"
    page.write_text(f"before\n{docs.BEGIN}\nold\n{docs.END}\nafter\n")
    run = Bench(tmp_path, rows=[Row("start", "a | b", 12.0, "ms", ("<=", 60), 10.0, 15.0)])
    run.note("no peer")
    docs.write(page, run, report.machine())
    text = page.read_text()
    assert text.startswith(f"before\n{docs.BEGIN}\n")
    assert text.endswith(f"{docs.END}\nafter\n")
    assert "| start | a \\| b | 12.00 ms | 10.00 … 15.00 | <= 60 | yes |  |" in text
    assert "old" not in text
    assert "no peer" in text
    empty = tmp_path / "empty.md"
    empty.touch()
    with pytest.raises(ValueError, match="no place"):
        docs.write(empty, run, report.machine())


def test_parts_that_were_not_measured_keep_their_rows_and_their_day(tmp_path):
    page = tmp_path / "page.md"
    page.write_text(f"{docs.BEGIN}\n{docs.END}\n")
    old = [Row("start", "a", 1.0, "ms"), Row("size", "b", 2.0, "%"), Row("size", "c", 3.0, "%")]
    docs.write(page, Bench(tmp_path, rows=old), report.machine() | {"date": "2020-01-01"})
    docs.write(page, Bench(tmp_path, rows=[Row("start", "a", 4.0, "ms")]), report.machine())
    new, older = page.read_text().split("; 2020-01-01.")
    assert "| start | a | 4.00 ms |" in new
    assert "| size |" not in new
    assert "| start |" not in older
    assert "| size | b |" in older
    assert "| size | c |" in older
    docs.write(page, Bench(tmp_path, rows=[Row("size", "b", 5.0, "%")]), report.machine())
    assert "2020-01-01" not in page.read_text()


def test_the_page_has_a_place_for_the_figures():
    text = (ROOT / "docs" / "performance.md").read_text()
    assert text.count(docs.BEGIN) == text.count(docs.END) == 1


def test_snapshots_are_compared_with_git(tmp_path):
    result, _ = bench(tmp_path, "snapshots")
    rows = {row["what"]: row for row in result["rows"]}
    first = rows["300 files, first, in a git repository"]
    assert first["value"] > 0
    assert first["figures"]["git add -A ms"] > 0
    growth = rows["store after 60 edits, to the changed files' bytes"]
    assert 0 < growth["value"] < 2


@pytest.mark.slow
def test_a_ghost_is_compared_with_the_session_itself(tmp_path):
    require(AGENTS["claude"])
    result, _ = bench(tmp_path, "ghost")
    rows = {row["what"]: row for row in result["rows"]}
    assert rows["claude, 2 turns, to the session direct"]["value"] > 0


@pytest.mark.slow
def test_what_the_agents_story_costs(tmp_path):
    result, _ = bench(tmp_path, "story")
    rows = {row["what"]: row for row in result["rows"]}
    assert rows["a hook, from start to exit"]["value"] > 0
    assert rows["watching a child that sleeps, of a core"]["target"] == "<= 1.0"
    for name in ("claude", "codex"):
        told = [row for what, row in rows.items() if what.startswith(f"{name}, headless")]
        left_out = any("is not installed" in note for note in result["notes"])
        assert told or left_out
        assert all(row["figures"]["direct ms"] > 0 for row in told)


def test_how_long_runs_take_to_compare(tmp_path):
    result, _ = bench(tmp_path, "compare")
    (row,) = result["rows"]
    assert row["what"] == "two runs of 300 steps"
    assert row["value"] > 0


def test_the_recorder_is_found_though_its_guardian_has_the_lower_number(monkeypatch):
    command = ["python", "agentrec", "record", "-o", "a.ahr"]
    about = {7: (command, 32_000), 9: (["sh", "a.ahr"], 1), 32_000: (command, 9)}
    processes = [
        SimpleNamespace(pid=pid, info={"cmdline": words, "ppid": parent})
        for pid, (words, parent) in about.items()
    ]
    monkeypatch.setattr(computed.psutil, "process_iter", lambda _: processes)
    assert computed.find("a.ahr") == 32_000
    assert computed.find("b.ahr") is None


@pytest.mark.agents
def test_what_waiting_for_a_slow_model_costs(tmp_path):
    for agent in AGENTS.values():
        require(agent)
    found = rows(tmp_path, "waiting")
    for name in AGENTS:
        cpu = found[f"{name}, slow model, of a core"]
        assert 0 < cpu["figures"]["CPU s"] < 60 * cpu["figures"]["minutes"]
        assert found[f"{name}, slow model, size of raw"]["figures"]["raw MB"] > 0


def test_what_of_a_recorder_computes_while_a_model_is_slow(tmp_path):
    for agent in AGENTS.values():
        require(agent)
    found = rows(tmp_path, "watching")
    for name in AGENTS:
        for what in ("everything", "without companions"):
            assert found[f"{name}, {what}, of a core"]["value"] > 0


def test_how_what_commands_take_grows(tmp_path):
    found = rows(tmp_path, "growth")
    assert len(found) == 11
    for row in found.values():
        assert len(row["figures"]) == 3
        assert -1 < row["value"] < 2


def test_the_page_is_measured_in_a_browser(tmp_path):
    result, _ = bench(tmp_path, "page")
    rows = {row["what"]: row for row in result["rows"]}
    first = rows["first picture, 2 MB of mixed output"]
    assert first["value"] > 0
    assert first["target"] == "<= 1000.0"
    slow, *others = [row for what, row in rows.items() if what.startswith("three at once")]
    assert slow["value"] > 0
    assert slow["figures"]["says"].startswith("Loading 0:0")
    assert all(other["figures"]["pictures a second"] > 0 for other in others)


MACHINE = {"cpu": "one", "cores": 2, "python": "3.11.7"}
RATE = Row("throughput", "log, to script", 0.9, "x", (">=", 0.95), 0.85, 0.95)
TIME = Row("start", "`true`, added", 50.0, "ms", ("<=", 60), 45.0, 55.0)
ONCE = Row("memory", "most held", 40.0, "MB")
SPEED = Row("player", "frames", 58.0, "/s")


def earlier_run(tmp_path, *rows, **machine):
    path = tmp_path / "earlier.json"
    said = {"machine": MACHINE | machine, "rows": [row.as_json() for row in rows]}
    path.write_text(json.dumps(said))
    return path


@pytest.mark.parametrize(
    ("before", "now", "is_worse"),
    [
        (RATE, replace(RATE, value=0.7, low=0.65, high=0.75), True),
        (RATE, replace(RATE, value=0.7, low=0.6, high=0.9), False),  # the spreads overlap
        (RATE, replace(RATE, value=0.82, low=0.81, high=0.84), False),  # by less than a tenth
        (RATE, replace(RATE, value=1.5, low=1.4, high=1.6), False),
        (TIME, replace(TIME, value=70, low=60, high=80), True),
        (TIME, replace(TIME, value=70, low=50, high=80), False),
        (TIME, replace(TIME, value=20, low=10, high=30), False),
        (ONCE, replace(ONCE, value=51), True),
        (ONCE, replace(ONCE, value=49), False),
        (SPEED, replace(SPEED, value=40), True),
        (SPEED, replace(SPEED, value=80), False),
        (SPEED, ONCE, False),  # nothing to compare with
    ],
)
def test_what_is_worse_than_in_an_earlier_run(tmp_path, before, now, is_worse):
    path = earlier_run(tmp_path, before)
    assert [change.row for change in against.worse([now], MACHINE, path)] == [now] * is_worse


def test_on_another_machine_only_ratios_are_compared(tmp_path):
    path = earlier_run(tmp_path, RATE, TIME, cpu="another")
    now = [replace(RATE, value=0.5, low=0.5, high=0.5), replace(TIME, value=99, low=99, high=99)]
    assert [change.row for change in against.worse(now, MACHINE, path)] == now[:1]
    assert str(against.worse(now, MACHINE, path)[0]) == (
        "throughput, log, to script: 0.900 -> 0.500 x"
    )


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"machine": {}, "rows": [{}]}'])
def test_what_is_no_run(tmp_path, text):
    path = tmp_path / "x.json"
    path.write_text(text)
    with pytest.raises(ValueError, match="was not written by scripts/bench"):
        against.worse([], MACHINE, path)


def test_an_earlier_run_that_is_none_is_said_first(tmp_path):
    command = [sys.executable, "-m", "scripts.bench_parts", "--against", str(tmp_path / "none")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stderr.startswith("scripts/bench: ")
    assert "Traceback" not in done.stderr


def test_a_run_against_an_earlier_one(tmp_path):
    earlier = earlier_run(tmp_path, Row("start", "child's first byte, added", 1e-6, "ms"))
    command = [sys.executable, "-m", "scripts.bench_parts", "--quick", "--offline"]
    command += ["--only", "start", "--out", str(tmp_path / "out"), "--against", str(earlier)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr  # another machine
    machine = report.machine()
    earlier = earlier_run(
        tmp_path,
        Row("start", "child's first byte, added", 1e-6, "ms"),
        **{name: machine[name] for name in against.SAME_MACHINE},
    )
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 1
    assert "worse: start, child's first byte, added: 0.000 ->" in done.stdout


def test_the_exponent_of_what_grows():
    sizes = [10, 100, 1000]
    assert growth.exponent(sizes, [5, 5, 5]) == pytest.approx(0)
    assert growth.exponent(sizes, [1, 10, 100]) == pytest.approx(1)
    assert growth.exponent(sizes, [2, 200, 20_000]) == pytest.approx(2)
