"""`agentrec join`."""

from agentrec.cli.main import main
from tests.cuts.recordings import S, read, shown, write


def test_three(tmp_path, capsys):
    parts = [write(tmp_path / f"{name}.ahr", shown(2, name), id=name) for name in "abc"]
    assert main(["join", *parts, "-o", str(tmp_path / "all.ahr")]) == 0
    assert "0:06.000" in capsys.readouterr().out
    _, marks = read(tmp_path / "all.ahr", "mark/moment")
    assert [mark.t for mark in marks] == [2 * S, 4 * S]
    assert main(["info", str(tmp_path / "all.ahr")]) == 0
    assert "parent     joined: a, b, c" in capsys.readouterr().out


def test_one_is_too_few(tmp_path, capsys):
    assert main(["join", write(tmp_path / "a.ahr", shown(1, "x"))]) == 2
    assert "FILE" in capsys.readouterr().err
