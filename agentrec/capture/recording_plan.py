"""What to record and how. On the start path of `record`: dataclasses would take too long to import."""

from __future__ import annotations

ALL_TERMINAL = ["terminal"] * 3

TYPE_CHECKING = False
if TYPE_CHECKING:
    from agentrec.capture.io.child import Program
    from agentrec.capture.io.tty import Size


class ChildSize:
    """The size of the child's terminal.

    ``cols`` and ``rows`` are fixed where they are set. The rest follows the user's ``window``; where
    there is none, it is as it was at the start: the window's size or the ``default``.
    """

    def __init__(
        self,
        cols: int | None,
        rows: int | None,
        *,
        window: Size | None,
        default: tuple[int, int],
    ) -> None:
        self._cols, self._rows = cols, rows
        self._default = default
        self.initial = self.fit(window)
        self._default = self.initial[:2]

    def fit(self, window: Size | None) -> Size:
        """The size that goes with the user's ``window``."""
        cols = self._cols or (window[0] if window else self._default[0])
        rows = self._rows or (window[1] if window else self._default[1])
        if window and (cols, rows) == window[:2]:
            return window
        return (cols, rows, 0, 0)  # the pixels of another size would be wrong


class RecordingPlan:
    """The ``program`` to run in a terminal of ``size``; ``session`` is the recording's id.

    ``prefix`` is the control character that is for the recorder and not for the child, or None.
    ``streams`` are what its standard streams are, see :mod:`agentrec.capture.io.child_streams`.
    """

    def __init__(
        self,
        session: str,
        program: Program,
        size: ChildSize,
        *,
        capture_input: bool = False,
        prefix: int | None = None,
        streams: list[str] = ALL_TERMINAL,
    ) -> None:
        self.session, self.program, self.size = session, program, size
        self.streams = streams
        self.capture_input, self.prefix = capture_input, prefix
