"""The database: made when needed, made anew when it is old or broken."""

import os
import sqlite3
import stat
import subprocess
import sys

import pytest

from agentrec.errors import OutputError
from agentrec.library.index.library_db import DB_NAME, VERSION, LibraryDb, LibraryError
from tests.library.helpers import Library, shown


def test_nobody_else_can_read_it(tmp_path):
    library = Library(tmp_path / "new" / "folder")
    library.make("a", shown(1, "text"))
    library.update()
    folder = tmp_path / "new" / "folder"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    files = [path for path in folder.iterdir() if path.name.startswith(DB_NAME)]
    assert len(files) >= 3  # with its log, while it is open
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
    library.index.close()


def _as_version(folder, version):
    db = sqlite3.connect(os.path.join(folder, DB_NAME))
    db.execute(f"PRAGMA user_version = {version}")
    db.close()


def test_an_older_one_is_made_anew(tmp_path):
    first = Library(tmp_path)
    first.make("a", shown(1, "text"))
    first.update()
    with first.index.writing() as db:
        db.execute("CREATE TABLE of_old (x)")
    first.index.close()
    _as_version(tmp_path, VERSION - 1)
    second = Library(tmp_path)
    assert second.names("text") == []
    tables = {row["name"] for row in second.index.db.execute("SELECT name FROM sqlite_master")}
    assert "of_old" not in tables
    assert second.update().read == 1
    assert second.names("text") == ["a"]
    second.index.close()


def test_a_newer_one_is_left_alone(tmp_path):
    LibraryDb(str(tmp_path)).close()
    _as_version(tmp_path, VERSION + 1)
    before = (tmp_path / DB_NAME).read_bytes()
    with pytest.raises(LibraryError, match="newer agentrec"):
        LibraryDb(str(tmp_path))
    assert (tmp_path / DB_NAME).read_bytes() == before


@pytest.mark.parametrize(
    "damage", [b"not a database" * 100, b"SQLite format 3\x00" + b"\xff" * 4000]
)
def test_a_broken_one_is_made_anew(tmp_path, damage):
    (tmp_path / DB_NAME).write_bytes(damage)
    library = Library(tmp_path)
    library.make("a", shown(1, "text"))
    library.update()
    assert library.names("text") == ["a"]
    library.index.close()


def test_a_change_is_whole_or_not_at_all(library):
    library.make("a", shown(1, "text"))
    library.update()

    def fails():
        with library.index.writing() as db:
            db.execute("DELETE FROM recordings")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fails()
    assert library.names("text") == ["a"]


def test_reading_sees_one_moment(library):
    library.make("a", shown(1, "text"))
    library.update()
    other = LibraryDb(library.folder)
    with library.index.reading() as db:
        assert db.execute("SELECT count(*) FROM recordings").fetchone()[0] == 1
        with other.writing() as writer:
            writer.execute("DELETE FROM recordings")
        assert db.execute("SELECT count(*) FROM recordings").fetchone()[0] == 1
    other.close()
    assert library.index.db.execute("SELECT count(*) FROM recordings").fetchone()[0] == 0


def test_a_folder_that_cannot_be(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot write"):
        LibraryDb(str(tmp_path / "file" / "folder"))


def test_a_broken_page_is_reported(library):
    library.make("a", shown(1, "text"))
    library.update()
    library.index.db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    with open(library.index.path, "r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * 8192)
    other = Library(library.folder)
    with pytest.raises(OutputError, match="cannot use the library"):
        other.search("text")
    other.index.close()


def test_many_processes_make_it_at_once(tmp_path):
    program = (
        "import sys; from agentrec.library.index.library_db import LibraryDb; "
        "LibraryDb(sys.argv[1]).close()"
    )
    started = [
        subprocess.Popen([sys.executable, "-c", program, str(tmp_path)], stderr=subprocess.PIPE)
        for _ in range(6)
    ]
    errors = [process.communicate(timeout=60)[1] for process in started]
    assert errors == [b""] * 6
    assert [process.returncode for process in started] == [0] * 6
