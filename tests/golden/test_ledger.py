"""What a run took and what was saved, as a table and as data."""

from agentrec.golden.ledger import Ledger, Spent


def cells(ledger):
    return [line.split() for line in ledger.lines()[:-1]]


def test_what_was_saved():
    ledger = Ledger(Spent(12_345, 0.5, 80.25), Spent(345, 0.1, 1.25))
    assert ledger.saved == Spent(12_000, 0.4, 79.0)
    assert cells(ledger) == [
        ["tokens", "cost", "seconds"],
        ["original", "12,345", "$0.5000", "80.2"],
        ["this", "run", "345", "$0.1000", "1.2"],
        ["saved", "12,000", "$0.4000", "79.0"],
    ]
    assert ledger.as_data()["saved"]["tokens"] == 12_000


def test_a_price_that_is_not_known_is_no_zero():
    ledger = Ledger(Spent(10, None, 1), Spent(0, 0.0, 1))
    assert ledger.saved.cost_usd is None
    assert [row[-2] for row in cells(ledger)[1:]] == ["?", "$0.0000", "?"]


def test_a_run_that_took_more():
    ledger = Ledger(Spent(1, 0.1, 1), Spent(3, 0.3, 4))
    assert cells(ledger)[3] == ["saved", "-2", "-$0.2000", "-3.0"]


def test_columns_stand_below_each_other():
    lines = Ledger(Spent(12_345_678, 120.5, 80.25), Spent(0, 0.0, 1.25)).lines()[:-1]
    assert len({len(line) for line in lines}) == 1
