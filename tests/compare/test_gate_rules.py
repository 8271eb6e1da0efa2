"""The language of gates."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentrec.compare.gate_rules import FIGURES, GateRule, Limit, parse_rule
from agentrec.errors import UsageError


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("tests", GateRule("tests", "tests")),
        (" exit ", GateRule("exit", "exit")),
        ("cost>+20%", GateRule("cost>+20%", "figure", "cost", Limit("percent", 20))),
        ("cost > $1.50", GateRule("cost > $1.50", "figure", "cost", Limit("value", 1.5))),
        ("turns>40", GateRule("turns>40", "figure", "turns", Limit("value", 40))),
        ("tokens>+1000", GateRule("tokens>+1000", "figure", "tokens", Limit("more", 1000))),
        ("duration>2x", GateRule("duration>2x", "figure", "duration", Limit("times", 2))),
        ("duration>5m", GateRule("duration>5m", "figure", "duration", Limit("value", 300))),
        ("duration>+90s", GateRule("duration>+90s", "figure", "duration", Limit("more", 90))),
        ("tool:Bash fails", GateRule("tool:Bash fails", "tool-fails", "Bash")),
        ("tool:Bash>10", GateRule("tool:Bash>10", "figure", "tool:Bash", Limit("value", 10))),
        (
            "files-outside:src/, ./tests",
            GateRule("files-outside:src/, ./tests", "files-outside", paths=("src/", "tests")),
        ),
    ],
)
def test_rules(text, rule):
    assert parse_rule(text) == rule


@pytest.mark.parametrize(
    "text",
    [
        *("", "test", "costs>1", "cost", "cost>", "cost>x", "cost>20%", "cost>+2x", "cost>-1"),
        *("cost>5m", "turns>=4", "turns<4", "files-outside", "files-outside:", "files-outside: ,"),
        *("tool: fails", "tool:>3", "tool:Bash", "tool:Bash failed", "exit>0", "turns>4 tests"),
        *("cost>1e400", "cost>\N{FULLWIDTH DIGIT NINE}", "cost>" + "9" * 400),
    ],
)
def test_what_is_not_understood(text):
    with pytest.raises(UsageError) as caught:
        parse_rule(text)
    assert repr(text) in str(caught.value) or repr(text.partition(">")[0]) in str(caught.value)


@given(st.sampled_from(FIGURES), st.integers(0, 10**9), st.sampled_from(["", "+", "%", "x"]))
def test_a_limit_means_what_it_says(name, number, how):
    text = {"": f"{number}", "+": f"+{number}", "%": f"+{number}%", "x": f"{number}x"}[how]
    rule = parse_rule(f"{name}>{text}")
    assert rule.is_relative == bool(how)
    most = {"": number, "+": 10 + number, "%": 10 + number / 10, "x": 10 * number}[how]
    assert rule.limit.against(10) == pytest.approx(most)


@given(st.text(max_size=30))
def test_any_text_is_a_rule_or_an_error(text):
    try:
        rule = parse_rule(text)
    except UsageError:
        return
    assert rule.text == text.strip()
