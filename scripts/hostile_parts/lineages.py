"""Recordings that name each other, or themselves, as what they come from. Each is a folder of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agentrec.recording.format import batch
from scripts.hostile_parts.pieces import HEADER, segment, start, stored

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from agentrec.json_values import JsonObject

    Place = Callable[[int], Path]

# Of a recording of one line, on disk.
_BYTES = 1024
_MOST = 5000
_ODD = (None, 7, [], {"a": 1}, "../../x", "\x1b]0;x\x07", "x" * 100_000, 10**400, -1, 1e300)
_FIELDS = ("id", "relation", "snapshot", "file", "at_ns", "at_step", "message", "method", "of")


def _write(path: Path, name: str, parent: JsonObject) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    header = {**HEADER, "id": name, "parent": {"relation": "branch", **parent}}
    path.write_bytes(start(header) + segment() + stored([(0, batch.OUTPUT, b"x")]))


def _line(path: Path, place: Place, count: int, last: int) -> None:
    """Each comes from the next, the last one from the one with the number ``last``."""
    for number in range(count):
        above = last if number == count - 1 else number + 1
        file = path if above == 0 else place(above)
        own = path if number == 0 else place(number)
        _write(own, f"r{number}", {"id": f"r{above}", "file": str(file), "at_ns": 5})


def write_lineage(path: Path, name: str, size: int) -> None:
    """The recording ``path``, and others of about ``size`` bytes in ``beside`` of its folder."""
    folder, count = path.parent / "beside", max(3, min(size // _BYTES, _MOST))
    if name == "odd parents":
        _write(path, "r0", {"id": "r0"})
        for number, field in enumerate(_FIELDS):
            for place, value in enumerate(_ODD):
                own = path.parent / f"odd{number}-{place}.ahr"
                _write(own, own.stem, {"id": "r0", "file": str(path), field: value})
    elif name == "parents elsewhere":
        _line(path, lambda number: folder / str(number) / f"r{number}.ahr", count, count)
    else:
        last = {"ring of parents": 0, "its own parent": 0}.get(name, count)
        many = 1 if name == "its own parent" else count
        _line(path, lambda number: path.parent / f"r{number}.ahr", many, last)


LINEAGES = (
    "its own parent",
    "ring of parents",
    "line of parents",
    "parents elsewhere",
    "odd parents",
)
