"""The index: where segments and keyframes are, and how many events of each kind there are."""

from itertools import pairwise

TYPE_CHECKING = False
if TYPE_CHECKING:
    from agentrec.json_values import JsonObject

# Tracks whose events are listed one by one, so that markers show at once.
LISTED_PREFIXES = ("mark/", "fs/")
MAX_MARKS = 10_000
# Of offsets, seqs, times and sums.
MAX_INTEGER = (1 << 63) - 1


class Index:
    """The trailing index; every value can be rebuilt from the segments."""

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
        """Count one event: ``name`` is ``track/kind``, ``length`` that of its payload."""
        self.counts[name] = self.counts.get(name, 0) + 1
        self.bytes[name] = self.bytes.get(name, 0) + length
        if name.startswith(LISTED_PREFIXES) and len(self.marks) < MAX_MARKS:
            self.marks.append([seq, t])

    def count_all(self, name: str, count: int, length: int) -> None:
        """The same for so many events, which are not listed, and their payloads together."""
        self.counts[name] = self.counts.get(name, 0) + count
        self.bytes[name] = self.bytes.get(name, 0) + length

    def as_json(self) -> "JsonObject":
        return {name: getattr(self, name) for name in self.__slots__}

    @classmethod
    def from_json(cls, value: "JsonObject", stop: int) -> "Index":
        """The index in a file, which stands at the offset ``stop``.

        Raises KeyError, TypeError or ValueError when it is invalid: users of an index rely on its shape,
        and on the order of its segments.
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
            raise ValueError("segments are out of order, or there are too many marks")
        return index


def _rows(value: object, width: int) -> list[list[int]]:
    if not isinstance(value, list):
        raise TypeError("expected a list of rows")
    for row in value:
        if not isinstance(row, list) or len(row) != width:
            raise TypeError("invalid row in the index")
        for number in row:
            _number(number)
    return value


def _number(value: object) -> int:
    if type(value) is not int:
        raise TypeError("expected a number")
    if not 0 <= value <= MAX_INTEGER:
        raise ValueError("a number is out of range")
    return value


def _in_order(segments: list[list[int]], stop: int) -> bool:
    """Whether offsets, seqs and times of the segments never step back, and stay before ``stop``."""
    steps = pairwise([[-1, 0, 0], *segments, [stop, MAX_INTEGER, MAX_INTEGER]])
    return all(a[0] < b[0] and a[1] <= b[1] and a[2] <= b[2] for a, b in steps)
