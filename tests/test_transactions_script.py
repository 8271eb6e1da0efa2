"""scripts/transactions: transactions that are killed leave the repository right."""

import random

import pytest

from scripts import transactions


@pytest.mark.parametrize("seed", [1, 2])
def test_a_round_has_no_fault(seed, tmp_path, monkeypatch):
    for name, value in transactions._GIT.items():
        monkeypatch.setenv(name, value)
    place = tmp_path / "round"
    place.mkdir()
    done = transactions.run_round(place, random.Random(seed), 3.0)
    assert done.faults == []
    assert done.ends["committed"] >= transactions.AT_ONCE - transactions.KILLED


def test_faults_are_seen(tmp_path):
    folder = tmp_path / "shop"
    transactions.make_repository(folder)
    (folder / ".env").write_text("overwritten")
    (folder / "part0/file0.txt").write_text("half")
    faults = transactions._checked(folder, {"XDG_DATA_HOME": str(tmp_path)}, [0] * 8, set())
    assert any(".env was changed" in fault for fault in faults)
    assert any("files are not as they were" in fault for fault in faults)
    assert any("0 is none merged, but ended with 0" in fault for fault in faults)
