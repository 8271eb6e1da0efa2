"""Costs by list price: kinds of tokens apart, long prompts, variants, and no guesses."""

import datetime as dt
import tomllib

import pytest

from agentrec.recording.events.llm import Usage
from agentrec.report import pricing
from agentrec.report.pricing import cost

M = 1_000_000


@pytest.mark.parametrize(
    ("usage", "dollars"),
    [
        (Usage(input=M), 5.0),
        (Usage(output=M), 25.0),
        (Usage(output=M, reasoning=M), 25.0),  # thinking is output already
        (Usage(cache_read=M), 0.5),
        (Usage(cache_write=M), 6.25),
        (Usage(cache_write=M, cache_write_1h=M), 10.0),
        (Usage(cache_write=2 * M, cache_write_1h=M), 16.25),
        (Usage(1, 2, 3, 4), (5 + 50 + 1.5 + 25) / M),
        (Usage(), 0.0),
    ],
)
def test_each_kind_of_token_has_its_price(usage, dollars):
    assert cost("claude-opus-4-8", usage) == pytest.approx(dollars, abs=1e-9)


@pytest.mark.parametrize(
    "name",
    [
        "claude-opus-4-8-20260301",
        "claude-opus-4-8[1m]",
        "claude-opus-4-8-20260301[1m]",
        "anthropic/claude-opus-4-8",
        "openrouter/anthropic/claude-opus-4-8",
        "us.anthropic.claude-opus-4-8-20260301-v1:0",
        "claude-opus-4-8@20260301",
    ],
)
def test_dates_and_places_belong_to_no_price(name):
    assert cost(name, Usage(input=M)) == 5.0


@pytest.mark.parametrize(
    "name", ["", "?", "claude-opus-9", "claude-opus-4-80", "gpt-5.5-turbo", "my/own-model"]
)
def test_what_is_not_in_the_list_has_no_price(name):
    assert cost(name, Usage(input=M)) is None


def test_a_kind_without_a_price_makes_the_call_one_without():
    assert cost("gpt-5-mini", Usage(input=M, cache_write=1)) is None
    assert cost("gpt-5-mini", Usage(input=M)) == 0.25


def test_long_prompts_cost_more_from_the_first_token_on():
    assert cost("gpt-5.5", Usage(input=272_000)) == pytest.approx(1.36)
    assert cost("gpt-5.5", Usage(input=2_000, cache_read=270_001)) == pytest.approx(
        (2_000 * 10 + 270_001 * 1) / M
    )


def test_a_variant_has_a_price_of_its_own_or_none():
    assert cost("claude-opus-4-8", Usage(input=M), variant="fast") == 10.0
    assert cost("gpt-5.5", Usage(input=M), variant="fast") is None


def test_the_list_is_dated_named_and_complete():
    with pricing.PRICES_FILE.open("rb") as file:
        data = tomllib.load(file)
    assert isinstance(data["as_of"], dt.date)
    assert all(url.startswith("https://") for url in data["sources"].values())
    known = {"input", "output", "cache_read", "cache_write", "cache_write_1h", "above", "long"}
    for name, price in data["models"].items():
        assert price.keys() <= known, name
        assert {"input", "output", "cache_read"} <= price.keys(), name
        assert ("above" in price) == ("long" in price), name
        assert price["output"] > price["input"] > price["cache_read"] > 0, name
