"""What is missing now, and what snapshots leave out."""

from tests.branches.helpers import fill, git, stub_agent
from tests.snapshots.helpers import taker


def test_what_is_left_out_and_what_is_missing(bench):
    fill(bench.work, {".gitignore": "build/\n", "build/x": "", "node_modules/y": "", "kept": ""})
    git(bench.work, "init", "-q")
    bench.takes.store.close()
    bench.takes = taker(bench.work, bench.place)
    ran = [
        ("never-heard-of", "/"),
        ("/nowhere/at/all", "/"),
        ("./build/x", str(bench.work)),
        ("./kept", str(bench.work)),
        ("-sh", "/"),
        ("nginx: worker", "/"),
    ]
    for name, cwd in ran:
        bench.event(500, "sys", "process", {"argv": [name], "cwd": cwd})
    bench.event(500, "sys", "process", {"argv": ["python3", "./build/x"], "cwd": str(bench.work)})
    bench.step(1000, {})
    found = bench.plan("s1", agent="sh")
    assert found.environment.missing == ["never-heard-of", "/nowhere/at/all", "build/x"]
    assert found.environment.left_out == ["build/", "node_modules/"]
    assert found.start.kind == "plain"  # nothing is committed


def test_what_an_agent_brings_along_is_not_missing(bench):
    """It is on no PATH: Codex finds its own search, sandbox and patch programs elsewhere."""
    for name in (
        "rg",
        "bwrap",
        "codex-linux-sandbox",
        "/gone/codex-linux-sandbox",
        "never-heard-of",
    ):
        bench.event(400, "sys", "process", {"argv": [name], "cwd": "/"})
    session = {"agent": "codex", "session_id": "x", "argv": ["codex"]}
    bench.event(500, "agent", "session", session)
    bench.event(500, "agent", "conversation", {"session_id": "x", "at_ns": 0}, actor="codex")
    bench.env["PATH"] = str(bench.place)
    stub_agent(bench.place, bench.env, name="sh")
    bench.step(1000, {"a": "1"})
    assert bench.plan("s1", agent="sh").environment.missing == ["never-heard-of"]
