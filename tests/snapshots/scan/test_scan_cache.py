"""The saved result of a scan."""

from pathlib import Path

from tests.snapshots.helpers import (
    fill,
    taker,
    workspace,
)


def test_what_was_remembered_is_not_believed_when_it_is_broken_or_gone(tmp_path):
    folder = workspace(tmp_path)
    fill(folder, {"a": "1", "b": "2" * 5000, "c/d/e": "3"})
    takes = taker(folder, tmp_path)
    takes.take()
    takes.save_scan()
    seen = Path(takes.store.folder) / "seen.json"
    lines = seen.read_bytes().splitlines(keepends=True)
    for damage in (
        *(
            b"",
            b"[]",
            seen.read_bytes()[:50],
            b"".join(lines[:-1]),
            b"".join([lines[0], *lines[2:]]),
        ),
        b'{"version":1,"epoch":"","root":[1,2]}',
        b'{"version":2,"epoch":"","directories":1}\n[1,2]',
    ):
        seen.write_bytes(damage)
        other = taker(folder, tmp_path, "other")
        assert other.store.read(other.take()[0], "a") == b"1"
    takes.save_scan()
    pack = Path(takes.store.objects_folder) / "pack"
    takes.store.remove_head("run")
    takes.store.remove_head("other")
    for file in pack.iterdir():
        file.unlink()
    fresh = taker(folder, tmp_path, "fresh")
    snapshot, new = fresh.take()
    assert new
    assert fresh.store.read(snapshot, "b") == b"2" * 5000
