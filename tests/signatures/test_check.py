"""What signatures say about recordings that were cut off, changed, and rewritten."""

import json
import subprocess
from pathlib import Path

import pytest

from agentrec.recording.append import append_about, append_moment, append_note
from agentrec.recording.format import frames
from agentrec.recording.format.frames import Frame
from agentrec.recording.reader import Recording
from agentrec.recording.rewrite import BuiltKeyframe, compact, repair
from agentrec.recording.verify import verify
from agentrec.recording.writer import Writer
from agentrec.signatures.signed import statements
from agentrec.terminal.seek.packing import MIN_KEYFRAME_BYTES, pack
from tests.signatures.helpers import (
    HEADER,
    MINUTE,
    NEVER,
    allow,
    begin,
    checked,
    make_key,
    record,
    records_of,
    rewritten,
    signer_with,
)


@pytest.fixture
def signed(tmp_path, key):
    """Three minutes, each signed, and the end."""
    return record(tmp_path / "a.ahr", key)


def is_intact(path, completeness="complete"):
    report = checked(path)
    assert (report.integrity, report.changed, report.faults) == ("intact", [], [])
    assert report.completeness == completeness
    return report


def names(path, first, stop):
    """It is changed, in these events."""
    report = checked(path)
    assert report.integrity == "changed"
    assert [(one.first, one.stop) for one in report.changed] == [(first, stop)]
    return report


def test_all_but_the_last_signature_is_signed(signed, key):
    report = is_intact(signed)
    _, found = records_of(signed)
    assert (report.events, report.until, report.after) == (len(found) - 1, 3 * MINUTE, 0)
    assert report.statements == 4
    assert (report.trust, report.algorithm) == ("unasked", "ssh-ed25519")
    printed = subprocess.run(["ssh-keygen", "-l", "-f", key], capture_output=True, text=True)
    assert report.key == printed.stdout.split()[1]


def test_what_earlier_versions_signed():
    path = Path(__file__).parents[2] / "fixtures/recordings/v2-signed.ahr"
    report = checked(path, f"{path}.allowed_signers")
    assert (report.integrity, report.completeness, report.after) == ("intact", "complete", 1)
    assert (report.trust, report.principal) == ("allowed", "me@example.com")


def test_one_signature_at_the_end_is_enough(tmp_path, key):
    path = record(tmp_path / "a.ahr", key, interval=NEVER)
    assert is_intact(path).statements == 1


def test_an_empty_recording_is_complete(tmp_path, key):
    assert is_intact(record(tmp_path / "a.ahr", key, minutes=0, interval=NEVER)).events == 1


def test_it_stays_signed_when_it_is_compressed_anew(signed):
    before = verify(signed).chain
    assert compact(signed, 9)
    assert compact(signed, 1, iter([BuiltKeyframe(5, 5, bytes(18) + b"{}")]))
    assert verify(signed).chain != before
    is_intact(signed)


def test_it_stays_signed_when_the_writer_compresses(tmp_path, key):
    path = tmp_path / "a.ahr"
    writer = begin(path, key)
    writer.output(4 * MINUTE, b"a line of many\r\n" * 60_000)
    writer.close()
    is_intact(path)


def test_what_is_added_later_is_not_signed_and_said_so(signed):
    append_note(signed, MINUTE, {"text": "a note", "source": "cli"})
    append_moment(signed, MINUTE, "here", "player")
    append_about(signed, "another title", ["tag"])
    for _ in range(2):
        assert is_intact(signed).after == 3
        assert compact(signed, 9)
    with Recording.open(signed) as recording:
        assert recording.header["title"] == "another title"


