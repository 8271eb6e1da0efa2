"""Many runs of an agent in one recorded shell: each is reported, none twice. `scripts/sessions` runs more."""

import pytest

from tests.agents_env import AGENTS, OTHERS, require
from tests.agents_env.many import names, run_many

pytestmark = pytest.mark.agents
LOOP, AT_ONCE = 4, 2


@pytest.mark.parametrize("name", AGENTS)
def test_runs_in_a_loop_and_at_once_are_each_reported_once(name, tmp_path):
    tally = run_many(require(AGENTS[name]), tmp_path, LOOP, AT_ONCE)
    assert tally.prompts == names(LOOP, AT_ONCE)
    assert tally.calls == tally.sent
    assert tally.sessions == LOOP + AT_ONCE
    assert tally.tokens[0] == tally.tokens[1]


def test_gemini_whose_runs_cannot_be_told_apart_is_reported_once_too(tmp_path):
    tally = run_many(require(OTHERS["gemini"]), tmp_path, 2, 3, 240)
    assert tally.prompts == names(2, 3)
    assert set(tally.calls.values()) == {1}
    assert tally.sessions == 5
