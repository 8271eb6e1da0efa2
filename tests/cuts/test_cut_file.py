"""What a cut says of where it comes from, where it goes, and how it counts."""

import os
from fractions import Fraction
from pathlib import Path

import pytest

from agentrec.cuts.cut_file import cut, join, speed, trim
from agentrec.errors import OutputError, UsageError
from agentrec.library.pins import prune_items
from agentrec.library.resolve import resolve
from agentrec.recording.verify import verify
from tests.cuts.recordings import S, read, shown, write


@pytest.fixture
def env(tmp_path):
    return {"HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path / "data")}


@pytest.fixture
def source(tmp_path):
    things = [shown(1, "one"), shown(30, "two"), shown(60, "three")]
    return write(
        tmp_path / "a.ahr",
        *things,
        id="orig",
        created="2026-01-02T03:04:05.000000000Z",
        command=["sh"],
    )


def test_header(source, tmp_path, env):
    new = cut(source, str(tmp_path / "new.ahr"), env, 10 * S, 40 * S)
    header, _ = read(new.path)
    assert header["id"] == new.id != "orig"
    assert header["created"] == "2026-01-02T03:04:15.000000000Z"
    assert header["command"] == ["sh"]
    assert header["parent"] == {
        "id": "orig",
        "relation": "cut",
        "file": source,
        "of": ["orig"],
        "method": "cut",
        "since_ns": 10 * S,
        "until_ns": 40 * S,
    }


def test_a_cut_of_a_cut_names_what_was_recorded(source, tmp_path, env):
    first = cut(source, str(tmp_path / "new.ahr"), env, 10 * S)
    second = trim(first.path, str(tmp_path / "newer.ahr"), env, S)
    parent = read(second.path)[0]["parent"]
    assert (parent["id"], parent["via"], parent["of"]) == ("orig", first.id, [first.id, "orig"])


@pytest.mark.parametrize("method", ["cut", "trim", "speed", "join"])
def test_beside_the_original_and_never_over_it(method, source, tmp_path, env):
    before = Path(source).read_bytes()
    make = {
        "cut": lambda target, **more: cut(source, target, env, S, **more),
        "trim": lambda target, **more: trim(source, target, env, S, **more),
        "speed": lambda target, **more: speed(source, target, env, Fraction(2), **more),
        "join": lambda target, **more: join([source, source], target, env, **more),
    }[method]
    new = make("")
    assert new.path == str(tmp_path / f"a.{method}.ahr")
    assert make("").path == str(tmp_path / f"a.{method}-2.ahr")
    with pytest.raises(OutputError, match="already exists"):
        make(new.path)
    assert make("", overwrite=True).path == new.path
    with pytest.raises(OutputError, match="is the original"):
        make(source, overwrite=True)
    assert Path(source).read_bytes() == before
    assert [name for name in os.listdir(tmp_path) if name.endswith(".part")] == []
    assert verify(new.path).state == "whole"


def test_in_the_data_directory_it_has_the_name_of_its_id(tmp_path, env):
    folder = tmp_path / "data/agentrec/recordings"
    folder.mkdir(parents=True)
    source = write(folder / "orig.ahr", shown(1, "x"), shown(5, "y"), id="orig")
    new = cut(source, "", env, 2 * S)
    assert os.path.basename(new.path) == f"{new.id}.ahr"
    assert resolve(new.id, env) == new.path
    assert resolve("last", env) == source


def test_what_was_cut_from_is_not_pruned(tmp_path, env):
    folder = tmp_path / "data/agentrec/recordings"
    folder.mkdir(parents=True)
    source = write(folder / "orig.ahr", shown(1, "x"), shown(5, "y"), id="orig")
    assert [item.fixed for item in prune_items(env)] == [""]
    cut(source, str(tmp_path / "elsewhere.ahr"), env, 2 * S)
    assert [item.fixed for item in prune_items(env)] == ["has a cut"]
    os.unlink(tmp_path / "elsewhere.ahr")
    assert [item.fixed for item in prune_items(env)] == [""]


def test_beyond_the_end(source, tmp_path, env):
    with pytest.raises(UsageError, match="after the end"):
        cut(source, "", env, 61 * S)
    assert cut(source, "", env, 50 * S, 500 * S).duration == 10 * S


@pytest.mark.parametrize("factor", [Fraction(1, 2000), Fraction(1001)])
def test_factors_that_are_refused(factor, source, env):
    with pytest.raises(UsageError, match="invalid factor"):
        speed(source, "", env, factor)
