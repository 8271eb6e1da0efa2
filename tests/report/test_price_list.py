"""Price files: what is wrong in one is said."""

import pytest

from agentrec.errors import UsageError
from agentrec.report import pricing
from agentrec.report.price_list import read_prices


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("models = 1", "models must be a table"),
        ("[models]\nm = 1", "m: a price must be a table"),
        ("[models]\nm = { in = 1 }", "m: unknown key 'in'"),
        ("[models]\nm = { input = -1 }", "m.input: invalid price -1"),
        ("[models]\nm = { input = true }", "m.input: invalid price True"),
        ("[models]\nm = { input = 1, above = 5 }", "'above' and 'long' need each other"),
        ("[models]\nm = { above = 5, long = { input = 'x' } }", "m.long.input: invalid price"),
        ("[web_search]\nm = 'x'", "web_search.m: invalid price"),
        ("[models", "is not valid TOML"),
        ("x = " + "[" * 9000, "is not valid TOML"),
    ],
)
def test_what_is_wrong_in_a_price_file(tmp_path, text, words):
    path = tmp_path / "prices.toml"
    path.write_text(text)
    with pytest.raises(UsageError, match=words):
        read_prices(str(path))


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(UsageError, match="No such file"):
        read_prices(str(tmp_path / "none.toml"))


def test_our_own_file_is_right_and_its_aliases_lead_somewhere():
    prices = read_prices(str(pricing.PRICES_FILE))
    assert all(name in prices.models for name in prices.aliases.values())
    assert all(name in prices.models for name in prices.without_region)
