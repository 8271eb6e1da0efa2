"""JSON of headers and events: bounded, and nothing that cannot be read again."""

import json

import pytest

from agentrec.errors import FormatError
from agentrec.recording.format import frames
from agentrec.recording.format.header import dump_json, load_json
from agentrec.recording.reader import Recording


@pytest.mark.parametrize(
    "raw",
    [
        b'{"a":' + b"[" * 300 + b"]" * 300 + b"}",
        b'{"a":[' + b"0," * (2 << 20) + b"0]}",
        b'{"a":NaN}',
        b'{"a":-Infinity}',
        b'{"a":1e999}',
        b'{"a":[-1.5E+400]}',
        b'{"a":' + b"9" * 5000 + b"}",
        b'{"a":' + b"[" * 100_000,
        b'{"a":[' + b",".join([b"[" * 150 + b"]" * 150] * 10_000) + b"]}",
        b'{"a":[' + b"[" * 300 + b"]" * (2 << 20),
        b'{"a":' + b"[" * 300 + b'"\\"' * (1 << 20),
        b'{"a":' + b"[" * 300 + b'"' + b"\\" * (1 << 20),
    ],
)
def test_json_beyond_any_use_is_refused(raw):
    with pytest.raises(FormatError):
        load_json(raw)


def test_what_looks_like_too_much_within_a_text_is_fine():
    value = {"csv": "1,2,3\n" * 400_000, "code": '[[{{"\\' * 1000}
    assert load_json(dump_json(value)) == value


def test_what_could_not_be_read_is_not_written():
    nested = []
    for _ in range(300):
        nested = [nested]
    for value in ({"a": nested}, {"a": [0] * (1 << 21)}, {"a": float("nan")}):
        with pytest.raises(FormatError):
            dump_json(value)


def test_a_version_of_any_length_is_one_line(tmp_path):
    path = tmp_path / "a.ahr"
    body = json.dumps({"version": "9" * 5000}).encode()
    path.write_bytes(frames.MAGIC + frames.pack(frames.HEADER, body))
    with pytest.raises(FormatError) as caught:
        Recording.open(str(path))
    assert len(str(caught.value)) < 200
