"""The index follows the files."""

import os
import shutil
import subprocess
import sys

import pytest

from agentrec.library.index.update import UpdateResult, update
from agentrec.library.listing import list_recordings, tags_in
from agentrec.recording.append import append_moment
from agentrec.recording.writer import Writer
from tests.library.helpers import SECOND, Library, make, shown

# Recordings of each writer.
EACH = 40

WRITER = """
import sys
from tests.library.helpers import Library, shown
folder, name, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
library = Library(folder)
for at in range(count):
    library.make(f"{name}/{at}", shown(1, f"word{name}{at} common"), id=f"{name}-{at}")
    library.update()
    (found,) = library.names(f"word{name}{at}")  # at once, whoever read it
    assert found == f"{name}-{at}", found
"""

READER = """
import os, sys
from tests.library.helpers import Library
library = Library(sys.argv[1])
seen = 0
while not os.path.exists(sys.argv[2]):
    count = len(library.search("common", limit=10_000))
    assert count >= seen, (count, seen)
    seen = count
print(seen)
"""


@pytest.fixture(params=["few", "many"], autouse=True)
def how_many(request):
    """Everything holds for very large libraries, too, whose folders are not all read each time."""
    if request.param == "many":
        request.getfixturevalue("many")


def rows(library):
    return list_recordings(library.index, library.filters)


def names(library):
    return [row["session"] for row in rows(library)]


def left_over(library):
    """Rows of any table that belong to no recording."""
    db = library.index.db
    owners = "(SELECT id FROM recordings)"
    counts = [
        db.execute(f"SELECT count(*) FROM {table} WHERE recording NOT IN {owners}").fetchone()[0]
        for table in ("usage", "tools", "slowest")
    ]
    of_none = f"SELECT count(*) FROM entries WHERE (id >> 20 << 20) NOT IN {owners}"
    counts.append(db.execute(of_none).fetchone()[0])
    # Compares the words with the texts they stand for, and raises where they differ.
    db.execute("INSERT INTO words (words, rank) VALUES ('integrity-check', 1)")
    return sum(counts)


def test_new_files_are_read_once(library):
    library.make("a", shown(1, "apple"))
    library.make("sub/b", shown(1, "banana"))
    assert library.update() == UpdateResult(2, 0, 0, [])
    assert library.update() == UpdateResult(0, 0, 0, [])
    library.make("c", shown(1, "cherry"))
    assert library.update() == UpdateResult(1, 0, 0, [])
    assert library.names("apple") == ["a"]
    assert library.names("cherry") == ["c"]


def test_a_deleted_file_leaves_nothing(library):
    library.make("a", shown(1, "apple"))
    library.make("b", shown(1, "banana"))
    library.update()
    os.unlink(library.path("a"))
    assert library.update() == UpdateResult(0, 0, 1, [])
    assert library.names("apple") == []
    assert names(library) == ["b"]
    assert left_over(library) == 0


