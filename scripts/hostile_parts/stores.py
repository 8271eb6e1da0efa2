"""Snapshot stores that do harm, each beside a recording that names what is in it."""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING

from agentrec.snapshots.gitstore.pack import PackWriter
from agentrec.snapshots.gitstore.snapshot_store import SnapshotStore
from agentrec.snapshots.model import Snapshot
from scripts.hostile_parts.pieces import HEADER, events, start

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    Maker = Callable[[PackWriter, int], bytes]

_MB = 1 << 20
_BLOB, _REF_DELTA = 3, 7
_MANIFEST = (
    b'{"version":1,"usual":{"file":"644","program":"755","folder":"755"},"modes":{},"empty":[],'
    b'"left":{},"rules":{"out":[],"keep":[],"excludes":""}'
)
_ONE, _OTHER = b"\1" * 20, b"\2" * 20


class RawPack(PackWriter):
    """A pack with entries of any kind, also such as no git writes."""

    def put(self, name: bytes, kind: int, size: int, rest: bytes) -> bytes:
        """An entry that claims to be the object ``name``, and to have ``size`` bytes."""
        head, left = [kind << 4 | size & 15], size >> 4
        while left:
            head[-1] |= 0x80
            head.append(left & 0x7F)
            left >>= 7
        self._put(name, bytes(head) + rest)
        return name


def _entry(name: str, sha: bytes, mode: str = "100644") -> bytes:
    return f"{mode} {name}\0".encode() + sha


