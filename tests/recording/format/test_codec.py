"""Events as records."""

import pytest

from agentrec.errors import FormatError
from agentrec.recording.events import Event
from agentrec.recording.format import batch
from agentrec.recording.format.codec import to_record
from tests.recording.crafted import chunk, honest, segment, whole
from tests.recording.helpers import read


@pytest.mark.parametrize("kind", ["output", "input", "resize"])
def test_terminal_events_do_not_come_as_json(tmp_path, kind):
    forged = f'{{"track":"term","kind":"{kind}","data":{{}}}}'.encode()
    path = tmp_path / "a.ahr"
    path.write_bytes(whole(segment() + chunk([(0, batch.JSON, forged)]), honest))
    _, events, _ = read(path)
    assert [(event.track, event.data) for event in events] == [("?", forged)]
    with pytest.raises(FormatError):
        to_record(Event(0, 0, "term", kind, {}))
