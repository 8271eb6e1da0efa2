"""Files that earlier versions wrote, and damaged ones, read as their JSON twins say."""

import json
from base64 import b64encode
from pathlib import Path

import pytest

from agentrec.recording.reader import Recording
from agentrec.recording.rewrite import repair
from agentrec.recording.verify import verify

FILES = sorted((Path(__file__).parents[2] / "fixtures" / "recordings").glob("*.ahr"))


def facts(path):
    with Recording.open(str(path)) as recording:
        events = [
            [e.seq, e.t, e.track, e.kind, plain(e.data), e.span, e.parent, e.actor]
            for e in recording.events()
        ]
        return {
            "header": recording.header,
            "ended": recording.ended,
            "state": verify(str(path)).state,
            "damage": [[item.offset, item.length] for item in recording.damage],
            "events": events,
        }


def plain(data):
    return b64encode(data).decode() if isinstance(data, bytes) else data


def test_there_are_fixtures():
    assert len(FILES) >= 11


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_file_reads_as_its_twin_says(path):
    assert facts(path) == json.loads(path.with_name(f"{path.name}.json").read_text())


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_file_can_be_repaired(path, tmp_path):
    target = tmp_path / "repaired.ahr"
    repair(str(path), str(target))
    before, after = facts(path), facts(target)
    assert after["events"] == before["events"]
    assert (after["state"], after["ended"], after["damage"]) == ("whole", True, [])
