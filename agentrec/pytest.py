"""A plugin for pytest: tests of code that calls a model, answered from recordings.

    @pytest.mark.agentrec(cassette="greeting.ahr")
    def test_greeting():
        assert "hello" in greet("Ada")

Loaded by every pytest where agentrec is installed: nothing of agentrec is imported until a test has the mark.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

import pytest

if TYPE_CHECKING:
    from collections.abc import Generator
    from contextlib import ExitStack
    from pathlib import Path

    from agentrec.cassettes.cassette_server import CassetteServer

ONCE, REPLAY, STRICT, RECORD = "once", "replay", "strict", "record"
MODES = (ONCE, REPLAY, STRICT, RECORD)
FOLDER = "cassettes"  # beside the test's file
_MATCHES = ("strict", "results")
_MARK = "agentrec"


class Cassette(NamedTuple):
    """What the fixture ``agentrec_cassette`` gives a test. ``url`` is the server's, empty while recording."""

    path: Path
    recording: bool
    url: str


class _Running(NamedTuple):
    """A cassette while its test runs; ``at_end`` is what to undo."""

    cassette: Cassette
    mode: str
    server: CassetteServer | None
    at_end: ExitStack


_RUNNING = pytest.StashKey[_Running]()
_PASSED = pytest.StashKey[bool]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """The option and the setting for the mode."""
    about = f"model calls of marked tests: {', '.join(MODES)}"
    parser.getgroup(_MARK).addoption("--agentrec", choices=MODES, help=f"{about} (default: {ONCE})")
    parser.addini("agentrec_mode", about, default=ONCE)


def pytest_configure(config: pytest.Config) -> None:
    """The mark."""
    config.addinivalue_line(
        "markers",
        "agentrec(cassette=None, mode=None, match='strict'): answer model calls from a recording;"
        " modes are once, replay, strict and record",
    )


@pytest.fixture
def agentrec_cassette(request: pytest.FixtureRequest) -> Cassette:
    """The cassette of a marked test: its file, whether it is recorded now, and the server's address."""
    running = request.node.stash.get(_RUNNING, None)
    if running is None:
        pytest.fail("agentrec_cassette needs @pytest.mark.agentrec", pytrace=False)
    cassette: Cassette = running.cassette
    return cassette


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Before fixtures make their clients: the environment has to name the server."""
    mark = item.get_closest_marker(_MARK)
    if mark is not None:
        item.stash[_RUNNING] = _start(item, mark)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, None, None]:
    """A request without an answer fails the test, whatever the code under test made of it."""
    try:
        yield
    except BaseException as error:
        if problem := _problem(item):
            error.add_note(problem)
        raise
    if problem := _problem(item, passed=True):
        pytest.fail(problem, pytrace=False)
    item.stash[_PASSED] = True


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(item: pytest.Item) -> None:
    """After all fixtures."""
    running = item.stash.get(_RUNNING, None)
    if running is not None:
        del item.stash[_RUNNING]
        running.at_end.close()


def _start(item: pytest.Item, mark: pytest.Mark) -> _Running:
    from contextlib import ExitStack

    mode, match = _mode(item, mark), mark.kwargs.get("match", "strict")
    if match not in _MATCHES:
        raise pytest.UsageError(f"invalid match {match!r}: use {' or '.join(_MATCHES)}")
    path = _path(item, mark)
    stack = ExitStack()
    try:
        if mode == RECORD or (mode == ONCE and not path.exists()):
            _record(item, path, stack)
            return _Running(Cassette(path, True, ""), mode, None, stack)
        server = _replay(item, path, match, stack)
        return _Running(Cassette(path, False, server.url), mode, server, stack)
    except BaseException:
        stack.close()
        raise


def _mode(item: pytest.Item, mark: pytest.Mark) -> str:
    """The option of the command line counts most: CI says `strict` for all tests."""
    config = item.config
    wanted = config.getoption("--agentrec") or mark.kwargs.get("mode")
    mode = str(wanted or config.getini("agentrec_mode"))
    if mode not in MODES:
        raise pytest.UsageError(f"invalid agentrec mode {mode!r}: use {', '.join(MODES)}")
    return mode


def _path(item: pytest.Item, mark: pytest.Mark) -> Path:
    """Beside the test's file: the one that is named, else one named after the test."""
    named = mark.kwargs.get("cassette") or (mark.args[0] if mark.args else "")
    if named:
        return item.path.parent / str(named)
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", item.nodeid.partition("::")[2]).strip("-")
    return item.path.parent / FOLDER / item.path.stem / f"{name}.ahr"


def _record(item: pytest.Item, path: Path, stack: ExitStack) -> None:
    import os

    from agentrec.cassettes.cassette_recorder import CassetteRecorder
    from agentrec.cassettes.model_environment import changed_environment

    recorder = CassetteRecorder(
        str(path), "pytest", item.nodeid, str(item.config.rootpath), os.environ
    )
    # What a failed test has recorded is not what it should get again.
    stack.callback(lambda: recorder.stop(keep=item.stash.get(_PASSED, False)))
    stack.enter_context(changed_environment(recorder.variables))


def _replay(item: pytest.Item, path: Path, match: str, stack: ExitStack) -> CassetteServer:
    import os

    from agentrec.cassettes.cassette_server import CassetteServer
    from agentrec.cassettes.model_environment import changed_environment, replay_variables
    from agentrec.errors import AgentrecError

    if not path.exists():
        pytest.fail(
            f"the cassette {path} does not exist: run pytest --agentrec={ONCE}", pytrace=False
        )
    try:
        server = CassetteServer(str(path), str(item.config.rootpath), match=match)
    except AgentrecError as error:
        pytest.fail(str(error), pytrace=False)
    server.start()
    stack.callback(server.stop)
    stack.enter_context(changed_environment(replay_variables(server.url, os.environ)))
    return server


def _problem(item: pytest.Item, *, passed: bool = False) -> str:
    """What is wrong with a test's model calls, in words; empty if nothing is."""
    running = item.stash.get(_RUNNING, None)
    server = running.server if running else None
    if running is None or server is None:
        return ""
    again = f"pytest --agentrec={RECORD} records it anew"
    if server.misses:
        lines = [f"  {line}" for line in server.misses[0]]
        what = "a model call has no recorded answer; it differs from the nearest one in"
        return "\n".join([f"{running.cassette.path}: {what}", *lines, again])
    if passed and running.mode == STRICT and server.unused:
        count = len(server.unused)
        return f"{running.cassette.path}: {count} of {len(server.recorded)} answers not asked for\n{again}"
    return ""
