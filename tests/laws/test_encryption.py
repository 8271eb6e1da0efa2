"""The laws of encrypted recordings: prefixes, bit flips, nonces, and nothing shows outside."""

import json
import os
import shutil
from pathlib import Path

import pyrage
import pytest

from agentrec.recording.append import append_about, append_moment
from agentrec.recording.encryption import encryptor, envelope
from agentrec.recording.encryption.encryptor import Encryptor
from agentrec.recording.format import frames, segments
from agentrec.recording.format.frames import Frame
from agentrec.recording.format.walk import walk
from agentrec.recording.reader import Recording
from agentrec.recording.rewrite import repair
from agentrec.recording.verify import examine, examine_outside, verify
from agentrec.recording.writer import Writer
from tests.recording.helpers import HEADER, allowed_identity, read, sample, write

PLANTED = ("PLANTEDCOMMAND", "PLANTEDTITLE", "PLANTEDCWD", "PLANTEDOUTPUT", "PLANTEDMARK")


@pytest.fixture
def key(tmp_path, monkeypatch):
    yield from allowed_identity(tmp_path, monkeypatch)


@pytest.fixture
def small(key, tmp_path, monkeypatch):
    """Two segments of two events, and what is in them."""
    monkeypatch.setattr(segments, "SEGMENT_RECORDS", 2)
    events = sample(4)
    return events, write(tmp_path / "small.ahr", events, recipients=[str(key.to_public())])


def checked(path):
    """The events that can be read, and what `verify` says with and without the key."""
    with Recording.open(str(path)) as recording, Recording.outside(str(path)) as outside:
        events = list(recording.events())
        return events, examine(recording).state, examine_outside(outside).state


def frames_of(path):
    data = Path(path)
    with data.open("rb") as file:
        found = list(walk(file, len(envelope.MAGIC), data.stat().st_size))
    return [one for one in found if isinstance(one, Frame)]


def test_it_reads_as_what_was_written(small):
    events, path = small
    header, got, damage = read(path)
    assert got == events
    assert damage == []
    assert {**header, "recipients": None} == {**HEADER, "recipients": None}
    with Recording.outside(path) as recording:
        outside = examine_outside(recording)
    assert (verify(path).state, outside.state) == ("whole", "closed")
    assert verify(path).segments == outside.segments == 2


def test_every_prefix_gives_a_prefix_and_says_so(small, tmp_path):
    events, path = small
    whole = Path(path).read_bytes()
    cut = tmp_path / "cut.ahr"
    most = 0
    for length in range(len(whole)):
        cut.write_bytes(whole[:length])
        got, state, _ = checked(cut)
        assert got == events[: len(got)]
        assert len(got) >= most
        most = len(got)
        assert state == "torn", length
    assert most == len(events)


