"""Many recordings are read by several processes."""

import os
import signal
import time

import psutil
import pytest

from agentrec.library.discovery import scan
from agentrec.library.index import reading_process, update
from agentrec.library.index.library_db import LibraryDb
from agentrec.library.index.reading_process import are_worth_processes, read_by_processes
from tests.library.helpers import Library, shown

MODULE = reading_process.__name__


@pytest.fixture
def library(tmp_path):
    made = Library(str(tmp_path))
    for n in range(10):
        made.make(f"r{n}", shown(1, f"word{n} common"), id=f"r{n}")
    return made


def readers():
    """The processes that read for this one."""
    return [child for child in psutil.Process().children() if MODULE in command_of(child)]


def command_of(process):
    try:
        return " ".join(process.cmdline())
    except psutil.Error:  # it ended: of this test or of one before it
        return ""


def contents(library):
    rows = library.index.db.execute("SELECT * FROM recordings ORDER BY path").fetchall()
    return [
        {key: row[key] for key in dict(row) if key not in ("id", "looked", "took")} for row in rows
    ]


def test_the_index_is_the_same(library, tmp_path, monkeypatch):
    library.update()
    alone = contents(library)
    library.index.close()
    library.index = LibraryDb(library.folder, rebuild=True)
    monkeypatch.setattr(reading_process, "_MIN_FILES", 5)
    started = []
    real = reading_process._Reader._started
    monkeypatch.setattr(
        reading_process._Reader,
        "_started",
        lambda self: started.append(1) or real(self),
    )
    shown_progress = []
    stamps, _ = scan(str(tmp_path))
    size = sum(stamp.size for stamp in stamps.values())
    update.update(library.index, library.filters.roots, lambda *it: shown_progress.append(it))
    assert len(started) == 10
    assert contents(library) == alone
    assert shown_progress[0] == (10, 0, size)
    assert shown_progress[-1] == (10, size, size)
    assert readers() == []


def test_a_file_that_ends_its_process_is_named(library, tmp_path):
    stamps, _ = scan(str(tmp_path))
    stamp = stamps[library.path("r0")]
    for n in range(300):
        os.link(library.path("r0"), path := library.path(f"link{n}"))
        stamps[path] = stamp
    faults, count = {}, 0
    for path, reading in read_by_processes(stamps):
        count += 1
        if count == 1:
            os.kill(readers()[0].pid, signal.SIGKILL)
        if reading.fault:
            faults[path] = reading.fault
    assert count == len(stamps)
    ((path, fault),) = faults.items()
    assert fault == f"cannot list {path}: reading it ended the process"


def test_the_processes_end_with_who_asks(library, tmp_path):
    stamps, _ = scan(str(tmp_path))
    readings = read_by_processes(stamps)
    assert next(readings)
    assert readers()
    readings.close()
    wait_for(lambda: not readers())


def test_few_small_files_are_read_here(library, tmp_path):
    stamps, _ = scan(str(tmp_path))
    assert not are_worth_processes(stamps)
    assert not are_worth_processes({})


def wait_for(condition):
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)
