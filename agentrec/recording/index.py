"""The index: where segments and keyframes are, and how much of what there is."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

LISTED = ("mark/", "fs/")  # tracks whose events are listed one by one, so that moments show at once
MAX_MARKS = 10_000


class Index:
    """What the trailing index holds; every value can be rebuilt from the segments."""

    __slots__ = ("bytes", "counts", "keyframes", "marks", "raw", "segments", "stored")

    def __init__(self) -> None:
        self.segments: list[list[int]] = []  # offset, first seq, t
        self.keyframes: list[list[int]] = []  # offset, events before it, t
        self.marks: list[list[int]] = []  # seq, t of mark and fs events
        self.counts: dict[str, int] = {}  # "track/kind" -> events
        self.bytes: dict[str, int] = {}  # "term/output" -> payload bytes
        self.raw = 0  # payload bytes of all records
        self.stored = 0  # payload bytes in chunks that are not compressed

    def count(self, seq: int, t: int, name: str, length: int) -> None:
        """Take note of one event: ``name`` is ``track/kind``, ``length`` its payload's."""
        self.counts[name] = self.counts.get(name, 0) + 1
        self.bytes[name] = self.bytes.get(name, 0) + length
        if name.startswith(LISTED) and len(self.marks) < MAX_MARKS:
            self.marks.append([seq, t])

    def as_json(self) -> "dict[str, Any]":
        return {name: getattr(self, name) for name in self.__slots__}

    @classmethod
    def from_json(cls, value: "dict[str, Any]") -> "Index":
        index = cls()
        for name in cls.__slots__:
            kept = value[name]
            if not isinstance(kept, type(getattr(index, name))):
                raise TypeError(name)
            setattr(index, name, kept)
        return index
