"""In a very large library, a folder that is as it was is not read again."""

import os
import time

import pytest

from agentrec.library.index import folders
from agentrec.library.index.update import UpdateResult, update
from agentrec.recording.append import append_about
from agentrec.recording.writer import Writer
from tests.library.helpers import shown

pytestmark = pytest.mark.usefixtures("many")
NOTHING = UpdateResult(0, 0, 0, [])


@pytest.fixture
def listed(monkeypatch):
    """The folders that are read."""
    seen = []
    list_folder = folders.list_folder
    monkeypatch.setattr(folders, "list_folder", lambda path: seen.append(path) or list_folder(path))
    return seen


def filled(library):
    for name in ("a", "01/b", "01/c", "02/d", "02/deep/e"):
        library.make(name, shown(1, f"word{name[-1]}"))
    assert library.update().read == 5


def test_only_what_changed_is_read(library, listed):
    filled(library)
    listed.clear()
    assert update(library.index, [library.root]) == NOTHING
    assert listed == []
    library.make("02/deep/f", shown(1, "wordf"))
    assert update(library.index, [library.root]) == UpdateResult(1, 0, 0, [])
    assert listed == [os.path.dirname(library.path("02/deep/f"))]
    assert library.names("wordf") == ["f"]


def test_a_folder_that_just_changed_is_read_again(library, listed):
    filled(library)
    os.utime(library.root)
    listed.clear()
    folders.look(library.index, [library.root])
    folders.remember(library.index, folders.look(library.index, [library.root]))
    folders.look(library.index, [library.root])
    assert listed == [library.root] * 3


def test_after_an_hour_every_folder_is_read(library, listed, monkeypatch):
    filled(library)
    path = library.path("01/b")
    size = os.path.getsize(path)
    with open(path, "r+b") as file:  # changed in place by something else, and as large as before
        file.truncate(0)
        file.truncate(size)
    listed.clear()
    assert update(library.index, [library.root]) == NOTHING
    assert listed == []
    later = time.time() + folders.TRUSTED_SECONDS + 60
    monkeypatch.setattr(time, "time", lambda: later)
    ((changed, _),) = update(library.index, [library.root]).faults
    assert changed == path
    assert len(listed) == 4


def test_what_adds_to_a_recording_in_place_is_noticed(library):
    filled(library)
    append_about(library.path("01/c"), "a new title", ["mine"])
    assert library.update().read == 1
    assert library.names("", tags=("mine",), kinds=()) == library.names("wordc") == ["c"]


def test_what_overwrites_a_recording_in_place_is_noticed(library):
    filled(library)
    header = {
        "id": "again",
        "created": "2026-03-04T05:06:07Z",
        "cols": 80,
        "rows": 24,
        "command": [],
    }
    writer = Writer(library.path("02/d"), header, overwrite=True)
    writer.start()
    writer.output(1, b"another")
    writer.close()
    assert library.update().read == 1
    assert library.names("another") == ["again"]
    assert library.names("wordd") == []


def test_a_link_keeps_its_folder_from_being_trusted(library, tmp_path, listed):
    filled(library)
    outside = library.make("../outside", shown(1, "wordx"), id="outside")
    os.symlink(outside, library.path("01/link"))
    assert library.update().read == 1
    listed.clear()
    library.make("../outside", shown(1, "wordy"), id="outside")
    assert library.update().read == 1
    assert library.names("wordy") == ["outside"]
