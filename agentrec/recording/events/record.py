"""What a typed record is: the data of one kind of event, as far as this version knows it.

What a field holds is said once, where it is declared; docs/events.md and the page's types are made from it.
A record is a view: fields are read when they are asked for, since most readers ask for few, and what it does
not name stays in ``data``. Events are never written from records.
"""

from __future__ import annotations

from typing import Any, ClassVar

from agentrec.recording.events.fields import Field


class EventRecord:
    """The data of one kind of event.

    A subclass declares its fields and says ``kind`` ("track/kind"), ``source`` (who writes it) and ``links``
    (what its span and parent are).
    """

    __slots__ = ("data",)

    NAME: ClassVar[tuple[str, str]]
    SOURCE: ClassVar[str]
    LINKS: ClassVar[str]

    def __init_subclass__(cls, *, kind: str, source: str, links: str = "") -> None:
        track, _, name = kind.partition("/")
        cls.NAME, cls.SOURCE, cls.LINKS = (track, name), source, links

    def __init__(self, data: dict[str, Any]) -> None:
        self.data = data

    @property
    def failed(self) -> bool | None:
        """Whether something went wrong; None where that is not told."""
        return None

    @classmethod
    def fields(cls) -> dict[str, Field[Any]]:
        """Its fields by name, in the order of the docs."""
        return {name: it for name, it in vars(cls).items() if isinstance(it, Field)}

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and other.data == self.data

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        told = {name: getattr(self, name) for name in self.fields()}
        words = (f"{name}={value!r}" for name, value in told.items() if value not in (None, ""))
        return f"{type(self).__name__}({', '.join(words)})"
