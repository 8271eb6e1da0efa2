"""An encrypted copy of a recording is that recording inside, whatever state it is in."""

from pathlib import Path

import pytest

from agentrec.errors import OutputError
from agentrec.recording.append import append_about
from agentrec.recording.encryption.sealed_copy import write_sealed
from agentrec.recording.reader import Recording, open_input
from agentrec.recording.verify import examine, examine_outside
from tests.recording.helpers import allowed_identity


@pytest.fixture
def key(tmp_path, monkeypatch):
    yield from allowed_identity(tmp_path, monkeypatch)


@pytest.fixture
def sealed(key, tmp_path):
    def seal(path):
        copy = str(tmp_path / "sealed.ahr")
        Path(copy).unlink(missing_ok=True)
        with Recording.outside(path) as recording:
            to = [str(key.to_public())]
            write_sealed(recording.file, recording.file_size, recording.first_header, to, copy)
        return copy

    return seal


def inside(path):
    with open_input(path) as file:
        return file.read()


def states(path):
    with Recording.open(path) as recording, Recording.outside(path) as outside:
        return examine(recording).state, examine_outside(outside).state


def test_it_is_the_same_inside_and_shows_nothing_outside(three_segments, sealed):
    copy = sealed(three_segments)
    assert inside(copy) == Path(three_segments).read_bytes()
    assert states(copy) == ("whole", "closed")
    with Recording.outside(copy) as outside, Recording.open(three_segments) as recording:
        assert outside.encrypted
        assert outside.header.keys() <= {"version", "file", "id", "created"}
        assert examine_outside(outside).segments == 3
        assert recording.header.keys() - outside.header.keys()


def test_also_if_something_was_added_after_its_end(three_segments, sealed):
    append_about(three_segments, "a better one", [])
    copy = sealed(three_segments)
    assert inside(copy) == Path(three_segments).read_bytes()
    assert states(copy) == ("whole", "closed")
    with Recording.open(copy) as recording:
        assert recording.header["title"] == "a better one"


@pytest.mark.parametrize("change", ["cut", "broken", "no header"])
def test_also_if_it_is_damaged(three_segments, sealed, change):
    data = bytearray(Path(three_segments).read_bytes())
    if change == "cut":
        del data[len(data) // 2 :]
    else:
        data[len(data) // 2 if change == "broken" else 20] ^= 0xFF
    Path(three_segments).write_bytes(data)
    copy = sealed(three_segments)
    assert inside(copy) == data
    with Recording.open(copy) as recording, Recording.open(three_segments) as plain:
        assert list(recording.events()) == list(plain.events())


def test_nothing_can_be_added_to_it(three_segments, sealed):
    copy = sealed(three_segments)
    with pytest.raises(OutputError, match="does not say who may read it") as error:
        append_about(copy, "x", [])
    assert "agentrec convert --identity FILE" in error.value.hint
