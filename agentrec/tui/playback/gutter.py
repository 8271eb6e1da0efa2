"""Which rows of the screen get a sign in the gutter: those at which a marker was set."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING

from agentrec.tui.draw.timeline_cells import marker_kind

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from agentrec.recording.markers import Marker
    from agentrec.tui.playback.messages import Anchor, Picture

MAX_ANCHORS = 50  # markers before the current time whose place on the screen is looked up


class Gutter:
    """Places markers on the screen by their anchors, which ``find`` looks up in the background."""

    def __init__(self, find: Callable[[list[Marker]], None]) -> None:
        self._find = find
        self._anchors: dict[str, Anchor] = {}
        self._requested: set[str] = set()

    def add(self, anchor: Anchor) -> None:
        self._anchors[anchor.marker] = anchor

    def is_complete(self, markers: Sequence[Marker], t: int) -> bool:
        """Whether all anchors that a picture at ``t`` needs are known."""
        return all(marker.id in self._anchors for marker in _recent(markers, t))

    def rows(self, markers: Sequence[Marker], picture: Picture) -> dict[int, str]:
        """Rows of the picture that show the line of a marker, with how the marker is shown."""
        recent = _recent(markers, picture.t)
        self._request([marker for marker in recent if marker.id not in self._requested])
        rows: dict[int, str] = {}
        for marker in recent:
            anchor = self._anchors.get(marker.id)
            if anchor is None or anchor.alt_screen != picture.alt_screen:
                continue
            row = anchor.line - picture.above
            if 0 <= row < len(picture.lines):
                text = "".join(run.text for run in picture.lines[row])
                if text.startswith(anchor.text):
                    rows[row] = marker_kind(marker)
        return rows

    def _request(self, markers: list[Marker]) -> None:
        if markers:
            self._requested.update(marker.id for marker in markers)
            self._find(markers)


def _recent(markers: Sequence[Marker], t: int) -> Sequence[Marker]:
    passed = bisect_right(markers, t, key=lambda marker: marker.t)
    return markers[max(0, passed - MAX_ANCHORS) : passed]
