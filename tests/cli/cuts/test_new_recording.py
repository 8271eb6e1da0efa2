"""What is said of a new recording."""

import json
import os

import pytest

from agentrec.cli.main import main
from agentrec.recording.writer import Writer
from tests.cuts.recordings import shown, write


def test_a_name_cannot_act_on_the_terminal(tmp_path, capsys):
    source = write(tmp_path / "a.ahr", shown(1, "a"), shown(9, "b"))
    assert main(["cut", source, "--since", "5", "-o", str(tmp_path / "x\x1b]0;t\x07.ahr")]) == 0
    assert "\x1b" not in capsys.readouterr().out


@pytest.mark.parametrize(
    "command",
    [
        "cut a.ahr --since 5 -o -",
        "trim a.ahr -o -",
        "join a.ahr a.ahr -o -",
        "scrub a.ahr -o -",
        "repair a.ahr -o -",
        "resume a.ahr -o -",
        "ghost a.ahr -o -",
        "golden run a --ledger -",
        "compare a.ahr a.ahr --junit -",
        "branch a.ahr -o -",
    ],
)
def test_no_file_is_called_like_standard_output(tmp_path, monkeypatch, capsys, command):
    write(tmp_path / "a.ahr", shown(1, "a"), shown(9, "b"))
    monkeypatch.chdir(tmp_path)
    assert main(command.split()) == 2
    assert "cannot write it to standard output: pass a file" in capsys.readouterr().err
    assert os.listdir(tmp_path) == ["a.ahr"]


def test_a_bundle_goes_there(tmp_path, monkeypatch, capsys):
    write(tmp_path / "a.ahr", shown(1, "a"))
    monkeypatch.chdir(tmp_path)
    assert main(["bundle", "a.ahr", "-o", "-"]) == 0
    assert json.loads(capsys.readouterr().out)["schema"] == "agentrec.bundle/v1"
    assert os.listdir(tmp_path) == ["a.ahr"]


def test_one_in_progress_is_cut_as_far_as_it_is_there(tmp_path, capsys):
    writer = Writer(str(tmp_path / "a.ahr"), {"id": "a", "cols": 20, "rows": 5})
    writer.start()
    try:
        writer.output(1, b"one")
        writer.output(9_000_000_000, b"two")
        writer.flush()
        assert main(["trim", str(tmp_path / "a.ahr"), "-o", str(tmp_path / "b.ahr")]) == 0
    finally:
        writer.close()
    told = capsys.readouterr()
    assert "still being recorded" in told.err
    assert "0:02.000" in told.out
