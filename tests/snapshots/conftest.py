"""What tests of snapshots start from."""

import pytest

from agentrec.companions.snapshots import event_data
from tests.snapshots.helpers import fill, taker, workspace


@pytest.fixture
def taken(tmp_path):
    """The data of a snapshot's event, and its taker."""
    folder = workspace(tmp_path)
    fill(folder, {"a": "one\n"})
    the_taker = taker(folder, tmp_path)
    snapshot, _ = the_taker.take("step")
    data = event_data(snapshot._asdict()) | {"store": the_taker.store.name, "took_ms": 1.5}
    yield data, the_taker
    the_taker.store.close()
