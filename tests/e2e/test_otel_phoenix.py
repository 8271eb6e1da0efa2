"""Real agents in a real Phoenix: it shows the numbers of the summary.

Only where `scripts/phoenix` has installed it: 830 MB, which on a busy machine take longer than two minutes.
"""

import pytest

from scripts.phoenix import RUNS, recorded, take_all
from scripts.phoenix_comparison import export, rows
from scripts.phoenix_server import PhoenixServer, installed
from tests.agents_env import AGENTS, require

pytestmark = [pytest.mark.agents, pytest.mark.slow, pytest.mark.timeout(600)]


@pytest.fixture
def phoenix():
    program = installed()
    if not program:
        pytest.skip("needs Phoenix: scripts/phoenix installs it")
    with PhoenixServer(program) as server:
        yield server


def test_phoenix_shows_what_the_summary_says_and_nothing_twice(phoenix, tmp_path):
    sent = {}
    for name, scenario in RUNS:
        require(AGENTS[name])
        path, env = recorded(name, scenario, tmp_path)
        trace, spans = export(path, phoenix, env)
        sent[trace] = spans
        export(path, phoenix, env)  # changes nothing
        found = rows(path, trace, spans, phoenix)
        # Phoenix has a list of prices of its own.
        wrong = [row for row in found if not row.is_equal and "Phoenix's prices" not in row.what]
        assert not wrong, (name, scenario)
        assert sum(row.summary for row in found if row.what == "model calls") >= 2
    take_all(phoenix, tmp_path / "last.ahr", env)
    assert {trace: phoenix.spans(trace) for trace in sent} == sent