def test_a_changed_file_is_read_again(library):
    path = library.make("a", shown(1, "apple"))
    library.update()
    append_moment(path, SECOND // 2, "the spot", "player")
    assert library.update() == UpdateResult(1, 0, 0, [])
    assert library.found('"the spot"') == [("a", 0.5, "moment", "the spot")]
    library.make("a", shown(1, "other"))
    library.update()
    assert library.names("apple") == []
    assert library.names("other") == ["a"]
    assert left_over(library) == 0


def test_a_moved_file_is_followed_without_reading(library):
    path = library.make("a", shown(1, "apple"))
    library.update()
    (before,) = rows(library)
    os.makedirs(library.path("x/y")[:-4])
    os.rename(path, library.path("x/y/new"))
    assert library.update() == UpdateResult(0, 1, 0, [])
    (after,) = rows(library)
    assert after["path"] == library.path("x/y/new")
    assert after["looked"] == before["looked"]
    assert library.names("apple") == ["a"]


def test_a_file_that_came_from_another_disk_is_followed(library):
    path = library.make("a", shown(1, "apple"))
    library.update()
    shutil.copy2(path, library.path("copy"))  # another inode, the same times
    os.unlink(path)
    assert library.update() == UpdateResult(0, 1, 0, [])
    assert library.update() == UpdateResult(0, 0, 0, [])


def test_another_file_of_the_same_size_and_time_is_another(library):
    path = library.make("aa", shown(1, "apple"))
    library.update()
    stat = os.stat(path)
    os.unlink(path)
    other = library.make("bb", shown(1, "cocoa"))
    os.truncate(other, stat.st_size)  # the end is derived and may be cut
    os.utime(other, ns=(stat.st_mtime_ns, stat.st_mtime_ns))
    changes = library.update()
    assert (changes.moved, changes.removed) in [(0, 1), (1, 0)]  # the disk may use the place again
    if not changes.moved:
        assert library.names("cocoa") == ["bb"]


def test_two_files_that_changed_places(library):
    one = library.make("a", shown(1, "apple"))
    two = library.make("b", shown(1, "a banana"))
    library.update()
    os.rename(one, f"{one}.x")
    os.rename(two, one)
    os.rename(f"{one}.x", two)
    library.update()
    paths = {row["session"]: row["path"] for row in rows(library)}
    assert paths == {"a": two, "b": one}
    assert left_over(library) == 0


def test_a_copy_is_listed_and_found_once(library):
    path = library.make("a", shown(1, "apple"))
    shutil.copy(path, library.path("copy"))
    library.update()
    assert len(rows(library)) == 2
    assert len(library.search("apple")) == 1
    os.unlink(path)
    library.update()
    assert [hit.recording["path"] for hit in library.search("apple")] == [library.path("copy")]


def test_what_is_no_recording_is_named_and_not_asked_again(library, monkeypatch):
    library.make("a", shown(1, "apple"))
    with open(library.path("bad"), "w") as file:
        file.write("nothing of ours")
    assert library.update().faults == [
        (library.path("bad"), f"{library.path('bad')} is not an agentrec recording")
    ]
    assert names(library) == ["a"]
    monkeypatch.setattr("agentrec.library.index.update.read_recording", None)
    assert len(library.update().faults) == 1
    os.unlink(library.path("bad"))
    assert library.update() == UpdateResult(0, 0, 1, [])


def test_one_strange_file_does_not_hide_the_others(library, monkeypatch):
    from agentrec.library.index import digest

    def fails(path, modified, advance, *, opened, real=digest.digest):
        if path.endswith("strange.ahr"):
            raise KeyError("odd")
        return real(path, modified, advance, opened=opened)

    monkeypatch.setattr(digest, "digest", fails)
    library.make("strange", shown(1, "apple"))
    library.make("b", shown(1, "apple"))
    ((path, why),) = library.update().faults
    assert path == library.path("strange")
    assert "KeyError" in why
    assert library.names("apple") == ["b"]


def test_values_that_no_database_holds(library):
    call = {"model": "m\ud800", "usage": {"input": 10**30, "output": -5}, "cost_usd": float("nan")}
    library.make(
        "a",
        (1, "llm", "call", call | {"cost_usd": 10**30, "duration_ms": 1e300}),
        (
            2,
            "tool",
            "call",
            {"name": "x\ud800", "input": "\ud800"},
            {"span": "s", "actor": "\ud800"},
        ),
        (3, "tool", "result", {"output": 5, "duration_ms": -1, "exit_code": 10**30}, {"span": "s"}),
        (4, "term", "exit", {"code": 10**30, "signal": "x"}),
        title=5,
        command="not a list",
        parent=["odd"],
        cwd=None,
        id=7,
    )
    assert library.update().faults == []
    (row,) = rows(library)
    assert (row["tokens"], row["cost"], row["exit_code"], row["title"]) == (0, None, None, "")


def test_a_name_that_is_no_text(library):
    path = library.make("a", shown(1, "apple"))
    os.rename(os.fsencode(path), os.fsencode(path).replace(b"a.ahr", b"\xff.ahr"))
    ((_, why),) = library.update().faults
    assert "not UTF-8" in why
    folder = os.fsdecode(os.fsencode(os.path.dirname(path)) + b"/\xff")
    os.mkdir(folder)
    inside = library.filters._replace(roots=[folder])
    assert list_recordings(library.index, inside) == []


def test_damaged_files_are_read_as_far_as_they_can_be(library):
    path = library.make("a", *(shown(at, f"line {at}\r\n") for at in range(100)))
    with open(path, "r+b") as file:
        file.truncate(os.path.getsize(path) // 2)
    assert library.update().faults == []
    (row,) = rows(library)
    assert row["state"] == "torn"


def test_only_recordings_are_looked_at(library):
    library.make("a", shown(1, "apple"))
    for name in ("a.txt", ".hidden.ahr", "a.ahr.123.part"):
        shutil.copy(library.path("a"), os.path.join(library.root, name))
    os.makedirs(library.path("folder"))
    os.mkfifo(library.path("pipe"))
    os.symlink("nowhere", library.path("link"))
    os.symlink(library.root, os.path.join(library.root, "loop"))
    assert library.update().read == 1


def test_a_link_to_a_recording_is_one(library, tmp_path):
    make(str(tmp_path / "elsewhere" / "a.ahr"), shown(1, "apple"))
    os.makedirs(library.root)
    os.symlink(tmp_path / "elsewhere" / "a.ahr", library.path("link"))
    library.update()
    assert library.names("apple") == ["a"]


def test_folders_are_apart(library, tmp_path):
    library.make("a", shown(1, "apple"))
    library.update()
    other = str(tmp_path / "recordings-2")
    make(f"{other}/b.ahr", shown(1, "apple"))
    assert update(library.index, [other]) == UpdateResult(1, 0, 0, [])
    assert library.names("apple") == ["a"]
    assert library.names("apple", roots=[other]) == ["b"]
    assert library.names("apple", roots=[f"{other}/b.ahr"]) == ["b"]
    assert library.names("apple", roots=[library.root, other]) == ["a", "b"] or library.names(
        "apple", roots=[library.root, other]
    ) == ["b", "a"]


def test_the_whole_folder_gone(library):
    library.make("a", shown(1, "apple"))
    library.update()
    shutil.rmtree(library.root)
    assert library.update().removed == 1
    assert library.update() == UpdateResult(0, 0, 0, [])


@pytest.mark.skipif(os.geteuid() == 0, reason="root looks into every folder")
def test_a_folder_one_may_not_look_into_keeps_what_is_known(library):
    path = library.make("sub/a", shown(1, "apple"))
    library.update()
    os.chmod(os.path.dirname(path), 0)
    try:
        assert library.update().removed == 0
    finally:
        os.chmod(os.path.dirname(path), 0o700)


def test_progress_is_told(library):
    for name in "abc":
        library.make(name, shown(1, "x"))
    told = []
    update(library.index, [library.root], lambda *counts: told.append(counts))
    sizes = {os.path.getsize(library.path(name)) for name in "abc"}
    (size,) = sizes
    assert told == [(3, 0, 3 * size), (3, size, 3 * size), (3, 2 * size, 3 * size)]


def test_interrupted_it_goes_on_where_it_was(library):
    for name in "abcd":
        library.make(name, shown(1, "x"))

    calls = []

    def stop(*_):
        calls.append(1)
        if len(calls) == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        update(library.index, [library.root], stop)
    assert library.update().read == 2


def test_a_recording_that_is_being_made(library, monkeypatch):
    os.makedirs(library.root)
    writer = Writer(library.path("live"), {"id": "live", "cols": 80, "rows": 24})
    writer.start()
    writer.output(1, b"first words\r\n")
    writer.flush()
    library.update()
    assert library.names("first") == ["live"]
    assert [row["state"] for row in rows(library)] == ["live"]
    writer.output(2, b"second words\r\n")
    writer.flush()
    assert library.update().read == 0  # it was read just now
    _look_back(library, 60)
    assert library.update().read == 1
    assert library.names("second") == ["live"]
    writer.event(3, "term", "exit", {"code": 0, "signal": None})
    writer.close()
    assert library.update().read == 1
    assert [(row["state"], row["exit_code"]) for row in rows(library)] == [("complete", 0)]
    assert len(rows(library)) == 1
    assert left_over(library) == 0


def test_a_recorder_that_was_killed(library):
    os.makedirs(library.root)
    path = library.path("killed")
    writer = Writer(path, {"id": "killed", "cols": 80, "rows": 24})
    writer.start()
    writer.output(1, b"first words\r\n")
    writer.flush()
    library.update()
    shutil.copy2(path, f"{path}.x")  # what a kill leaves: the same bytes, and nobody holds the lock
    writer.close()
    os.replace(f"{path}.x", path)
    library.update()
    assert [row["state"] for row in rows(library)] == ["torn"]


def _look_back(library, seconds):
    with library.index.writing() as db:
        db.execute("UPDATE recordings SET looked = looked - ?", [seconds])


def test_dates_that_are_the_same_or_make_no_sense(library):
    library.make("a", shown(1, "x"), created="2026-01-01T00:00:00Z")
    library.make("b", shown(1, "x"), created="2026-01-01T00:00:00Z")
    library.make("c", shown(1, "x"), created="9999-12-31T23:59:59Z")
    library.make("d", shown(1, "x"), created="1900-01-01T00:00:00Z")
    library.make("e", shown(1, "x"), created="yesterday")
    assert library.update().faults == []
    # What cannot be when it began is dated by the file.
    assert [names(library)[0], {*names(library)[1:3]}, {*names(library)[3:]}] == [
        "c",
        {"d", "e"},
        {"a", "b"},
    ]
    assert len(library.search("x")) == 5


def test_a_new_index_says_the_same(library, tmp_path):
    for at, name in enumerate("abc"):
        library.make(name, shown(1, "apple"), created=f"2026-01-0{at + 1}T00:00:00Z")
    library.update()
    anew = Library(tmp_path / "anew")
    anew.root, anew.filters = library.root, library.filters
    anew.update()
    kept = [{k: v for k, v in row.items() if k not in ("looked", "took")} for row in rows(library)]
    made = [{k: v for k, v in row.items() if k not in ("looked", "took")} for row in rows(anew)]
    assert kept == made
    assert library.found("apple") == anew.found("apple")
    anew.index.close()


def start_program(program, *arguments):
    command = [sys.executable, "-c", program, *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_two_writers_and_a_reader(tmp_path):
    folder, done = tmp_path / "library", tmp_path / "done"
    writers = [start_program(WRITER, folder, name, EACH) for name in ("x", "y")]
    reader = start_program(READER, folder, done)
    try:
        errors = [writer.communicate(timeout=200)[1] for writer in writers]
    finally:
        done.touch()
        _, reader_errors = reader.communicate(timeout=60)
    assert [*errors, reader_errors] == ["", "", ""]
    library = Library(folder)
    assert library.update().read == 0
    listed = sorted(row["session"] for row in list_recordings(library.index, library.filters))
    assert listed == sorted(f"{name}-{at}" for name in "xy" for at in range(EACH))
    assert len(library.search("common", limit=10_000)) == 2 * EACH
    library.index.db.execute("INSERT INTO words (words, rank) VALUES ('integrity-check', 1)")
    library.index.close()


def test_everybody_builds_the_same_index(tmp_path):
    library = Library(tmp_path)
    for at in range(EACH):
        library.make(str(at), (1, "mark", "note", {"text": f"common {at}"}))
    program = "import sys; from tests.library.helpers import Library; Library(sys.argv[1]).update()"
    started = [start_program(program, tmp_path) for _ in range(4)]
    assert [process.communicate(timeout=100)[1] for process in started] == [""] * 4
    assert library.update().read == 0
    assert len(library.search("common", limit=1000)) == EACH
    count = library.index.db.execute("SELECT count(*) FROM entries").fetchone()[0]
    assert count == 2 * EACH  # the session and its note
    library.index.close()


def test_a_tag_of_another_program_may_have_blanks(library):
    library.make("tagged", shown(1, "word"), tags=["two words", "one"])
    library.update()
    (row,) = library.index.db.execute("SELECT * FROM recordings WHERE tags LIKE '%two%'")
    assert tags_in(row) == ["two words", "one"]
