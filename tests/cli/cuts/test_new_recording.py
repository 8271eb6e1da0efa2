"""What is said of a new recording."""

from agentrec.cli.main import main
from agentrec.recording.writer import Writer
from tests.cuts.recordings import shown, write


def test_a_name_cannot_act_on_the_terminal(tmp_path, capsys):
    source = write(tmp_path / "a.ahr", shown(1, "a"), shown(9, "b"))
    assert main(["cut", source, "--since", "5", "-o", str(tmp_path / "x\x1b]0;t\x07.ahr")]) == 0
    assert "\x1b" not in capsys.readouterr().out


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
