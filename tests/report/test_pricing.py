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
        "global.anthropic.claude-opus-4-8-20260301-v1:0",
        "anthropic.claude-opus-4-8-v1",
        "claude-opus-4-8@20260301",
        "vertex_ai/claude-opus-4-8@20260301",
        "projects/p/locations/global/publishers/anthropic/models/claude-opus-4-8",
        "anthropic/claude-opus-4.8",
        "anthropic/claude-opus-4.8:thinking",
        "anthropic/claude-4.8-opus-20260205",
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


ARN = "arn:aws:bedrock:us-east-1:123456789012:inference-profile/"


@pytest.mark.parametrize(
    ("name", "dollars"),
    [
        ("claude-opus-5-5", 4.0),
        ("us.anthropic.claude-opus-4-6-v1", 5.5),
        ("eu.anthropic.claude-opus-4-7", 5.5),
        ("jp.anthropic.claude-sonnet-4-5-20250929-v1:0", 3.3),
        ("au.anthropic.claude-sonnet-4-6", 3.3),
        ("us-gov.anthropic.claude-sonnet-4-5-20250929-v1:0", 3.3),
        ("bedrock/us.anthropic.claude-sonnet-4-5-20250929-v1:0", 3.3),
        (ARN + "us.anthropic.claude-sonnet-4-5-20250929-v1:0", 3.3),
        ("us.anthropic.claude-sonnet-4-20250514-v1:0", 3.0),  # before regional prices
        ("projects/p/locations/us-east5/publishers/anthropic/models/claude-sonnet-4-5", 3.3),
        ("anthropic/claude-sonnet-4.5", 3.0),
        ("anthropic/claude-4.6-opus-20260205", 5.0),
        ("claude-opus-4-20250514", 15.0),
        ("claude-3-7-sonnet-20250219", 3.0),
        ("opus", 4.0),
        ("sonnet[1m]", 2.0),
        ("google/gemini-3.8-flash", 0.75),
    ],
)
def test_names_that_agents_and_providers_use(name, dollars):
    assert cost(name, Usage(output=0, input=M)) == pytest.approx(dollars)


def test_a_small_model_costs_more_for_long_prompts():
    assert cost("haiku", Usage(input=100_000)) == pytest.approx(0.01)
    assert cost("haiku", Usage(input=100_001)) == pytest.approx(100_001 * 0.5 / M)


def test_web_searches_are_charged_apart_and_without_a_surcharge():
    assert cost("claude-opus-5-5", Usage(web_searches=100)) == 1.0
    assert cost("us.anthropic.claude-opus-4-7", Usage(input=M, web_searches=100)) == 6.5
    assert cost("gpt-5", Usage(web_searches=100)) == 0.0


@pytest.fixture
def own_prices(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    pricing._prices.cache_clear()
    file = tmp_path / "agentrec" / "prices.toml"
    file.parent.mkdir()
    yield file
    pricing._prices.cache_clear()


def test_the_users_own_prices_come_first(own_prices):
    own_prices.write_text("[models]\nclaude-opus-5-5 = { input = 1.5 }\nours = { input = 9 }\n")
    assert cost("claude-opus-5-5", Usage(input=M)) == 1.5
    assert cost("ours", Usage(input=M)) == 9.0
    assert cost("claude-opus-4-7", Usage(input=M)) == 5.0


def test_a_broken_price_file_of_the_user_is_left_out(own_prices):
    own_prices.write_text("[models]\nclaude-opus-5-5 = { input = 'dear' }\n")
    assert cost("claude-opus-5-5", Usage(input=M)) == 4.0


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
