"""What is made of a signed recording names it."""

import json
import os

import pytest

from agentrec.cuts.cut_file import cut, join
from agentrec.export.outline import outline
from agentrec.recording.reader import Recording
from agentrec.rerun.bundles.bundle import Bundle
from agentrec.rerun.bundles.bundle_reader import parse_bundle
from agentrec.rerun.bundles.collect import collect
from agentrec.signatures.origin import signed_origin
from agentrec.signatures.signed import statements
from agentrec.signatures.statement import text_hash
from agentrec.terminal.seek.timeline import Timeline
from tests.signatures.helpers import MINUTE, begin, checked, record


@pytest.fixture
def signed(tmp_path, key):
    return record(tmp_path / "a.ahr", key)


def origin(path):
    with Recording.open(str(path)) as recording:
        return signed_origin(recording)


def test_the_newest_statement_is_named(tmp_path, signed, key):
    with Recording.open(signed) as recording:
        last = statements(recording).digests[-1].signed.text
    assert origin(signed) == {"by": checked(signed).key, "statement": text_hash(last)}
    torn = tmp_path / "torn.ahr"
    writer = begin(torn, key, minutes=2)
    writer.output(3 * MINUTE, b"not signed")
    with Recording.open(str(torn)) as recording:
        last = statements(recording).digests[-1].signed.text
    assert origin(torn)["statement"] == text_hash(last)


def test_a_cut_is_not_signed_and_names_what_is(tmp_path, signed, key):
    other = record(tmp_path / "b.ahr", key)
    new = cut(signed, str(tmp_path / "cut.ahr"), os.environ, MINUTE, 2 * MINUTE)
    assert any("is signed; what is made of it is not" in note for note in new.notes)
    assert checked(new.path).integrity == "unsigned"
    with Recording.open(new.path) as recording:
        assert not any(event.track == "sys" for event in recording.events())
        named = recording.header["parent"]["signed"]
    assert named == [{"id": "20260102-030405-sh-k3f9", **origin(signed)}]
    new = join([signed, other], str(tmp_path / "joined.ahr"), os.environ)
    with Recording.open(new.path) as recording:
        named = recording.header["parent"]["signed"]
    assert [one["statement"] for one in named] == [
        origin(signed)["statement"],
        origin(other)["statement"],
    ]


def test_a_page_names_it(signed):
    with Recording.open(signed) as recording, Timeline(recording) as timeline:
        assert outline(recording, timeline)["signed"] == origin(signed)


def test_a_bundle_names_it(signed):
    bundle: Bundle = collect([signed], os.environ, files=False).bundle
    data = json.loads(json.dumps(bundle.as_data()))
    assert data["workers"][0]["signed"] == origin(signed)
    assert parse_bundle(json.dumps(data).encode(), "it").workers[0].signed == origin(signed)
