"""`agentrec title`."""

import json

from agentrec.cli.main import main
from agentrec.recording.reader import Recording
from agentrec.recording.verify import verify
from agentrec.recording.writer import Writer
from tests.cuts.recordings import S, read, shown, write


def test_a_title_is_changed_where_all_read_it(tmp_path, capsys):
    path = write(tmp_path / "a.ahr", shown(1, "x"), shown(9, "y"), title="old")
    before = (tmp_path / "a.ahr").read_bytes()
    assert main(["title", path, "  the \n new one "]) == 0
    assert (tmp_path / "a.ahr").read_bytes().startswith(before)
    capsys.readouterr()
    assert main(["title", path]) == 0
    assert capsys.readouterr().out == "the new one\n"
    assert main(["info", path]) == 0
    assert "title      the new one" in capsys.readouterr().out
    assert main(["ls", "--json", "--folder", str(tmp_path)]) == 0
    assert json.loads(capsys.readouterr().out)[0]["title"] == "the new one"
    assert verify(path).state == "whole"
    with Recording.open(path) as recording:
        assert recording.duration == 9 * S


def test_the_last_one_counts_and_tags_stay(tmp_path, capsys):
    path = write(tmp_path / "a.ahr", shown(1, "x"))
    assert main(["tag", path, "one"]) == 0
    for title in ("first", "second", "second"):
        assert main(["title", path, title]) == 0
    header, events = read(path, "mark/about")
    assert (header["title"], header["tags"]) == ("second", ["one"])
    assert len(events) == 3
    assert main(["title", path, ""]) == 0
    assert read(path)[0]["title"] == ""


def test_secrets_are_masked(tmp_path, capsys):
    path = write(tmp_path / "a.ahr", shown(1, "x"))
    assert main(["title", path, "with ghp_" + "a1B2" * 9]) == 0
    assert "a1B2" not in read(path)[0]["title"]


def test_a_copy_in_another_shape_has_it(tmp_path, capsys):
    path = write(tmp_path / "a.ahr", shown(1, "x"), shown(9, "y"), title="old")
    main(["title", path, "new"])
    for command in (
        ["cut", path, "--until", "5", "-o", str(tmp_path / "cut.ahr")],
        ["convert", path, str(tmp_path / "twin.jsonl")],
        ["convert", str(tmp_path / "twin.jsonl"), str(tmp_path / "back.ahr")],
    ):
        assert main(command) == 0
    assert read(tmp_path / "cut.ahr")[0]["title"] == "new"
    assert read(tmp_path / "back.ahr")[0]["title"] == "new"


def test_one_in_progress(tmp_path, capsys):
    writer = Writer(str(tmp_path / "a.ahr"), {"id": "a", "cols": 20, "rows": 5})
    writer.start()
    try:
        assert main(["title", str(tmp_path / "a.ahr"), "x"]) != 0
    finally:
        writer.close()
    assert "still being recorded" in capsys.readouterr().err
