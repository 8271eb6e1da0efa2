"""Everything that was said, done or shown can be found."""

from agentrec.library.index.library_db import LibraryDb
from agentrec.library.index.update import update
from scripts import needles


def test_every_search_finds_every_needle(tmp_path):
    path = tmp_path / "hour.ahr"
    hidden = needles.make(path, turns=48)
    assert len(hidden) == 48
    library = LibraryDb(str(tmp_path))
    update(library, [str(tmp_path)])
    assert needles.found_by_search(library, tmp_path, hidden) == set(hidden)
    assert needles.found_by_player(path, hidden) == set(hidden)
    library.close()
