"""Laws of the foreign formats: what they keep comes back, and no input brings a reader down."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentrec.errors import FormatError, InputError
from agentrec.export import FORMATS
from agentrec.export.conversion import Source
from agentrec.export.reading.detect_format import detect_format
from agentrec.recording.events import Event
from tests.export.ahr1 import layout as v1
from tests.export.helpers import HEADER, read, written

RELAXED = settings(deadline=None)  # how fast is for the benchmark to say
TIMES = st.integers(0, 10**13)
SIZES = st.integers(1, 65_535)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
OBJECTS = st.dictionaries(st.text(max_size=5), JSON, max_size=3)
NAMES = st.none() | st.text(min_size=1, max_size=5)
SIZE_DATA = st.fixed_dictionaries({"cols": SIZES, "rows": SIZES})
UNSET = {"cols": 0, "rows": 0}  # what a terminal says that was never told its size
# Text that arrives in arbitrary bytes, as a terminal sends it.
BYTES = st.binary(max_size=40) | st.text(max_size=20).map(lambda text: text.encode())

BODIES = st.one_of(
    st.tuples(st.just("term"), st.sampled_from(["output", "input"]), BYTES),
    st.tuples(st.just("term"), st.just("resize"), SIZE_DATA | st.just(UNSET)),
    st.tuples(st.just("mark"), st.just("moment"), st.fixed_dictionaries({"label": st.text()})),
    st.tuples(st.just("term"), st.just("exit"), st.just({"code": 7, "signal": None})),
    st.tuples(st.text("abc", min_size=1), st.text("abc", min_size=1), OBJECTS),
)
LINKS = st.tuples(NAMES, NAMES, NAMES)
RAW = [("term", kind) for kind in ("output", "input", "resize")]  # hold no links in a native file


@st.composite
def event_lists(draw: st.DrawFn) -> list[Event]:
    bodies = draw(st.lists(st.tuples(BODIES, LINKS), max_size=20))
    times = sorted(draw(st.lists(TIMES, min_size=len(bodies), max_size=len(bodies))))
    return [
        Event(seq, t, *body, *(() if body[:2] in RAW else links))
        for seq, (t, (body, links)) in enumerate(zip(times, bodies, strict=True))
    ]


@RELAXED
@given(event_lists(), OBJECTS)
def test_the_text_twin_loses_nothing(events: list[Event], header: dict[str, Any]) -> None:
    assert read("jsonl", written("jsonl", header, events)[0]) == (header, events, [])


@RELAXED
@given(event_lists())
def test_native_there_and_back_through_the_twin_is_equal(events: list[Event]) -> None:
    native, _ = written("ahr", HEADER, events)
    header, found, _ = read("ahr", native)
    twin, _ = written("jsonl", header, found)
    assert found == events
    assert read("jsonl", twin)[1] == events


def text_of(events: list[Event], kind: str) -> str:
    raw = b"".join(e.data for e in events if e.name == ("term", kind) and isinstance(e.data, bytes))
    return raw.decode("utf-8", "replace")


@pytest.mark.parametrize("name", ["asciicast2", "asciicast3"])
@RELAXED
@given(event_lists())
def test_asciicast_keeps_text_sizes_marks_and_times(name: str, events: list[Event]) -> None:
    data, loss = written(name, HEADER, events)
    _, found, notes = read(name, data)
    assert notes == []
    exits = [e for e in events if e.name == ("term", "exit")]
    if name == "asciicast3":
        assert [e.data for e in found if e.kind == "exit"] == [{"code": 7, "signal": None}] * len(
            exits
        )
    if not exits:  # an exit ends the streams: what is left of a character is not joined over it
        for kind in ("output", "input"):
            assert text_of(found, kind) == text_of(events, kind)
    for kind, key in (("resize", "cols"), ("resize", "rows"), ("moment", "label")):
        before, after = (
            [e.data[key] for e in es if e.kind == kind and e.data != UNSET]
            for es in (events, found)
        )
        assert before == after
    held = {("term", k) for k in ("output", "input", "resize")} | {("mark", "moment")}
    held |= {("term", "exit")} if name == "asciicast3" else set()
    left_out = [e for e in events if e.name not in held or e.data == UNSET]
    assert sum(loss.events.values()) == len(left_out)


@RELAXED
@given(st.lists(st.integers(0, 10**9), max_size=200))
def test_v3_times_never_drift_over_half_a_millisecond(gaps: list[int]) -> None:
    t, events = 0, []
    for seq, gap in enumerate(gaps):
        t += gap
        events.append(Event(seq, t, "term", "output", b"x"))
    lines = written("asciicast3", HEADER, events)[0].splitlines()[1:]
    total = 0  # whole milliseconds, as exact sums of what the file says
    for event, line in zip(events, lines, strict=True):
        whole, fraction = line.decode()[1:].split(",", 1)[0].split(".")
        assert len(fraction) == 3
        total += int(whole) * 1000 + int(fraction)
        assert abs(total * 1_000_000 - event.t) <= 500_000


@RELAXED
@given(event_lists())
def test_v2_times_are_cut_to_microseconds(events: list[Event]) -> None:
    _, found, _ = read("asciicast2", written("asciicast2", HEADER, events)[0])
    allowed = {event.t // 1000 for event in events}
    assert {event.t // 1000 for event in found} <= allowed
    assert all(event.t % 1000 == 0 for event in found)


@RELAXED
@given(event_lists())
def test_v1_obeys_its_rules_and_keeps_the_terminal(events: list[Event]) -> None:
    data, _ = written("ahr1", HEADER | {"created": "2024-01-02T03:04:05Z"}, events)
    v1.strict(data)
    _, found, notes = read("ahr1", data)
    assert notes == []

    def kept(es: list[Event]) -> list[tuple[int, str, Any]]:
        # An empty output or input is no record.
        terminal = [e for e in es if e.track == "term" and e.kind != "exit"]
        return [(e.t, e.kind, e.data) for e in terminal if e.data and e.data != UNSET]

    assert kept(found) == kept(events)


KEYS = ["cols", "rows", "created", "command", "title", "env", "term", "tags", "idle_time_limit"]
ODD = JSON | st.floats(allow_nan=False, allow_infinity=False) | st.integers()
ODD_HEADERS = st.dictionaries(
    st.sampled_from(KEYS), ODD | st.lists(ODD) | OBJECTS | st.just("9999-12-31T00:00:00Z")
)
ODD_DATA = st.dictionaries(
    st.sampled_from(["cols", "rows", "label", "source", "origin", "id", "code", "signal"]),
    ODD
    | st.dictionaries(st.sampled_from(["format", "id", "code", "value"]), ODD | st.just("ahr1")),
)
ODD_EVENTS = st.lists(
    st.tuples(
        st.sampled_from(["term", "mark", "fs", "?"]),
        st.sampled_from(["output", "input", "resize", "exit", "moment", "snapshot", "9"]),
        ODD_DATA | BYTES,
    )
)


@pytest.mark.parametrize(
    "name", sorted(name for name, format_ in FORMATS.items() if format_.writer)
)
@RELAXED
@given(ODD_HEADERS, ODD_EVENTS)
def test_what_means_nothing_is_written_or_refused(
    name: str, header: dict[str, Any], bodies: list[tuple[str, str, Any]]
) -> None:
    """Recordings come from other people too: their headers and data may be any JSON."""
    events = [Event(seq, seq << 50, *body) for seq, body in enumerate(bodies)]
    try:
        data, _ = written(name, header, events)
    except InputError:  # also: a terminal too large to be shown as text
        return
    if FORMATS[name].reader:
        read(name, data)


READERS = sorted(name for name, format_ in FORMATS.items() if format_.reader)
STARTS = [
    b"",
    b"AHRC\x01\x00\x30\x00",
    b'{"version":2,"width":80,"height":24}\n',
    b'{"version":3,"term":{"cols":80,"rows":24}}\n',
    b'{"version":1,"width":80,"height":24,"stdout":[[0.1,"a"]',
    b'{"format":"agentrec-jsonl","version":1,"header":{}}\n',
    b"Script started on\n",
]


@pytest.mark.parametrize("name", READERS)
@RELAXED
@given(st.sampled_from(STARTS), st.binary(max_size=300), st.binary(max_size=100))
def test_garbage_raises_nothing_but_a_format_error(
    name: str, start: bytes, rest: bytes, timing: bytes
) -> None:
    try:
        session = FORMATS[name].read(
            Source("x", io.BytesIO(start + rest), io.BytesIO(timing), io.BytesIO(rest))
        )
        events = list(session.events)
    except FormatError:
        return
    assert [event.t for event in events] == sorted(event.t for event in events)


@RELAXED
@given(st.binary(max_size=200), st.sampled_from(STARTS))
def test_looking_at_garbage_raises_nothing_but_a_format_error(rest: bytes, start: bytes) -> None:
    try:
        assert detect_format(start + rest, "x").name in FORMATS
    except FormatError:
        pass


@st.composite
def json_lines(draw: st.DrawFn) -> bytes:
    """Well-formed JSON that means nothing."""
    fields = st.one_of(
        st.lists(JSON | st.floats(), max_size=4),
        st.tuples(TIMES | st.floats(), st.sampled_from("oirmxz"), st.text()),
        st.dictionaries(st.sampled_from(["seq", "t", "track", "kind", "data", "b64"]), JSON),
    )
    lines = draw(st.lists(fields, max_size=5))
    return b"".join(json.dumps(line).encode() + b"\n" for line in lines)


@pytest.mark.parametrize("name", ["asciicast2", "asciicast3", "jsonl"])
@RELAXED
@given(json_lines(), st.sampled_from(STARTS))
def test_json_that_means_nothing_raises_nothing_but_a_format_error(
    name: str, lines: bytes, start: bytes
) -> None:
    try:
        read(name, start + lines)
    except FormatError:
        pass


SAMPLE = [
    Event(0, 0, "term", "output", "é€ text ".encode() * 5),
    Event(1, 5_000_000, "term", "input", b"y\r"),
    Event(2, 9_000_000, "term", "resize", {"cols": 100, "rows": 30}),
    Event(3, 9_000_000, "mark", "moment", {"label": "x", "source": "cli"}),
    Event(4, 12_000_000, "term", "output", b"end"),
]


@pytest.mark.parametrize("name", ["ahr", "ahr1", "asciicast2", "asciicast3", "jsonl"])
def test_every_prefix_reads_as_a_prefix_or_is_refused(name: str) -> None:
    data, _ = written(name, HEADER, SAMPLE)
    whole = read(name, data)[1]
    for cut in range(len(data)):
        try:
            found = read(name, data[:cut])[1]
        except FormatError:
            continue
        assert found == whole[: len(found)]


@pytest.mark.parametrize("name", ["ahr", "ahr1", "asciicast2", "asciicast3", "jsonl"])
@RELAXED
@given(st.data())
def test_damage_raises_nothing_but_a_format_error(name: str, data: st.DataObject) -> None:
    file = bytearray(written(name, HEADER, SAMPLE)[0])
    for _ in range(data.draw(st.integers(1, 4))):
        file[data.draw(st.integers(0, len(file) - 1))] = data.draw(st.integers(0, 255))
    try:
        read(name, bytes(file))
    except FormatError:
        pass
