"""The index: where segments and keyframes are, and how much of what there is."""

from itertools import pairwise

TYPE_CHECKING = False
if TYPE_CHECKING:
    from agentrec.json_values import JsonObject

LISTED_PREFIXES = (
    "mark/",
    "fs/",
)  # tracks whose events are listed one by one, so that moments show at once
MAX_MARKS = 10_000
MAX_INTEGER = (1 << 63) - 1  # of offsets, seqs, times and sums


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
        if name.startswith(LISTED_PREFIXES) and len(self.marks) < MAX_MARKS:
            self.marks.append([seq, t])

    def as_json(self) -> "JsonObject":
        return {name: getattr(self, name) for name in self.__slots__}

    @classmethod
    def from_json(cls, value: "JsonObject", stop: int) -> "Index":
        """The index that a file says it has before the offset ``stop``.

        Raises KeyError, TypeError and ValueError for one that makes no sense: whoever uses an index
        trusts its shape, and that its segments are in order.
        """
        index = cls()
        for name in ("segments", "keyframes"):
            setattr(index, name, _rows(value[name], 3))
        index.marks = _rows(value["marks"], 2)
        for name in ("counts", "bytes"):
            numbers = value[name]
            if not isinstance(numbers, dict):
                raise TypeError(name)
            setattr(index, name, {key: _number(number) for key, number in numbers.items()})
        index.raw, index.stored = _number(value["raw"]), _number(value["stored"])
        if len(index.marks) > MAX_MARKS or not _in_order(index.segments, stop):
            raise ValueError("segments or marks are not as a writer leaves them")
        return index


def _rows(value: object, width: int) -> list[list[int]]:
    if not isinstance(value, list):
        raise TypeError("a list of rows was expected")
    for row in value:
        if not isinstance(row, list) or len(row) != width:
            raise TypeError("a row of the index is none")
        for number in row:
            _number(number)
    return value


def _number(value: object) -> int:
    if type(value) is not int:
        raise TypeError("a number was expected")
    if not 0 <= value <= MAX_INTEGER:
        raise ValueError("a number is beyond the format")
    return value


def _in_order(segments: list[list[int]], stop: int) -> bool:
    """Whether the segments stand one behind the other before ``stop``, and never step back."""
    steps = pairwise([[-1, 0, 0], *segments, [stop, MAX_INTEGER, MAX_INTEGER]])
    return all(a[0] < b[0] and a[1] <= b[1] and a[2] <= b[2] for a, b in steps)
