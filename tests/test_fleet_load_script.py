"""``scripts/fleet_load``: that its remotes have what it asks about."""

import pytest

from scripts import fleet_load
from scripts.fleet_load import Templates, run

pytest.importorskip("chdb")


def test_it_measures_before_and_after(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(fleet_load, "TEMPLATES", 2)
    monkeypatch.setattr(fleet_load, "DAYS", 3)
    monkeypatch.setattr(fleet_load, "MAX_SMALL_FILES", 4)
    templates = Templates(tmp_path / "templates", varied=True)
    run(f"file://{tmp_path}/remote", templates, [4, 12], 1)
    rows = [line.split(" | ") for line in capsys.readouterr().out.splitlines() if "|" in line]
    counts = [tuple(row[:2]) for row in rows[2:]]
    assert counts == [("| 4", "4"), ("| 4", "3"), ("| 12", "3")]
    assert all(len(row) == len(rows[0]) for row in rows[2:])
