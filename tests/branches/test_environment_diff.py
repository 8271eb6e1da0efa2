"""What is missing now, and what snapshots leave out."""

from tests.branches.helpers import fill, git
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