def _letters(size: int) -> bytes:
    packer = zlib.compressobj(1)
    parts = [packer.compress(b"x" * _MB) for _ in range(size // _MB)]
    return b"".join([*parts, packer.flush()])


def _plain(sink: PackWriter, _size: int) -> bytes:
    return sink.add("tree", _entry("x.py", sink.add("blob", b"print(1)\n")))


def _claims(sink: RawPack, _size: int) -> bytes:
    sink.put(_ONE, _BLOB, 1 << 60, zlib.compress(b"x"))
    return sink.add("tree", _entry("x.py", _ONE))


def _deltas(sink: RawPack, _size: int) -> bytes:
    delta = zlib.compress(b"\x01\x01\x90\x01")
    sink.put(_ONE, _REF_DELTA, 4, _OTHER + delta)
    sink.put(_OTHER, _REF_DELTA, 4, _ONE + delta)
    return sink.add("tree", _entry("x.py", _ONE))


def _file_bomb(sink: RawPack, size: int) -> bytes:
    large = size * 32 // _MB * _MB
    sink.put(_ONE, _BLOB, large, _letters(large))
    return sink.add("tree", _entry("x.py", _ONE))


def _short_file(sink: RawPack, _size: int) -> bytes:
    sink.put(_ONE, _BLOB, 20 * _MB, _letters(10 * _MB))
    return sink.add("tree", _entry("x.py", _ONE))


def _folder_bomb(sink: PackWriter, _size: int) -> bytes:
    """Ten folders with the same ten folders and so on: a billion files."""
    tree = sink.add("tree", _entry("x.py", sink.add("blob", b"x")))
    for _ in range(9):
        tree = sink.add("tree", b"".join(_entry(f"d{n}", tree, "40000") for n in range(10)))
    return tree


def _deep(sink: PackWriter, size: int) -> bytes:
    tree = sink.add("tree", _entry("x.py", sink.add("blob", b"x")))
    for _ in range(min(size // 64, 20_000)):
        tree = sink.add("tree", _entry("d", tree, "40000"))
    return tree


def _wide(sink: PackWriter, size: int) -> bytes:
    blob = sink.add("blob", b"x")
    return sink.add(
        "tree", b"".join(_entry(f"{n:07}.py", blob) for n in range(min(size // 40, 2_000_000)))
    )


def _garbage(sink: RawPack, _size: int) -> bytes:
    return sink.add("tree", _entry("d", sink.add("tree", b"\xff no tree"), "40000"))


def _names(sink: RawPack, _size: int) -> bytes:
    """Files that would be written elsewhere, or act on a terminal."""
    blob = sink.add("blob", b"x")
    names = (".", "..", ".git", "../../x", "/x", "a\nb", "\x1b]0;x\x07", "\u202ex", "\x9b2J")
    return sink.add("tree", b"".join(_entry(name, blob) for name in sorted(names)))


STORES: dict[str, Maker] = {
    "cut pack": _plain,
    "broken pack": _plain,
    "pack without index": _plain,
    "index that lies": _plain,
    "claims of a file": _claims,  # type: ignore[dict-item]
    "deltas in a ring": _deltas,  # type: ignore[dict-item]
    "file shorter than it says": _short_file,  # type: ignore[dict-item]
    "bomb of a file": _file_bomb,  # type: ignore[dict-item]
    "bomb of folders": _folder_bomb,
    "bomb of a manifest": _plain,
    "deep folders": _deep,
    "wide folder": _wide,
    "broken folder": _garbage,
    "names of files": _names,
    "manifest of wrong types": _plain,
    "snapshot of wrong types": _plain,
}


def write_store(path: Path, name: str, size: int, env: Mapping[str, str]) -> None:
    """A recording at ``path`` with one snapshot, which is in a store in the data directory of ``env``."""
    store = SnapshotStore.adopted("hostile-1", "/hostile", env)
    sink = RawPack(store.objects_folder)
    tree = STORES[name](sink, size)
    manifest = _MANIFEST + b"}"
    if name == "bomb of a manifest":
        manifest = _MANIFEST + b',"late":[' + b'"",' * (size * 4) + b'""]}'
    if name == "manifest of wrong types":
        manifest = (
            b'{"version":[],"usual":{"file":"x"},"modes":{"x.py":7},"left":[1],"empty":[1,{}]}'
        )
    snapshot = Snapshot(
        *("s1", "", tree.hex(), "", "", "first", "start", str(HEADER["id"]), 10**18),
        *("/hostile", "/hostile", 1, 1, 0, 0, {}),
    )
    if name == "snapshot of wrong types":
        snapshot = snapshot._replace(files=[1], bytes={}, left="x", workspace=None, cwd=7)
    made = store.commit(sink, snapshot, manifest)
    sink.finish()
    store.set_head(str(HEADER["id"]), made.commit)
    _break(store, name)
    about = {"id": "s1", "label": "first", "commit": made.commit, "tree": made.tree}
    data = {**about, "store": store.name, "workspace": "/hostile", "cwd": "/hostile"}
    path.write_bytes(start() + b"".join(events([("fs/snapshot", data)])))


def _break(store: SnapshotStore, name: str) -> None:
    (pack,) = (path for path in _packs(store) if path.suffix == ".pack")
    index = pack.with_suffix(".idx")
    data = bytearray(pack.read_bytes())
    if name == "cut pack":
        _replace(pack, data[: len(data) // 2])
    elif name == "broken pack":
        data[20 : len(data) - 20] = bytes(len(data) - 40)
        _replace(pack, data)
    elif name == "pack without index":
        index.unlink()
    elif name == "index that lies":
        _replace(index, _lying(index.read_bytes()))


def _lying(index: bytes) -> bytes:
    """All offsets of an index beyond the end of the pack."""
    import hashlib

    count = struct.unpack_from(">I", index, 8 + 255 * 4)[0]
    at = 8 + 1024 + count * 24
    body = index[:at] + struct.pack(">I", 0x7FFFFFF0) * count + index[at + count * 4 : -20]
    return body + hashlib.sha1(body, usedforsecurity=False).digest()


def _packs(store: SnapshotStore) -> list[Path]:
    from pathlib import Path

    return sorted(Path(store.objects_folder, "pack").iterdir())


def _replace(path: Path, data: bytes) -> None:
    path.unlink()
    path.write_bytes(data)
