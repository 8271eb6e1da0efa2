"""`agentrec cut`, as a user types it."""

import json

import pytest

from agentrec.cli.main import main
from tests.cuts.recordings import S, output, read, shown, write


@pytest.fixture
def source(tmp_path):
    lines = [shown(number, f"line {number}\r\n") for number in range(1, 101)]
    return write(tmp_path / "a.ahr", *lines, cols=40, rows=10, title="shop")


def test_a_stretch_beside_the_original(source, tmp_path, capsys):
    assert main(["cut", source, "--since", "0:10", "--until", "1:00"]) == 0
    assert capsys.readouterr().out == f"wrote {tmp_path}/a.cut.ahr: 0:50.000, 52 events\n"
    assert main(["info", str(tmp_path / "a.cut.ahr")]) == 0
    assert "parent     0:10 to 1:00 of one" in capsys.readouterr().out
    assert main(["cat", str(tmp_path / "a.cut.ahr")]) == 0
    assert capsys.readouterr().out.split()[-2:] == ["line", "60"]


def test_without_two_stretches(source, tmp_path):
    target = str(tmp_path / "new.ahr")
    drops = ["--drop", "0:20..0:30", "--drop", "50..1:30.5"]
    assert main(["cut", source, *drops, "-o", target]) == 0
    shown_text = output(target)
    assert b"line 15\r\n" in shown_text
    assert b"line 20" not in shown_text
    _, events = read(target)
    assert events[-1].t == round(49.5 * S)


def test_json(source, tmp_path, capsys):
    target = str(tmp_path / "new.ahr")
    assert main(["cut", source, "--since", "90", "-o", target, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["file"], told["duration"], told["notes"]) == (target, 10.0, [])
    assert told["parent"]["relation"] == "cut"


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ([], "nothing to cut"),
        (["--since", "5", "--until", "5"], "--until is not after --since"),
        (["--drop", "5"], "invalid stretch '5'"),
        (["--drop", "9..5"], "T2 must be after T1"),
        (["--drop", "x..5"], "invalid time 'x'"),
        (["--since", "2:00"], "after the end"),
        (["--drop", "0..9:00"], "nothing is left"),
        (["--since", "5", "-o", "/dev/null/x.ahr"], "cannot write /dev/null/x.ahr"),
    ],
)
def test_mistakes(options, error, source, tmp_path, capsys):
    assert main(["cut", source, *options]) in (2, 4, 5, 6)
    assert error in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["a.ahr"]
