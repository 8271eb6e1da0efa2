"""The list of formats, and files of every format as their twins say."""

import json

import pytest

from agentrec.export import FORMATS, by_extension
from agentrec.export.conversion import Source
from agentrec.export.jsonl import read as read_twin
from fixtures import make_casts


def test_endings() -> None:
    found = {
        path: by_extension(path) for path in ("a.ahr", "B.CAST", "x.jsonl", "x", "x.gif", "x.bmp")
    }
    assert {path: format_ and format_.name for path, format_ in found.items()} == {
        "a.ahr": "ahr",
        "B.CAST": "asciicast2",
        "x.jsonl": "jsonl",
        "x": None,
        "x.gif": "gif",
        "x.bmp": None,
    }


def test_every_format_does_something() -> None:
    assert all(format_.reader or format_.writer for format_ in FORMATS.values())


FILES = [name for name in make_casts.files() if not name.endswith(".timing")]


NOTES = json.loads((make_casts.HERE / "notes.json").read_text())


RECORDINGS = sorted((make_casts.HERE.parent / "recordings").glob("*.ahr"))


@pytest.mark.parametrize("name", make_casts.files())
def test_a_file_is_what_the_generator_makes(name: str) -> None:
    assert (make_casts.HERE / name).read_bytes() == make_casts.files()[name]


@pytest.mark.parametrize("name", FILES)
def test_a_file_reads_as_its_twin_says(name: str) -> None:
    found, notes = make_casts.twin(make_casts.HERE / name)
    assert found.decode() == (make_casts.HERE / f"{name}.jsonl").read_text()
    assert notes == NOTES[name]


@pytest.mark.parametrize("path", RECORDINGS, ids=lambda path: path.name)
def test_native_recordings_in_every_state_have_an_exact_text_twin(path, tmp_path) -> None:
    from agentrec.recording.reader import Recording

    twin, _ = make_casts.twin(path)
    (tmp_path / "twin").write_bytes(twin)
    with (tmp_path / "twin").open("rb") as stream, Recording.open(str(path)) as recording:
        assert list(read_twin(Source("twin", stream)).events) == list(recording.events())
