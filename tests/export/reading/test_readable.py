"""Files of other formats, read like recordings."""

import bz2
import gzip
import json
import lzma
import os
import shutil
import subprocess
from pathlib import Path

import brotli
import pytest

from agentrec.cli.main import main
from agentrec.export.reading import readable
from agentrec.export.reading.detect_format import detect_format
from agentrec.export.reading.readable import timing_of
from agentrec.recording.reader import Recording
from tests.cuts.recordings import read
from tests.export.agent_logs import test_agentos, test_devduck, test_vcr

CASTS = Path(__file__).parents[3] / "fixtures/casts"
FILES = [
    *("v1.cast", "v2.cast", "v3.cast", "v2-torn.cast", "session.ttyrec", "session.typescript"),
    *("harbor.ahr", "harbor-torn.ahr", "harbor-headless.ahr", "v2.cast.jsonl"),
]


@pytest.fixture
def here(tmp_path, monkeypatch):
    """The files in a directory of their own, and a cache that is empty."""
    for path in CASTS.iterdir():
        shutil.copy(path, tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


READING = [
    *(
        ["info"],
        ["info", "--json"],
        ["cat"],
        ["events", "--json"],
        ["summary"],
        ["summary", "--json"],
    ),
    *(["branch-points"], ["replay", "--fast"], ["replay", "--print-meta"], ["steps"], ["context"]),
    *(["compare", "native.ahr"], ["snapshots"], ["shot", "x.svg", "--overwrite"]),
    *(["convert", "x.txt", "--overwrite"], ["trim", "-o", "x.ahr", "--overwrite"]),
    *(
        ["speed", "2", "-o", "x.ahr", "--overwrite"],
        ["cut", "--until", "0.5", "-o", "y.ahr", "--overwrite"],
    ),
    *(
        ["join", "native.ahr", "-o", "x.ahr", "--overwrite"],
        ["export-otel", "-o", "x.json", "--overwrite"],
    ),
]


def make(name, here):
    """A file of any format that is read, and its name."""
    if name.endswith(".zip"):
        test_devduck.write(here / name)
    elif name.endswith(".vcr"):
        test_vcr.write(here / name)
    elif name == "actions.json":
        call = test_agentos.action("tool_call", {"tool": "read", "args": {}})
        (here / name).write_text(json.dumps([call, call | {"timestamp": call["timestamp"] + 2000}]))
    elif name == "page.html":
        main(["convert", "native.ahr", name])
    elif name.endswith(".gz"):
        (here / name).write_bytes(gzip.compress((here / name.removesuffix(".gz")).read_bytes()))
    return name


def run(capsys, *argv, code=0):
    capsys.readouterr()
    assert main([str(word) for word in argv]) == code
    return capsys.readouterr()


@pytest.mark.parametrize("name", FILES)
def test_it_reads_as_what_convert_makes_of_it(name, here, capsys):
    timing = ["--timing", "session.timing"] if name.endswith("typescript") else []
    run(capsys, "convert", name, "made.ahr", *timing)
    for command in (["cat"], ["events", "--json"], ["branch-points"], ["replay", "--fast"]):
        want = main([*command, "made.ahr"]), capsys.readouterr().out
        assert (main([*command, name]), capsys.readouterr().out) == want
    told = json.loads(run(capsys, "info", "--json", name).out)
    assert told["file"] == name
    assert told["header"]["imported"]["format"] == detect_format(Path(name).read_bytes(), name).name
    assert told["duration"] == json.loads(run(capsys, "info", "--json", "made.ahr").out)["duration"]
    assert Path(name).read_bytes() == (CASTS / name).read_bytes()


@pytest.mark.parametrize(
    "name",
    [
        *("v1.cast", "v2.cast", "v3.cast", "session.ttyrec", "session.typescript", "harbor.ahr"),
        *("v2.cast.jsonl", "page.html", "run.vcr", "duck.zip", "actions.json"),
        *("native.ahr.gz", "v2.cast.gz", "harbor.ahr.gz", "v2.cast.jsonl.gz"),
    ],
)
def test_every_reading_command_takes_every_format(name, here, capsys):
    shutil.copy(CASTS.parent / "recordings/v2.ahr", "native.ahr")
    name = make(name, here)
    before = Path(name).read_bytes()
    codes = {}
    for command in READING:
        first, *rest = command
        codes[" ".join(command)] = main([first, name, *rest])
        told = capsys.readouterr()
        assert "Traceback" not in told.err
    no_events = name in ("v1.cast", "session.ttyrec")  # which have only output
    assert {command: code for command, code in codes.items() if code} == (
        {"events --json": 1} if no_events else {}
    )
    assert Path(name).read_bytes() == before


def test_a_compressed_recording_keeps_what_it_is(here, capsys):
    shutil.copy(CASTS.parent / "recordings/v2.ahr", "native.ahr")
    make("native.ahr.gz", here)
    ids = [
        json.loads(run(capsys, "info", "--json", name).out)["header"]["id"]
        for name in ("native.ahr", "native.ahr.gz")
    ]
    assert ids[0] == ids[1]


def test_a_snapshot_of_another_tool_has_no_files_here(here, capsys):
    told = run(capsys, "files", "harbor.ahr@last", code=3).err
    assert told == "agentrec: another tool took this snapshot: its files are not here\n"


def test_a_folder_of_recordings_is_not_a_file_of_another_tool(here, capsys):
    told = run(capsys, "search", "x", "--folder", "v2.cast", code=3).err
    assert "`agentrec convert` makes a recording of files of other tools" in told


def test_what_was_assumed_is_said_each_time(here, capsys):
    for _ in range(2):
        assert "24x80 is swapped" in run(capsys, "cat", "harbor-headless.ahr").err


def test_what_a_format_cannot_hold_is_said(here, capsys):
    assert (
        "read as    asciinema, v2, which cannot hold what agents did"
        in run(capsys, "info", "v2.cast").out
    )
    assert "cannot hold what agents did" in run(capsys, "summary", "v2.cast").err
    assert "cannot hold" not in run(capsys, "cat", "v2.cast").err
    assert "cannot hold" not in run(capsys, "summary", "v2.cast.jsonl").err


def test_it_is_converted_once_and_again_when_it_changes(here, capsys, monkeypatch):
    run(capsys, "cat", "v2.cast")
    (made,) = (here / "cache/agentrec/converted").glob("*.ahr")
    stamp = made.stat().st_ino
    run(capsys, "cat", "v2.cast")
    assert made.stat().st_ino == stamp
    with open("v2.cast", "a", encoding="utf-8") as file:
        file.write('[99.0, "o", "more"]\n')
    assert "more" in run(capsys, "cat", "v2.cast").out


def test_the_oldest_go_when_there_are_too_many(here, capsys, monkeypatch):
    run(capsys, "cat", "v1.cast")
    run(capsys, "cat", "v3.cast")
    folder = here / "cache/agentrec/converted"
    first, _ = sorted(folder.glob("*.ahr"), key=lambda path: path.stat().st_mtime_ns)
    os.utime(first, (1, 1))
    monkeypatch.setattr(readable, "MAX_CACHE_BYTES", 1)
    run(capsys, "cat", "v2.cast")
    assert len(list(folder.glob("*.ahr"))) == 1
    assert not first.exists()


def test_without_a_cache_it_is_read_all_the_same(here, capsys, monkeypatch):
    (here / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(here / "file"))
    assert "Hello" in run(capsys, "cat", "v2.cast").out


def test_a_typescript_without_its_timing_log(here, capsys):
    (here / "session.timing").unlink()
    told = run(capsys, "cat", "session.typescript")
    assert "everything is shown at once" in told.err
    assert "$ ls" in told.out
    assert "Script done" not in told.out


@pytest.mark.parametrize("name", ["session.timing", "session.typescript.timing", "timing"])
def test_where_a_timing_log_may_be(name, here):
    (here / "session.timing").rename(here / name)
    assert timing_of(str(here / "session.typescript")) == str(here / name)


def test_a_cache_that_takes_no_file_is_done_without(here, capsys, monkeypatch):
    """As on a full disk: the directory is there and can be written, a file in it cannot."""
    deep = str(here / "cache")
    while len(deep) < 3900:
        deep += "/" + "d" * min(200, 4060 - len(deep))
    deep += "/" + "d" * (4060 - len(deep))
    monkeypatch.setenv("XDG_CACHE_HOME", deep)  # the path of a file is longer than the system takes
    assert "Hello" in run(capsys, "cat", "v2.cast").out
    assert os.listdir(f"{deep}/agentrec/converted") == []


def test_packed_and_from_standard_input(here, capsys, monkeypatch):
    with gzip.open("x.cast.gz", "wb") as packed:
        packed.write(Path("v2.cast").read_bytes())
    assert "Hello" in run(capsys, "cat", "x.cast.gz").out
    with open("v2.cast", encoding="utf-8") as file:
        monkeypatch.setattr("sys.stdin", file)
        assert "Hello" in run(capsys, "cat", "-").out


@pytest.mark.parametrize(
    ("name", "pack"),
    [
        ("a.ahr.gz", gzip.compress),
        ("a.ahr.xz", lzma.compress),
        ("a.ahr.bz2", bz2.compress),
        ("a.ahr.br", brotli.compress),
        ("no suffix", lzma.compress),
    ],
)
def test_a_compressed_recording_names_the_command_that_decompresses_it(name, pack, here, capsys):
    data = (CASTS.parent / "recordings/v2.ahr").read_bytes()
    (here / name).write_bytes(pack(data))
    # These do not read other formats, but this is not one.
    for command in ("verify", "pin", "scrub", "repair"):
        told = run(capsys, command, name, code=3).err
        assert "is compressed with" in told, command
    if name.endswith(".gz"):
        assert run(capsys, "info", name).err == ""
    else:
        assert "is compressed with" in run(capsys, "info", name, code=3).err
    line = told.partition("decompress it: ")[2].strip()
    assert name in line
    if shutil.which(line.split()[0]):  # brotli may not be there
        subprocess.run(line, shell=True, check=True)
        (made,) = set(os.listdir(here)) & {"a.ahr", "NEW"}
        assert (here / made).read_bytes() == data


def test_what_is_nothing_is_named(here, capsys):
    (here / "x.bin").write_bytes(b"\xff" * 100)
    (here / "x.cast").write_bytes(b'{"version": 2, "width": "a"')
    assert "x.bin" in run(capsys, "cat", "x.bin", code=3).err
    assert "x.cast" in run(capsys, "info", "x.cast", code=3).err
    assert list((here / "cache/agentrec/converted").glob("*")) == []


@pytest.mark.parametrize(
    "command", [["title", "FILE", "x"], ["tag", "FILE", "x"], ["pin", "FILE"], ["rm", "FILE", "-y"]]
)
def test_what_changes_a_recording_needs_one(command, here, capsys):
    argv = ["v2.cast" if word == "FILE" else word for word in command]
    assert "is not an agentrec recording" in run(capsys, *argv, code=3).err
    assert Path("v2.cast").exists()


def test_nothing_is_added_to_what_it_is_read_from(here, capsys):
    from agentrec.errors import OutputError
    from agentrec.recording.append import append_moment

    run(capsys, "cat", "v2.cast")
    (made,) = (here / "cache/agentrec/converted").glob("*.ahr")
    with pytest.raises(OutputError, match=r"v2\.cast: it is not an agentrec recording"):
        append_moment(str(made), 0, "x", "player")


def test_a_cut_of_it_is_a_recording_beside_it(here, capsys):
    run(capsys, "cut", "v2.cast", "--until", "1")
    header, _ = read("v2.cast.cut.ahr")
    assert header["parent"]["file"] == str(here / "v2.cast")
    assert header["imported"] == {"format": "asciicast2"}
    run(capsys, "tag", "v2.cast.cut.ahr", "demo")
    with Recording.open("v2.cast.cut.ahr") as recording:
        assert recording.header["tags"] == ["demo"]
