"""The files at each step of a real agent, whoever changed them; and going back to them."""

import os

import pytest

from agentrec.recording.reader import Recording
from agentrec.snapshots.lookup import recorded_snapshots
from agentrec.snapshots.restore.restore import Restorer
from agentrec.snapshots.scan.snapshot_rules import load_rules
from fixtures.modelserver import ModelServer
from tests.agents_env import AGENTS, require
from tests.agents_env.recorded import record
from tests.snapshots.helpers import picture

pytestmark = pytest.mark.agents


@pytest.mark.parametrize("name", AGENTS)
def test_each_step_is_there_again(name, tmp_path):
    agent = require(AGENTS[name])
    with ModelServer(delay=0.002, thinks=0.5) as server:  # a model takes its time
        env = agent.start(tmp_path / "home", tmp_path / "work", server.url)
        argv = agent.argv(agent.headless, "Go on. [[scenario:fix-tests]]")
        record(tmp_path / "run.ahr", argv, env, tmp_path / "work")
    with Recording.open(str(tmp_path / "run.ahr")) as recording:
        kept = recorded_snapshots(recording)
        results = [event for event in recording.events() if event.name == ("tool", "result")]
    assert len(results) >= 3
    # One for each step that changed something: two files are written, one of them is mended.
    records = [one.record for one in kept]
    steps = [(record.files, record.changed) for record in records if record.changed]
    assert steps == [(1, 1), (2, 1), (2, 1)]
    assert [record.reason for record in records[1:]].count("tool") >= 2
    store, _ = kept[0].open(env)
    texts = [store.read(store.snapshot(one.commit), "area.py") for one in kept[-3:]]
    assert [b"width + height" in text for text in texts] == [True, True, False]
    last = picture(tmp_path / "work")
    store, first = kept[0].open(env)
    restorer = Restorer(store, load_rules(env, store.workspace))
    done = restorer.restore(first)
    assert done.troubles == []
    assert done.plan.foreign == []
    assert picture(tmp_path / "work") != last
    restorer.undo()
    assert picture(tmp_path / "work") == last
    assert os.path.isdir(store.folder)