def test_a_file_cut_off_anywhere_says_until_when_it_is_signed(signed, tmp_path):
    data = (tmp_path / "a.ahr").read_bytes()
    with Recording.open(signed) as recording:
        ends = [item.end for item in recording.frames() if isinstance(item, Frame)]
        signatures = statements(recording).digests
    cut = tmp_path / "cut.ahr"
    seen = []
    for end in ends[:-2]:  # without index and end it would still be complete
        for length in (end, end - 3):
            cut.write_bytes(data[:length])
            _, found = records_of(cut)
            last = found[-1][0] if found else -1
            report = checked(cut)
            if last < 0:
                assert report.integrity == "unsigned"
                continue
            there = [one.statement for one in signatures if one.signed.seq <= last]
            assert (report.integrity, report.faults) == ("intact", [])
            assert report.events == (there[-1].stop if there else 0)
            assert report.until == (there[-1].t if there else 0)
            if report.completeness == "incomplete":
                seen.append(report.until // MINUTE)
                assert report.after == last + 1 - report.events - (1 if there else 0) or (
                    there and report.after <= last + 1 - report.events
                )
    assert set(seen) == {0, 1, 2, 3}


def test_an_end_made_up_after_a_cut_does_not_help(signed):
    rewritten(signed, lambda found: found[:40])
    assert verify(signed).state == "whole"
    report = checked(signed)
    assert (report.integrity, report.completeness) == ("intact", "incomplete")
    assert report.until == MINUTE


def test_a_recorder_that_could_not_finish(tmp_path, key):
    begin(tmp_path / "a.ahr", key)  # it never ends
    report = checked(tmp_path / "a.ahr")
    assert (report.integrity, report.completeness) == ("intact", "live")
    assert report.until == 3 * MINUTE


def change_of(seq, record):
    def change(found):
        return [(at, record if at == seq else old) for at, old in found]

    return change


def test_every_record_that_was_changed_is_named(signed, tmp_path):
    _, found = records_of(signed)
    with Recording.open(signed) as recording:
        stops = [one.statement.stop for one in statements(recording).digests]
    data = (tmp_path / "a.ahr").read_bytes()
    for seq, (t, kind, payload) in found:
        if kind != 0 or seq % 6:
            continue
        first = max([0, *(stop for stop in stops if stop <= seq)])
        stop = min(stop for stop in stops if stop > seq)
        (tmp_path / "a.ahr").write_bytes(data)
        rewritten(signed, change_of(seq, (t, kind, payload[:-3] + b"!\r\n")))
        assert verify(signed).state == "whole"
        names(signed, first, stop)


@pytest.mark.parametrize(
    "other",
    [
        lambda t, kind, payload: (t + 1, kind, payload),
        lambda t, kind, payload: (t, 1, payload),
        lambda t, kind, payload: (t, kind, payload + b"x"),
    ],
)
def test_times_kinds_and_lengths_are_signed(signed, other):
    _, found = records_of(signed)
    seq, record = found[5]
    rewritten(signed, change_of(seq, other(*record)))
    names(signed, 0, 23)


def test_flipped_bits_are_named(signed, tmp_path):
    data = bytearray((tmp_path / "a.ahr").read_bytes())
    with Recording.open(signed) as recording:
        chunks = [
            item
            for item in recording.frames()
            if isinstance(item, Frame) and item.kind == frames.CHUNK
        ]
    for item in chunks:
        flipped = data.copy()
        flipped[item.offset + 20] ^= 4
        (tmp_path / "a.ahr").write_bytes(flipped)
        assert checked(signed).integrity == "changed"


@pytest.fixture
def large(tmp_path, key):
    """Four minutes, each in a segment of its own."""
    path = tmp_path / "large.ahr"
    writer = begin(path, key, minutes=0)
    for minute in range(4):
        writer.output(minute * MINUTE, bytes([65 + minute]) * 1_100_000)
        writer.flush()
    writer.close(compact=False)
    return path


def test_a_lost_segment_leaves_the_signatures_of_the_others(large):
    data = bytearray(large.read_bytes())
    with Recording.open(str(large)) as recording:
        at = [entry[0] for entry in recording.index.segments]
        stops = [one.statement.stop for one in statements(recording).digests]
    data[at[1] + 200] ^= 4
    large.write_bytes(data)
    report = checked(large)
    assert (report.integrity, report.completeness) == ("changed", "complete")
    unknown, changed = report.changed  # the first signature stands behind what it signs
    assert (unknown.first, unknown.stop, unknown.unknown) == (0, stops[0], True)
    assert (changed.first, changed.unknown) == (stops[0], False)
    assert changed.stop < report.events


def test_removed_events_are_named_also_when_the_rest_is_numbered_anew(signed):
    rewritten(signed, lambda found: [one for one in found if one[0] != 30])
    names(signed, 23, 46)
    rewritten(signed, lambda found: list(enumerate(record for _, record in found)))
    assert checked(signed).integrity == "changed"


def test_events_in_another_order_are_named(signed):
    def swap(found):
        one, two = found[4], found[5]
        found[4:6] = [(one[0], (one[1][0], *two[1][1:])), (two[0], (two[1][0], *one[1][1:]))]
        return found

    rewritten(signed, swap)
    names(signed, 0, 23)


def test_segments_in_another_order(large):
    with Recording.open(str(large)) as recording:
        at = [entry[0] for entry in recording.index.segments]
    data = large.read_bytes()
    large.write_bytes(data[: at[1]] + data[at[2] : at[3]] + data[at[1] : at[2]] + data[at[3] :])
    assert verify(str(large)).state == "altered"
    report = checked(large)
    assert report.integrity == "changed"
    assert report.changed


def test_a_segment_that_is_there_twice(large):
    with Recording.open(str(large)) as recording:
        at = [entry[0] for entry in recording.index.segments]
    data = large.read_bytes()
    large.write_bytes(data[: at[2]] + data[at[1] : at[2]] + data[at[2] :])
    report = checked(large)
    assert report.integrity == "changed"
    assert any("twice" in fault for fault in report.faults)


def test_a_large_recording_is_packed_with_keyframes_and_stays_signed(tmp_path, key):
    path = tmp_path / "packed.ahr"
    writer = begin(path, key, minutes=1)
    for number in range(2 * MIN_KEYFRAME_BYTES >> 20):
        writer.output(2 * MINUTE, b"%7d a line of many\r\n" % number * 40_000)
        writer.flush()
    writer.close(compact=False)
    size = path.stat().st_size
    assert pack(str(path))
    assert path.stat().st_size < size
    with Recording.open(str(path)) as recording:
        assert recording.index.keyframes
    is_intact(path)
    append_note(str(path), MINUTE, {"text": "a note", "source": "cli"})
    assert is_intact(path).after == 1


def test_a_signature_that_was_taken_out_is_missed(signed):
    with Recording.open(signed) as recording:
        second = statements(recording).digests[1].signed.seq
    rewritten(signed, lambda found: [one for one in found if one[0] != second])
    report = checked(signed)
    unknown, changed = report.changed  # the next one signs this one, too
    assert (unknown.first, unknown.stop, unknown.unknown) == (23, 46, True)
    assert (changed.first, changed.stop, changed.unknown) == (46, 69, False)
    assert report.completeness == "complete"


def test_without_the_users_signature_it_is_not_called_unsigned(signed):
    rewritten(signed, lambda found: found[1:])
    report = checked(signed)
    assert report.integrity == "changed"
    assert report.faults == ["the user's signature, its first event, is missing"]


def edit(path, seq, **values):
    """The data of the JSON event ``seq`` with other values."""

    def change(found):
        for at, (t, kind, old) in found:
            body = json.loads(old) if at == seq else None
            payload = json.dumps({**body, "data": body["data"] | values}).encode() if body else old
            yield at, (t, kind, payload)

    return rewritten(path, change)


def test_a_statement_that_was_changed(signed):
    with Recording.open(signed) as recording:
        last = statements(recording).digests[-1].signed
    edit(signed, last.seq, statement=last.text.replace('"end":true', '"end":false'))
    report = checked(signed)
    assert report.integrity == "changed"
    assert any("not by the recording's key" in fault for fault in report.faults)


def test_another_recordings_signatures_do_not_fit(signed, tmp_path, key):
    other = record(tmp_path / "b.ahr", key)
    _, found = records_of(other)
    rewritten(signed, lambda ours: [found[0], *ours[1:]])
    report = checked(signed)
    assert report.integrity == "changed"
    assert "not by the recording's key" in report.faults[0]


def test_whoever_lacks_the_users_key_cannot_sign_again(signed, tmp_path, key):
    theirs = make_key(tmp_path, "theirs")
    allowed = allow(tmp_path, key)
    assert checked(signed, allowed).trust == "allowed"
    again = Writer(str(tmp_path / "b.ahr"), HEADER)
    again.sign_with(signer_with(theirs))
    for _, (t, _kind, payload) in records_of(signed)[1][1:5]:
        again.output(t, payload)
    again.close()
    report = checked(again.path, allowed)
    assert (report.integrity, report.completeness) == ("intact", "complete")
    assert (report.trust, report.why) == ("refused", "its key is not in the list")


def test_the_header_is_signed(signed):
    header, _ = records_of(signed)
    rewritten(signed, lambda found: found, {**header, "command": ["true"]})
    assert "the header is not as it was signed" in checked(signed).faults[0]
    rewritten(signed, lambda found: found, {**header, "id": "other"})
    assert "signatures are of the recording" in checked(signed).faults[0]


def test_a_repaired_one_is_signed_as_far_as_it_goes(signed, tmp_path):
    data = (tmp_path / "a.ahr").read_bytes()
    (tmp_path / "a.ahr").write_bytes(data[: len(data) * 2 // 3])
    repair(signed, str(tmp_path / "b.ahr"))
    assert verify(str(tmp_path / "b.ahr")).state == "whole"
    assert is_intact(tmp_path / "b.ahr", "incomplete").events == checked(signed).events > 0


def test_output_behind_the_signed_end_is_no_note(signed):
    def more(found):
        seq, (t, _, _) = found[-1]
        return [*found, (seq + 1, (t, 0, b"rm -rf /\r\n"))]

    rewritten(signed, more)
    report = checked(signed)
    assert report.integrity == "changed"
    assert report.faults == ["behind the signed end there is more than notes: 1 event"]


def test_a_recording_without_signatures(tmp_path):
    writer = Writer(str(tmp_path / "a.ahr"), HEADER)
    writer.output(0, b"x")
    writer.close()
    report = checked(writer.path)
    assert (report.integrity, report.trust, report.sound_or_unsigned) == (
        "unsigned",
        "unasked",
        True,
    )
    report = checked(writer.path, "/dev/null")
    assert (report.trust, report.why, report.sound_or_unsigned) == (
        "refused",
        "it is not signed",
        False,
    )
