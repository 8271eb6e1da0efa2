"""Looking at an index that is up to date is light: these commands answer at once."""

import subprocess
import sys

from agentrec.library.index.library_db import ENTRY_BITS
from tests.library.helpers import Library, call, ended, make, shown

HEAVY = {
    "rich",
    "textual",
    "_cffi_backend",
    "asyncio",
    "subprocess",
    "agentrec.terminal.engine.screen",
}
PROGRAM = """
import sys
from agentrec.cli.main import main
code = main(sys.argv[1:])
print("|".join(sorted(sys.modules)), file=sys.stderr)
sys.exit(code)
"""


def loaded(*args):
    done = subprocess.run([sys.executable, "-c", PROGRAM, *args], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return set(done.stderr.splitlines()[-1].split("|"))


def test_list_and_search_load_no_heavy_parts(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    make(str(tmp_path / "agentrec/recordings/a.ahr"), call(1), shown(2, "word"), ended(3))
    assert "_cffi_backend" in loaded("ls")  # the first look reads the recording
    for command in (["ls"], ["ls", "--json"], ["search", "word"], ["stats"]):
        modules = loaded(*command)
        assert "sqlite3" in modules
        assert not modules & HEAVY, command


def test_many_recordings_of_one_time_are_not_a_search_for_an_id(tmp_path):
    """As imports without dates have it: looking for a free id took longer with each of them."""
    library = Library(tmp_path / "agentrec")
    for number in range(300):
        make(library.path(f"{number}"), shown(1, "word"), ended(2), created="2026-01-02T03:04:05Z")
    asked = []
    library.index.db.set_trace_callback(asked.append)
    library.update()
    library.index.db.set_trace_callback(None)
    looked = [it for it in asked if it.startswith("SELECT 1 FROM recordings WHERE id")]
    assert 300 <= len(looked) < 300 * 20
    with library.index.reading() as db:
        sql = "SELECT count(*), min(id), max(id) FROM recordings"
        count, first, last = db.execute(sql).fetchone()
    assert count == 300
    assert last - first >> ENTRY_BITS < 60_000  # within a minute of their time
