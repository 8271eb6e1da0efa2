"""The store of spans: each once, in any process, and gone when nobody needs it."""

import pytest

from agentrec.intake import span_store
from agentrec.intake.span_store import SpanStore, StoreError
from tests.intake.made_spans import TRACE, chat


@pytest.fixture
def env(tmp_path):
    return {"XDG_DATA_HOME": str(tmp_path), "HOME": str(tmp_path)}


@pytest.fixture
def store(env):
    opened = SpanStore(env)
    yield opened
    opened.close()


def add(store, *spans, now=1):
    with store.changing():
        return store.add(TRACE, spans, now, is_ours=True)


def test_a_span_is_stored_once_as_it_came_last(store, env):
    first, second = chat("a", 0, 1), chat("a", 0, 2)
    add(store, first, chat("b", 1, 2), first)
    add(store, second, now=5)
    other = SpanStore(env)
    assert sorted(other.spans(TRACE)) == sorted([second, chat("b", 1, 2)])
    trace = other.trace(TRACE)
    other.close()
    assert (trace.spans, trace.changed, trace.waits_since) == (2, 5, 1)


def test_what_came_while_the_recording_was_written_still_waits(store):
    add(store, chat("a", 0, 1), now=1)
    read = store.trace(TRACE)
    add(store, chat("b", 0, 1), now=7)
    with store.changing():
        store.written(read, None)
    assert store.trace(TRACE).waits_since == 7
    with store.changing():
        store.written(store.trace(TRACE), None)
    assert store.trace(TRACE).waits_since == 0


def test_limits(store, monkeypatch):
    monkeypatch.setattr(span_store, "MAX_TRACE_SPANS", 2)
    assert add(store, chat("a", 0, 1), chat("b", 0, 1), chat("c", 0, 1), chat("d", 0, 1)) == 2
    assert add(store, chat("a", 0, 9)) == 0  # it takes the place of another
    monkeypatch.setattr(span_store, "MAX_TRACE_BYTES", 10)
    assert add(store, chat("a", 0, 1, x="y" * 100)) == 1
    count, size = store.totals()
    assert count == 1
    assert size > 10


def test_a_change_that_fails_changes_nothing(store):
    def failing():
        with store.changing():
            store.add(TRACE, [chat("a", 0, 1)], 1, is_ours=True)
            raise KeyError

    with pytest.raises(KeyError):
        failing()
    assert store.trace(TRACE) is None
    assert store.totals() == (0, 0)


def test_what_is_forgotten_is_gone(store):
    add(store, chat("a", 0, 1, x="find me"))
    with store.changing():
        store.forget(TRACE)
    assert (store.spans(TRACE), store.traces()) == ([], [])
    with open(store.path, "rb") as file:
        assert b"find me" not in file.read()


def test_a_file_that_is_no_database(env, tmp_path):
    folder = tmp_path / "agentrec"
    folder.mkdir()
    (folder / span_store.NAME).write_bytes(b"no database at all" * 100)
    with pytest.raises(StoreError, match="cannot open") as raised:
        SpanStore(env)
    assert "delete" in raised.value.hint
