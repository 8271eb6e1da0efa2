"""`agentrec trim`."""

from agentrec.cli.main import main
from tests.cuts.recordings import S, read, shown, write


def test_pauses(tmp_path, capsys):
    source = write(tmp_path / "a.ahr", shown(1, "a"), shown(61, "b"), shown(61.5, "c"))
    assert main(["trim", source, "--idle", "3"]) == 0
    assert capsys.readouterr().out == f"wrote {tmp_path}/a.trim.ahr: 0:04.500, 3 events\n"
    assert [event.t for event in read(tmp_path / "a.trim.ahr")[1]] == [1 * S, 4 * S, 4_500_000_000]
    assert main(["info", str(tmp_path / "a.trim.ahr")]) == 0
    assert "parent     one, without long pauses" in capsys.readouterr().out