def test_every_byte_with_a_flipped_bit_is_noticed_and_costs_its_segment_at_most(small, tmp_path):
    events, path = small
    whole = bytearray(Path(path).read_bytes())
    keys = [one.offset for one in frames_of(path) if one.kind == frames.KEY]
    assert len(keys) == 3  # one for the header, one for each segment
    starts = [*keys, len(whole)]
    flipped = tmp_path / "flipped.ahr"
    for place in range(len(whole)):
        data = whole.copy()
        data[place] ^= 1 << place % 8
        flipped.write_bytes(data)
        hit = next((n - 1 for n in range(3) if starts[n] <= place < starts[n + 1]), None)
        safe = [event for event in events if event.seq // 2 != hit]
        got, state, outside = checked(flipped)
        assert set(map(repr, safe)) <= set(map(repr, got)) <= set(map(repr, events)), place
        assert state in ("damaged", "torn"), place
        assert outside in ("damaged", "torn"), place


def test_what_is_changed_and_has_right_checksums_does_not_open(small, tmp_path):
    events, path = small
    whole = Path(path).read_bytes()
    for one in frames_of(path):
        if one.kind not in (frames.KEY, frames.ENCRYPTED):
            continue
        for place in range(0, len(one.payload), 5):
            payload = bytearray(one.payload)
            payload[place] ^= 1
            changed = tmp_path / "changed.ahr"
            framed = frames.pack(one.kind, bytes(payload), one.flags)
            changed.write_bytes(whole[: one.offset] + framed + whole[one.end :])
            got, state, _ = checked(changed)
            assert set(map(repr, got)) <= set(map(repr, events))
            assert state in ("altered", "damaged"), (one.kind, place)


@pytest.mark.parametrize("name", ["id", "created", "file"])
def test_what_shows_of_the_header_is_what_is_inside(small, tmp_path, name):
    _, path = small
    first = frames_of(path)[0]
    header = json.loads(first.payload)
    other = json.dumps({**header, name: header[name][::-1]}, separators=(",", ":")).encode()
    changed = tmp_path / "changed.ahr"
    framed = frames.pack(first.kind, other, first.flags)
    changed.write_bytes(envelope.MAGIC + framed + Path(path).read_bytes()[first.end :])
    found = verify(str(changed))
    assert found.state == "altered"
    assert "what shows of its header is not what is inside" in found.notes


def test_segments_that_are_cut_out_swapped_or_repeated_are_noticed(small, tmp_path):
    events, path = small
    whole = Path(path).read_bytes()
    keys = [one.offset for one in frames_of(path) if one.kind == frames.KEY]
    before, first, second = whole[: keys[1]], whole[keys[1] : keys[2]], whole[keys[2] :]
    for parts in (
        (before, second),
        (before, second, first),
        (before, first, first, second),
        (before, first, second, second),
    ):
        changed = tmp_path / "changed.ahr"
        changed.write_bytes(b"".join(parts))
        _, got, _ = read(changed)
        assert set(map(repr, got)) <= set(map(repr, events))
        assert verify(str(changed)).state == "altered"
        with Recording.outside(str(changed)) as recording:
            assert examine_outside(recording).state == "altered"


def nonces_in(path, key):
    """What was encrypted under every key and nonce."""
    cipher_key = b""
    for one in frames_of(path):
        if one.kind == frames.KEY:
            cipher_key = pyrage.decrypt(one.payload[envelope.KEY_BODY.size :], [key])
        elif one.kind == frames.ENCRYPTED:
            number = envelope.PIECE_BODY.unpack_from(one.payload)[0]
            yield (cipher_key, number), one.payload


@pytest.mark.parametrize("first", [b"", b"begins with this"])
def test_pieces_of_any_size_come_back(key, tmp_path, first):
    kept, most = encryptor._KEPT_BYTES, envelope.MAX_PIECE_BYTES
    sizes = [1, kept - 1, kept, 3 * kept, kept + 1, most - 1, most, most + 1, 2 * most + 5, kept]
    pieces = [[os.urandom(size // 3), os.urandom(size - size // 3)] for size in sizes]
    one = Encryptor([str(key.to_public())], bytes(8), at=0, first=first)
    file = tmp_path / "frames"
    # Each is used before the next call, as its writers do.
    file.write_bytes(envelope.MAGIC + b"".join(b"".join(one.encrypt(some)) for some in pieces))
    opened, cipher = [], None
    for frame in frames_of(file):
        if frame.kind == frames.KEY:
            bound, wrapped = frame.payload[: envelope.KEY_BODY.size], frame.payload[28:]
            cipher = envelope.Cipher(pyrage.decrypt(wrapped, [key]), bound)
        else:
            opened.append(cipher.decrypt(frame.payload))
    assert b"".join(opened) == first + b"".join(b"".join(some) for some in pieces)


def test_no_nonce_is_used_twice_by_appending_copies_crashes_and_repairs(small, key, tmp_path):
    _, path = small
    names = [tmp_path / f"{name}.ahr" for name in ("one", "two", "crashed")]
    for name in names:
        shutil.copyfile(path, name)
    for name in names[:2]:  # two copies go on from the same state
        append_moment(str(name), 0, "a mark", "test")
        append_about(str(name), "a title", ["tag"])
        assert verify(str(name)).state == "whole"
    whole = names[2].read_bytes()
    names[2].write_bytes(whole[: len(whole) * 2 // 3])
    for count in (1, 2):
        repair(str(names[2]), str(tmp_path / f"repaired{count}.ahr"))
        names.append(tmp_path / f"repaired{count}.ahr")
    used = {}
    for name in [path, *names]:
        for nonce, payload in nonces_in(name, key):
            used.setdefault(nonce, set()).add(payload)
    assert len(used) > 20
    assert {len(payloads) for payloads in used.values()} == {1}


def test_no_nonce_is_used_twice_by_two_writers_of_one_file_or_a_fork(key, tmp_path):
    recipients = [str(key.to_public())]
    writers = [Encryptor(recipients, bytes(8), at=0) for _ in range(2)]
    parent = b"".join(
        piece for number in range(3) for one in writers for piece in one.encrypt([b"%d" % number])
    )
    read_end, write_end = os.pipe()
    if not os.fork():
        for one in writers:
            os.write(write_end, b"".join(one.encrypt([b"the child goes on"])))
        os._exit(0)
    os.close(write_end)
    with open(read_end, "rb") as pipe:
        child = pipe.read()
    os.wait()
    parent += b"".join(piece for one in writers for piece in one.encrypt([b"so does the parent"]))
    file = tmp_path / "frames"
    # The child's frames last: each of its keys is its own, so nothing before them matters.
    file.write_bytes(envelope.MAGIC + parent + child)
    kinds = [one.kind for one in frames_of(file)]
    assert kinds.count(frames.KEY) == 4
    keys = {pyrage.decrypt(f.payload[28:], [key]) for f in frames_of(file) if f.kind == frames.KEY}
    assert len(keys) == 4


def test_nothing_of_a_recording_shows_in_its_file(key, tmp_path):
    path = tmp_path / "planted.ahr"
    command, title, cwd, output, mark = PLANTED
    header = {**HEADER, "command": [command], "title": title, "cwd": cwd}
    writer = Writer(str(path), header, recipients=[str(key.to_public())])
    writer.start()
    writer.output(1, output.encode() * 100_000)  # stored, were it not encrypted
    writer.flush()
    writer.output(2, output.encode())
    writer.event(3, "mark", "moment", {"label": mark})
    writer.close()
    append_about(str(path), title, [mark])
    append_moment(str(path), 0, mark, "test")
    with Recording.open(str(path)) as recording:
        assert recording.header["title"] == title
        assert len(list(recording.events())) == 5
    data = path.read_bytes()
    assert [text for text in PLANTED if text.encode() in data] == []
    with Recording.outside(str(path)) as recording:
        assert set(recording.header) == {"version", "file", "id", "created"}
        assert list(recording.events()) == []


def test_what_lies_about_where_it_is_costs_little(small, tmp_path):
    """A directory or offsets that claim terabytes do not make a reader look for them."""
    events, path = small
    whole = Path(path).read_bytes()
    frames_there = frames_of(path)
    directory = frames_there[-1]
    rows, inside = envelope.parse_directory(directory)
    lying = envelope.pack_directory([rows[0], *((at, 1 << 60) for at, _ in rows[1:])], 1 << 61)
    for end in (lying, envelope.pack_directory(rows, 1 << 61), envelope.pack_directory([], inside)):
        changed = tmp_path / "lying.ahr"
        changed.write_bytes(whole[: directory.offset] + end)
        with Recording.open(str(changed)) as recording:
            assert recording.file_size <= len(whole)
            got = list(recording.events())
        assert got in (events, [])
        assert verify(str(changed)).state == "altered"
