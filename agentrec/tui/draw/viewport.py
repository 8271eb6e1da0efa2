"""Where the recorded terminal is drawn in the player's window: framed and centered, or panned."""

from __future__ import annotations

from typing import NamedTuple

MARGIN_CELLS = 4  # between the cursor and the edge while following it


class Placement(NamedTuple):
    """How the terminal is drawn.

    ``x``, ``y``           where its visible part starts in the window
    ``left``, ``top``      its first visible cell
    ``width``, ``height``  how much of it is visible
    ``framed``             there is room for a frame around it
    ``gutter``             there is a column on its left for signs of markers
    """

    x: int
    y: int
    left: int
    top: int
    width: int
    height: int
    framed: bool
    gutter: bool

    def shows_all(self, cols: int, rows: int) -> bool:
        return self.width >= cols and self.height >= rows


class Pan:
    """The first visible cell: follows the cursor until the user moves it."""

    def __init__(self) -> None:
        self.left = self.top = 0
        self.manual = False

    def move(self, dx: int, dy: int) -> None:
        """The user pans."""
        self.manual = True
        self.left += dx
        self.top += dy

    def follow(self) -> None:
        """Follow the cursor again."""
        self.manual = False


def lay_out(
    window: tuple[int, int],
    size: tuple[int, int],
    pan: Pan,
    cursor: tuple[int, int] | None,
    *,
    bare: bool = False,
) -> Placement:
    """Place a terminal of ``size`` (columns, rows) in ``window``; brings ``pan`` within bounds.

    ``cursor`` is the recorded cursor, None when the program hides it. ``bare``: without a frame or signs,
    however much room there is.
    """
    width, height = window
    cols, rows = size
    framed = not bare and cols + 3 <= width and rows + 2 <= height
    gutter = framed or (not bare and width >= min(cols + 1, 40))
    room = max(0, width - (1 if gutter else 0))
    seen = (min(cols, room), min(rows, height))
    if cursor and not pan.manual:
        pan.left = _follow(pan.left, seen[0], cursor[0], cols)
        pan.top = _follow(pan.top, seen[1], cursor[1], rows)
    pan.left = min(max(0, pan.left), cols - seen[0])
    pan.top = min(max(0, pan.top), rows - seen[1])
    x = max(2 if framed else 1 if gutter else 0, (width - seen[0]) // 2)
    y = (height - seen[1]) // 2
    return Placement(x, y, pan.left, pan.top, *seen, framed, gutter)


def _follow(start: int, seen: int, cursor: int, whole: int) -> int:
    """The smallest movement that keeps the cursor visible; back to the start where that shows it."""
    if seen >= whole or seen == 0:
        return 0
    margin = min(MARGIN_CELLS, (seen - 1) // 2)
    if cursor < seen - margin:
        return 0
    if cursor < start + margin:
        return cursor - margin
    if cursor >= start + seen - margin:
        return cursor - seen + margin + 1
    return start
