"""Many runs of an agent in one recorded shell: each is reported, none twice. `scripts/sessions` runs more."""

import pytest

from tests.agents_env import AGENTS, require
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
