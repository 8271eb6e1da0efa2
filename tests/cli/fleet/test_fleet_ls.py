"""`agentrec fleet ls`."""

import pytest

from agentrec.fleet.index.index_schema import (
    CALL,
    COLUMNS,
    NUMBER,
    RECORDING,
    SLOW,
    STEP,
    STRING,
    TEXT,
)
from agentrec.fleet.index.parquet_file import parquet_file
from tests.fleet.machines import Machine
from tests.fleet.searched import as_local, made

pytest.importorskip("chdb")


def test_it_lists_what_the_library_lists(machines):
    a, b, url = machines
    a.here("push", *made(a).values(), "--remote", url)
    for chosen in (
        ["--all"],
        ["--limit", "2"],
        ["--exit", "1"],
        ["--exit", "ok", "--project", "/home/user/site"],
        ["--agent", "claude", "--tag", "ci", "--tag", "a'b"],
        ["--state", "complete"],
    ):
        here = as_local(a.run("ls", *chosen))
        assert as_local(b.run("fleet", "ls", *chosen, "--remote", url)) == here, chosen
        assert here
    done = b.here("fleet", "ls", "--limit", "1", "--remote", url)
    assert done.stderr == "agentrec: 1 of 4 recordings; --all shows the rest\n"
    assert b.here("fleet", "--remote", url).stdout.count("\n") == 5


def hostile_file(number):
    """Rows as nobody's push writes them."""
    items = (RECORDING, TEXT, CALL, STEP, SLOW)
    far = (-(1 << 63), (1 << 63) - 1, 0)[number]
    texts = ("\x1b]0;title\x07 hi", "5", '{"a": [1]}')[number]
    values = {STRING: texts, NUMBER: float("nan"), "int64": far, "timestamp": far, "bool": True}
    columns = {name: [values[column.kind]] * len(items) for name, column in COLUMNS.items()}
    columns |= {"recording": [f"\x1b[31m{number}"] * len(items), "item": list(items)}
    return parquet_file(
        columns | {"words": [" hi "] * len(items), "offsets_ms": ["x -5"] * len(items)}
    )


def test_rows_that_anybody_has_written_do_no_harm(tmp_path):
    machine, url = Machine(tmp_path / "a"), f"file://{tmp_path}/remote"
    machine.here("push", machine.made(), "--remote", url)
    folder = tmp_path / "remote/index/v1/dt=2026-01-31"
    for number in range(3):
        (folder / f"hostile{number}.parquet").write_bytes(hostile_file(number))
    for words in (["ls"], ["search", "hi"], ["cost", "--by", "day"], ["stats"], ["compact"]):
        done = machine.here("fleet", *words, "--remote", url)
        assert "\x1b" not in done.stdout + done.stderr
        assert done.stdout
