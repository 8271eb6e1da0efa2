"""What depends on a recording."""

import json

import pytest

from agentrec.cli.main import main
from agentrec.recording.writer import Writer
from tests.cuts.recordings import shown, write
from tests.library.helpers import ended, make


def plan(capsys, *files):
    capsys.readouterr()
    assert main(["rm", "--dry-run", "--json", *files]) == 0
    return json.loads(capsys.readouterr().out)


@pytest.fixture
def kept(tmp_path, monkeypatch):
    """A recording in the data directory, and its folder."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    folder = tmp_path / "data/agentrec/recordings"
    folder.mkdir(parents=True)
    note = (1, "mark", "note", {"text": "why", "source": "cli"})
    return write(folder / "one.ahr", shown(1, "x"), note, shown(9, "y")), folder


def test_branches_cuts_and_copies(kept, tmp_path, capsys):
    path, folder = kept
    parent = {"id": "one", "relation": "branch", "snapshot": "s1"}
    write(folder / "child.ahr", shown(1, "x"), id="child", parent=parent)
    write(
        folder / "inner.ahr", shown(1, "x"), id="inner", parent={"id": "one", "relation": "nested"}
    )
    assert main(["cut", path, "--since", "5", "-o", str(tmp_path / "part.ahr")]) == 0
    (told,) = plan(capsys, path)
    assert (told["branches"], told["cuts"], told["notes"]) == (
        ["child"],
        [str(tmp_path / "part.ahr")],
        1,
    )
    assert told["keeps_snapshots"] is True
    both = plan(capsys, path, str(tmp_path / "part.ahr"))
    assert both[0]["cuts"] == []
    assert both[0]["keeps_snapshots"] is False


def test_each_file_once(kept, capsys):
    path, _ = kept
    assert [told["file"] for told in plan(capsys, path, path)] == [path]


def test_one_in_progress_stays(tmp_path, capsys):
    writer = Writer(str(tmp_path / "a.ahr"), {"id": "a", "cols": 20, "rows": 5})
    writer.start()
    try:
        assert main(["rm", "--yes", str(tmp_path / "a.ahr")]) == 2
    finally:
        writer.close()
    assert "still being recorded" in capsys.readouterr().err
    assert (tmp_path / "a.ahr").exists()


def test_what_is_no_recording_stays(tmp_path, capsys):
    (tmp_path / "a.txt").write_text("mine")
    assert main(["rm", "--yes", "--force", str(tmp_path / "a.txt")]) != 0
    assert (tmp_path / "a.txt").read_text() == "mine"


def test_an_import_comes_back_and_that_is_said(tmp_path, capsys):
    source = tmp_path / "session.jsonl"
    source.write_text("{}")
    made = {"format": "claude-code", "path": str(source)}
    path = make(str(tmp_path / "i.ahr"), ended(1), id="imported-1", imported=made)
    assert main(["rm", "--dry-run", path]) == 0
    assert f"`agentrec import` makes it again, from {source}" in capsys.readouterr().out
    source.unlink()
    assert main(["rm", "--dry-run", path]) == 0
    assert "import" not in capsys.readouterr().out.partition("\n")[2]
