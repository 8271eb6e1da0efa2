"""Several processes at once lose nothing."""

import subprocess
import sys

from agentrec.library.listing import list_recordings
from tests.library.helpers import Library

EACH = 40  # recordings of each writer

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


def start(program, *arguments):
    command = [sys.executable, "-c", program, *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_two_writers_and_a_reader(tmp_path):
    folder, done = tmp_path / "library", tmp_path / "done"
    writers = [start(WRITER, folder, name, EACH) for name in ("x", "y")]
    reader = start(READER, folder, done)
    try:
        errors = [writer.communicate(timeout=200)[1] for writer in writers]
    finally:
        done.touch()
        _, reader_errors = reader.communicate(timeout=60)
    assert [*errors, reader_errors] == ["", "", ""]
    library = Library(folder)
    assert library.update().read == 0
    listed = sorted(row["session"] for row in list_recordings(library.store, library.filters))
    assert listed == sorted(f"{name}-{at}" for name in "xy" for at in range(EACH))
    assert len(library.search("common", limit=10_000)) == 2 * EACH
    library.store.db.execute("INSERT INTO words (words, rank) VALUES ('integrity-check', 1)")
    library.store.close()


def test_everybody_builds_the_same_index(tmp_path):
    library = Library(tmp_path)
    for at in range(EACH):
        library.make(str(at), (1, "mark", "note", {"text": f"common {at}"}))
    program = "import sys; from tests.library.helpers import Library; Library(sys.argv[1]).update()"
    started = [start(program, tmp_path) for _ in range(4)]
    assert [process.communicate(timeout=100)[1] for process in started] == [""] * 4
    assert library.update().read == 0
    assert len(library.search("common", limit=1000)) == EACH
    count = library.store.db.execute("SELECT count(*) FROM entries").fetchone()[0]
    assert count == 2 * EACH  # the session and its note
    library.store.close()
