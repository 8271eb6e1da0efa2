"""Following a file that another program writes."""

import json
import os

from agentrec.agents.follow import tail as module
from agentrec.agents.follow.tail import Tail, first_record, names, size_of


def numbers(tail):
    return [record["n"] for record, _ in tail.records()]


def test_lines_are_given_once_and_only_when_whole(tmp_path):
    path = tmp_path / "a.jsonl"
    tail = Tail(str(path))
    assert tail.records() == []
    path.write_bytes(b'{"n":1}\n{"n":2}\n{"n"')
    assert numbers(tail) == [1, 2]
    assert numbers(tail) == []
    with path.open("ab") as file:
        file.write(b":3}\n")
    assert numbers(tail) == [3]


def test_offsets_stand_behind_each_record(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_bytes(b'{"n":1}\n\n{"n":"\xc3\xa9"}\nbroken\n{"n":3}\n')
    tail = Tail(str(path))
    text = path.read_bytes()
    for record, offset in tail.records():
        assert json.loads(text[:offset].splitlines()[-1]) == record
    assert [tail.take_broken(), tail.take_broken()] == [1, 0]


def test_a_start_in_the_middle_of_a_line_skips_to_the_next(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_bytes(b"".join(b'{"n":%d}\n' % n for n in range(5)))
    for start in range(1, 9):
        assert numbers(Tail(str(path), start)) == [1, 2, 3, 4]
    assert numbers(Tail(str(path), 0)) == [0, 1, 2, 3, 4]
    assert numbers(Tail(str(path), 9)) == [2, 3, 4]
    assert numbers(Tail(str(path), size_of(str(path)))) == []


def test_a_file_that_became_shorter_is_read_again(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_bytes(b'{"n":1}\n{"n":2}\n')
    tail = Tail(str(path))
    assert numbers(tail) == [1, 2]
    path.write_bytes(b'{"n":7}\n')
    assert numbers(tail) == [7]


def test_any_split_of_the_writes_gives_the_same(tmp_path):
    data = "".join(json.dumps({"n": n, "text": "é" * n}) + "\n" for n in range(30)).encode()
    for step in (1, 2, 3, 7, 50):
        path = tmp_path / f"{step}.jsonl"
        path.touch()
        tail, found = Tail(str(path)), []
        with path.open("ab", buffering=0) as file:
            for at in range(0, len(data), step):
                file.write(data[at : at + step])
                found += numbers(tail)
        assert found == list(range(30))


def test_nothing_new_means_the_end_of_the_file(tmp_path, monkeypatch):
    """A line longer than a read, and reads full of lines that are none."""
    monkeypatch.setattr(module, "READ_LIMIT_BYTES", 64)
    path = tmp_path / "a.jsonl"
    long = json.dumps({"n": 1, "text": "x" * 500}).encode() + b"\n"
    path.write_bytes(long + b"\0\n" * 200 + long + b"x" * 300)
    tail, found = Tail(str(path)), []
    while more := numbers(tail):
        found += more
    assert found == [1, 1]
    assert (tail.size, tail.take_broken()) == (size_of(str(path)), 200)


def test_a_line_that_is_far_too_long_counts_once(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "READ_LIMIT_BYTES", 64)
    monkeypatch.setattr(module, "LINE_LIMIT_BYTES", 256)
    path = tmp_path / "a.jsonl"
    path.write_bytes(b"x" * 2000 + b'\n{"n":1}\n')
    tail = Tail(str(path))
    assert numbers(tail) == [1]
    assert tail.take_broken() == 1


def test_much_at_once_is_read_in_pieces(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "READ_LIMIT_BYTES", 64)
    path = tmp_path / "a.jsonl"
    path.write_bytes(b"".join(b'{"n":%d}\n' % n for n in range(100)))
    tail, found = Tail(str(path)), []
    looks = 0
    while more := numbers(tail):
        found += more
        looks += 1
    assert found == list(range(100))
    assert looks > 10


def test_a_line_that_never_ends_is_not_kept(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "LINE_LIMIT_BYTES", 100)
    path = tmp_path / "a.jsonl"
    path.write_bytes(b'{"n":1}\n' + b"x" * 1000)
    tail = Tail(str(path))
    assert numbers(tail) == [1]
    with path.open("ab") as file:
        file.write(b'x\n{"n":2}\n')
    assert numbers(tail) == [2]


def test_missing_things_are_empty(tmp_path):
    assert names(str(tmp_path / "none")) == []
    assert size_of(str(tmp_path / "none")) == 0
    assert first_record(str(tmp_path / "none")) == {}
    (tmp_path / "odd").write_text("[1]\n")
    assert first_record(str(tmp_path / "odd")) == {}
    os.mkfifo(tmp_path / "pipe")
    assert size_of(str(tmp_path / "pipe")) == 0


def test_nobody_waits_at_a_pipe(tmp_path):
    path = str(tmp_path / "a.jsonl")
    os.mkfifo(path)
    assert Tail(path).records() == []
    assert first_record(path) == {}


def test_a_file_that_is_written_anew_is_read_again(tmp_path):
    path = tmp_path / "t.jsonl"
    path.write_text('{"a": 1}\n')
    tail = Tail(str(path))
    assert [record for record, _ in tail.records()] == [{"a": 1}]
    path.write_text('{"b": "longer than before"}\n{"a": 1}\n')
    assert [record for record, _ in tail.records()] == [{"b": "longer than before"}, {"a": 1}]
    with path.open("a") as file:
        file.write('{"c": 3}\n')
    assert [record for record, _ in tail.records()] == [{"c": 3}]
    assert tail.take_broken() == 0
