from agentrec.recording.info import MAX_KINDS, recording_info
from agentrec.recording.reader import Recording
from tests.recording.crafted import RECORDS, chunk, honest, segment, whole


def test_of_more_kinds_than_anybody_reads_the_most_frequent_are_told(tmp_path):
    path = tmp_path / "a.ahr"
    many = {f"a/{number:05}": 1 for number in range(MAX_KINDS + 10)}

    def index(first):
        return honest(first) | {"counts": many | {"z/often": 7}, "bytes": {}}

    path.write_bytes(whole(segment() + chunk(RECORDS), index))
    with Recording.open(str(path)) as recording:
        facts = recording_info(recording)
    assert len(facts["by_kind"]) == MAX_KINDS
    assert facts["by_kind"]["z/often"] == {"events": 7, "bytes": 0}
    assert facts["kinds_left_out"] == 11
