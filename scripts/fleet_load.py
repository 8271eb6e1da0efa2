"""How long does a search over a whole fleet take? ``python -m scripts.fleet_load --help``.

Some made-up recordings are read as `agentrec push` reads them. Their rows become the index of many, under
other ids and times; one in ten thousand has a rare word. Questions go to the embedded engine. Then the files
of each day become one, and the questions are asked again, three times; the middle one counts.

The texts of these recordings repeat, so they take little space. With --varied all have other lines, of this
repository; that takes long.
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import tempfile
import time
from datetime import UTC, datetime, timedelta
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from agentrec.fleet.bucket.object_names import VersionName
from agentrec.fleet.bucket.remote import Remote, open_remote
from agentrec.fleet.index.compaction import compact
from agentrec.fleet.index.index_names import INDEX, index_key
from agentrec.fleet.index.index_rows import Indexed, as_columns, index_rows
from agentrec.fleet.index.parquet_file import parquet_file
from agentrec.fleet.index.search_words import search_words
from agentrec.fleet.query.engine import IndexEngine, opened_engine
from agentrec.fleet.query.fleet_list import fleet_list
from agentrec.fleet.query.fleet_search import fleet_search
from agentrec.fleet.query.fleet_totals import fleet_cost, fleet_stats
from agentrec.library.filters import Filters
from agentrec.library.index.digest import digest
from agentrec.library.search import SearchQuery
from scripts.library import made_up, vocabulary
from scripts.object_server import ObjectServer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

COUNTS = (1000, 10_000, 100_000)
DAYS = 100
TEMPLATES = 40
RARE_EVERY = 10_000
NEEDLE = "needle"
REPEATS = 3
# More recordings than these are not measured as one file each.
MAX_SMALL_FILES = 10_000
RECORDINGS_PER_FILE = 50
NEWEST = datetime(2026, 9, 21, 12, tzinfo=UTC)
NS = 1_000_000_000
_IDENTITY = "0" * 32


class Templates:
    """The rows of some recordings, to be written again as those of others."""

    def __init__(self, folder: Path, *, varied: bool) -> None:
        self._varied = varied
        self._columns = []
        self._lines = [(line, search_words(line)) for line in vocabulary()]
        for number in range(TEMPLATES):
            path = str(made_up(folder, number))
            version = VersionName("template", 0, 100, _IDENTITY)
            rows = index_rows(Indexed(version, 0, os.path.getsize(path)), digest(path, 0))
            self._columns.append(as_columns(rows))

    def file(self, versions: Mapping[int, VersionName]) -> bytes:
        """The rows of recordings, by their numbers, as one file."""
        made = [self._rows(number, version) for number, version in versions.items()]
        names = made[0]
        return parquet_file({name: [*chain(*(one[name] for one in made))] for name in names})

    def _rows(self, number: int, version: VersionName) -> dict[str, list[object]]:
        columns = dict(self._columns[number % TEMPLATES])
        count = len(columns["recording"])
        columns["recording"] = [version.id] * count
        columns["revision"] = [Indexed(version, version.created, 0).revision] * count
        columns["created"] = [version.created // 1000] * count
        if self._varied:
            columns |= self._texts(number, columns["text"], columns["words"])
        if number % RARE_EVERY == 0:
            columns["words"] = [words and f"{words}{NEEDLE} " for words in columns["words"]]
        # Ids of calls are those of the template: without them, none is the same as another.
        columns["repeat_key"] = [key and hash((number, key)) for key in columns["repeat_key"]]
        return columns

    def _texts(
        self, number: int, texts: list[object], words: list[object]
    ) -> dict[str, list[object]]:
        """As many lines in each text as there are, but others."""
        dice = random.Random(number)
        made: dict[str, list[object]] = {"text": [], "words": []}
        for old, old_words in zip(texts, words, strict=True):
            lines = dice.choices(self._lines, k=str(old).count("\n") + 1) if old_words else []
            made["text"].append("\n".join(line for line, _ in lines) if lines else old)
            found = " ".join(folded.strip() for _, folded in lines)
            made["words"].append(f" {found} " if lines else old_words)
        return made


def fill(remote: Remote, templates: Templates, start: int, end: int, per_file: int) -> float:
    """Write the index of the recordings from ``start`` to ``end``; the seconds that it takes."""
    began = time.monotonic()
    for first in range(start, end, DAYS * per_file):
        last = min(end, first + DAYS * per_file)
        for day in range(first, min(last, first + DAYS)):
            versions = {number: _version(number) for number in range(day, last, DAYS)}
            remote.create(index_key(versions[day]), templates.file(versions))
    return time.monotonic() - began


def _version(number: int) -> VersionName:
    began = NEWEST - timedelta(days=number % DAYS, seconds=number // DAYS)
    return VersionName(f"made-up-{number:08}", int(began.timestamp()) * NS, 100, _IDENTITY)


def questions(engine: IndexEngine) -> Iterator[tuple[str, Callable[[], object]]]:
    """What is asked, and how."""
    week = Filters(since=int((NEWEST - timedelta(days=7)).timestamp()) * NS)
    yield "search, rare word", lambda: fleet_search(engine, SearchQuery(NEEDLE))
    yield "search, common word", lambda: fleet_search(engine, SearchQuery("return"))
    yield "search, a week", lambda: fleet_search(engine, SearchQuery(NEEDLE, week))
    yield "cost by model", lambda: fleet_cost(engine, Filters(), "model")
    yield "cost by day", lambda: fleet_cost(engine, Filters(), "day")
    yield "stats", lambda: fleet_stats(engine, Filters(), 10)
    yield "ls", lambda: fleet_list(engine, Filters(), 50)


class Measured(NamedTuple):
    """A line of the table: seconds of each question, and how busy the machine was."""

    recordings: int
    files: int
    size_mb: float
    seconds: dict[str, float]
    load: float

    def row(self) -> str:
        times = " | ".join(f"{one:.2f}" for one in self.seconds.values())
        return f"| {self.recordings:,} | {self.files:,} | {self.size_mb:,.0f} | {times} | {self.load:.1f} |"


def measure(url: str, count: int, repeats: int) -> Measured:
    remote = open_remote(url)
    sizes = [one.size for one in remote.list(INDEX)]
    seconds = {}
    with opened_engine(url) as engine:
        for name, ask in questions(engine):
            seconds[name] = statistics.median(_timed(ask) for _ in range(repeats))
    return Measured(count, len(sizes), sum(sizes) / 1e6, seconds, os.getloadavg()[0])


def _timed(ask: Callable[[], object]) -> float:
    began = time.monotonic()
    ask()
    return time.monotonic() - began


def main() -> None:
    """Print a table, before and after compaction."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--counts", type=int, nargs="+", default=COUNTS, metavar="N")
    parser.add_argument("--repeats", type=int, default=REPEATS, metavar="N")
    parser.add_argument(
        "--varied", action="store_true", help="no text is that of another recording"
    )
    parser.add_argument("--s3", action="store_true", help="on SeaweedFS, instead of a directory")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="agentrec-fleet-") as place:
        templates = Templates(Path(place, "templates"), varied=args.varied)
        if not args.s3:
            run(f"file://{place}/remote", templates, args.counts, args.repeats)
            return
        with ObjectServer() as server:
            os.environ.update(server.env)
            run(server.bucket("load"), templates, args.counts, args.repeats)


def run(url: str, templates: Templates, counts: Sequence[int], repeats: int) -> None:
    """Measure with more and more recordings. Those of a count are one file each, older ones are compacted."""
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    there, heading = 0, ""
    for count in sorted(counts):
        remote = open_remote(url, create=True)
        is_large = count - there > MAX_SMALL_FILES
        per_file = RECORDINGS_PER_FILE if is_large else 1
        filled = fill(remote, templates, there, count, per_file)
        print(
            f"{count - there:,} recordings written, {per_file} to a file, in {filled:.0f} s",
            flush=True,
        )
        there = count
        for is_compacted in (False, True):
            if not is_compacted and is_large:
                continue
            if is_compacted:
                began = time.monotonic()
                compact(remote)
                print(f"compacted in {time.monotonic() - began:.0f} s", flush=True)
            measured = measure(url, count, repeats if is_compacted else 1)
            if not heading:
                heading = " | ".join(["recordings", "files", "MB", *measured.seconds, "load"])
                print(f"| {heading} |\n{'| --- ' * (heading.count('|') + 1)}|")
            print(measured.row(), flush=True)


if __name__ == "__main__":
    main()
