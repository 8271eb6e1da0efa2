"""Real agents hear of what the guard has found, once, and correct it."""

from __future__ import annotations

import json

import pytest

from fixtures.modelserver import ModelServer
from tests.agents_env import AGENTS, require
from tests.agents_env.recorded import PACKAGE, answers, events, named, record

pytestmark = pytest.mark.agents
TOTALS = """\
def order_total(lines, discount):
    total = 0
    for line in lines:
        if line.count > 0:
            total += line.count * line.price
    total -= total * discount // 100
    return max(total, 0)
"""
COPY = TOTALS.replace("order_total", "sum_up").replace("total", "amount").replace("line", "entry")
RIGHT = "from totals import order_total as sum_up  # noqa: F401\n"
TOLD = "sum_up has the same code as order_total in totals.py:1. Use the one in totals.py:1 instead"


def run(agent_name, tmp_path, first, *, options=("--guard",), turns=1, code=0):
    """Record an agent that makes a copy, then corrects it; what the model was sent, and the events."""
    agent = require(AGENTS[agent_name])
    folder = tmp_path / "scenarios"
    folder.mkdir()
    second = "{ shell = \"echo '" + RIGHT.strip() + "' > report.py\" }"
    replies = [
        f"[[reply]]\ntext = 'I write it.'\ncalls = [{first}]\n",
        *["[[reply]]\ntext = 'It is written.'\n"] * turns,
        f"[[reply]]\ntext = 'I take the one there is.'\ncalls = [{second}]\n",
        "[[reply]]\ntext = 'Corrected.'\n",
    ]
    (folder / "copy.toml").write_text("".join(replies))
    with ModelServer(delay=0.002, scenarios=folder) as server:
        env = agent.start(tmp_path / "home", tmp_path / "work", server.url)
        env |= {"PYTHONPATH": PACKAGE}
        (tmp_path / "work" / "totals.py").write_text(TOTALS)
        argv = agent.argv(agent.headless, "Sum it up. [[scenario:copy]]")
        path = tmp_path / "run.ahr"
        record(path, argv, env, tmp_path / "work", options=options, code=code)
        sent = [json.dumps(request) for request, _ in answers(server)]
    return sent, events(path), tmp_path / "work" / "report.py"


BY_WRITE = "{ write = 'report.py', content = '''" + COPY + "''' }"
SED = "sed 's/order_total/sum_up/; s/total/amount/g; s/line/entry/g' totals.py > report.py"
BY_SHELL = '{ shell = "' + SED + '" }'


@pytest.mark.parametrize("how", [BY_WRITE, BY_SHELL], ids=("edit", "turn"))
def test_claude_code_is_told_once_and_corrects_itself(how, tmp_path):
    sent, found, report = run("claude", tmp_path, how, turns=1 if how == BY_SHELL else 0)
    assert TOLD in sent[-1]
    assert sent[-1].count(TOLD) == 1
    assert report.read_text() == RIGHT
    (finding,) = named(found, "guard/finding")
    assert (finding.data["rule"], finding.data["path"]) == ("duplicate-function", "report.py")
    assert finding.data["reuse"] == {"path": "totals.py", "line": 1}
    marks = [event.data["label"] for event in named(found, "mark/moment")]
    assert len([label for label in marks if label.startswith("guard: told the agent: ")]) == 1


def test_codex_is_told_once_and_corrects_itself(tmp_path):
    sent, found, report = run("codex", tmp_path, BY_SHELL)
    assert sent[-1].count(TOLD) == 1
    assert report.read_text() == RIGHT
    assert len(named(found, "guard/finding")) == 1


def test_a_silent_guard_tells_the_agent_nothing(tmp_path):
    options = ("--guard-silent",)
    sent, found, report = run("claude", tmp_path, BY_SHELL, options=options)
    assert not [one for one in sent if "same code" in one]
    assert report.read_text() == COPY
    assert len(named(found, "guard/finding")) == 1


def test_a_real_agent_is_ended_at_a_finding(tmp_path):
    options = ("--stop-on", "duplicate-function")
    # It would go on for a minute.
    how = '{ shell = "' + SED + '; sleep 5" }, { shell = "sleep 60" }'
    _, found, report = run("claude", tmp_path, how, options=options, code=124)
    assert report.read_text() == COPY
    (limit,) = named(found, "guard/limit")
    assert limit.data["rule"] == "--stop-on"
    (decision,) = named(found, "guard/decision")
    assert decision.data["action"] == "ended"
