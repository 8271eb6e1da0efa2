"""`agentrec speed`."""

import pytest

from agentrec.cli.main import main
from tests.cuts.recordings import S, read, shown, write


@pytest.mark.parametrize(("factor", "seconds"), [("4", 15), ("2x", 30), ("0.5", 120), ("1/3", 180)])
def test_factors(factor, seconds, tmp_path, capsys):
    source = write(tmp_path / "a.ahr", shown(1, "a"), shown(60, "b"))
    assert main(["speed", source, factor]) == 0
    assert read(tmp_path / "a.speed.ahr")[1][-1].t == seconds * S
    assert main(["info", str(tmp_path / "a.speed.ahr")]) == 0
    assert "times as fast" in capsys.readouterr().out


@pytest.mark.parametrize("factor", ["0", "x", "1/0", "nan", "1e999", "-1", ""])
def test_no_factors(factor, tmp_path, capsys):
    source = write(tmp_path / "a.ahr", shown(1, "a"))
    assert main(["speed", source, "--", factor]) == 2
    assert "invalid factor" in capsys.readouterr().err
