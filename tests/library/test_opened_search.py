"""Search in encrypted recordings beside the others: order, limits, sums, and what stays closed."""

from pathlib import Path

import pyrage
import pytest

from agentrec.library.filters import Filters
from agentrec.library.index.library_db import LibraryDb
from agentrec.library.index.update import update
from agentrec.library.opened_search import search_opened
from agentrec.library.search import SearchQuery, search
from agentrec.recording.encryption import own_keys
from agentrec.recording.writer import Writer
from agentrec.times import parse_rfc3339
from tests.recording.helpers import HEADER, allowed_identity


@pytest.fixture
def recipient(tmp_path, monkeypatch):
    for identity in allowed_identity(tmp_path, monkeypatch):
        yield str(identity.to_public())


@pytest.fixture
def made(tmp_path, recipient, monkeypatch):
    """A library of three recordings, a minute each: the second is encrypted for us, the third for another."""
    other = str(pyrage.x25519.Identity.generate().to_public())
    folder = tmp_path / "recordings"
    folder.mkdir()
    for number, keys in enumerate(([], [recipient], [other])):
        created = f"2026-01-02T03:0{number}:00Z"
        header = {**HEADER, "id": f"run-{number}", "created": created}
        writer = Writer(str(folder / f"{number}.ahr"), header, recipients=keys or None)
        writer.start()
        for line in range(3):
            writer.event(line, "mark", "note", {"text": f"apple number {number} {line}"})
        writer.close()
    monkeypatch.setattr(own_keys, "_KEYS", {})  # those of the recorders
    library = LibraryDb(str(tmp_path / "data"))
    update(library, [str(folder)])
    yield library, Filters([str(folder)])
    library.close()


def found(made, word="apple", **narrowed):
    """What is found, after the index has been brought up to date."""
    library, filters = made
    own = {name: narrowed.pop(name) for name in [*narrowed] if name in Filters._fields}
    update(library, filters.roots)
    return search_opened(library, SearchQuery(word, filters._replace(**own), **narrowed))


def ids(result):
    return [hit.recording["session"] for hit in result.hits]


def test_hits_of_both_the_newest_recording_first(made):
    library, filters = made
    assert ids(search(library, SearchQuery("apple", filters))) == ["run-0"] * 3
    found = search_opened(library, SearchQuery("apple", filters))
    assert ids(found) == ["run-1"] * 3 + ["run-0"] * 3
    assert (found.total, found.available, found.recordings) == (6, 6, 2)
    assert (found.left_out.encrypted, found.left_out.recordings) == (1, 1)


def test_limits_and_offsets_count_both(made):
    library, filters = made
    query = SearchQuery("apple", filters, limit=2, per_recording=2)
    pages = [search_opened(library, query._replace(offset=at)) for at in (0, 1, 3, 4)]
    assert [ids(page) for page in pages] == [
        ["run-1", "run-1"],
        ["run-1", "run-0"],
        ["run-0"],
        [],
    ]
    assert {page.available for page in pages} == {4}


def test_filters_apply_to_what_was_opened(made):
    assert ids(found(made, since=2_000_000_000 * 10**9)) == []
    assert ids(found(made, kinds=("tool",))) == []
    assert ids(found(made, state="encrypted")) == ["run-1"] * 3


def test_what_stays_closed_counts_where_it_may_be_meant(made):
    """Nobody knows its agent; its time is known."""
    library, filters = made
    for agent in ("", "claude"):
        narrowed = SearchQuery("apple", filters._replace(agent=agent))
        assert search(library, narrowed).left_out.encrypted == 2
        assert found(made, agent=agent).left_out.encrypted == 1
    for minute, count in ((1, 1), (2, 1), (3, 0)):
        since = parse_rfc3339(f"2026-01-02T03:0{minute}:00Z")
        assert found(made, since=since).left_out.encrypted == count
    assert found(made, since=since).left_out.recordings == 0


def test_each_is_found_once(made):
    hits = found(made, "", kinds=("session",)).hits
    assert [hit.recording["session"] for hit in hits] == ["run-1", "run-0"]
    assert all(hit.text for hit in hits)


def test_a_damaged_copy_hides_nothing(made):
    folder = Path(made[1].roots[0])
    data = bytearray((folder / "1.ahr").read_bytes())
    data[-200] ^= 0x55
    (folder / "0-damaged.ahr").write_bytes(data)
    result = found(made)
    assert ids(result) == ["run-1"] * 3 + ["run-0"] * 3
    assert {hit.recording["path"] for hit in result.hits[:3]} == {str(folder / "1.ahr")}
