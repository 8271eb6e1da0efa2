"""What control characters and escape sequences do to a canvas."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from agentrec.redact.screen.screen_model import Canvas

    Params = list[int]

_MOST = 100_000  # a parameter above is the same as this
_CSI = re.compile(rb"\x1b\[([<-?]?)([0-9;:]*)([ -/]*)([@-~])\Z")
_ALTERNATE = frozenset((47, 1047, 1049))


def c0(canvas: Canvas, token: bytes) -> None:
    """A control character."""
    if token == b"\n" or token in b"\v\f":
        canvas.pending = False
        canvas.line_feed()
    elif token == b"\r":
        canvas.x, canvas.pending = 0, False
    elif token == b"\b":
        canvas.x, canvas.pending = max(0, canvas.x - 1), False
    elif token == b"\t":
        _tab(canvas, 1)


def esc(canvas: Canvas, token: bytes) -> None:
    """An escape sequence without parameters."""
    rest = token[1:]
    if rest == b"c":
        canvas.look(*canvas.rows)
        canvas.alternate(False)
        for row in canvas.rows:
            row.blank(0, canvas.cols)
        canvas.reset()
    elif rest in (b"D", b"E"):
        canvas.x = 0 if rest == b"E" else canvas.x
        canvas.pending = False
        canvas.line_feed()
    elif rest == b"M":
        canvas.reverse_line_feed()
    elif rest == b"H":
        canvas.tabs = (_tabs(canvas)) | {canvas.x}
    elif rest == b"7":
        _save(canvas)
    elif rest == b"8":
        _restore(canvas)
    elif rest == b"#8":
        canvas.look(*canvas.rows)
        for row in canvas.rows:
            row.chars[:] = "E" * canvas.cols
            row.origins[:] = [-1] * canvas.cols
            row.used, row.dirty = canvas.cols, True
        canvas.origin_mode = False
        canvas.top, canvas.bottom = 0, canvas.height - 1
        _move(canvas, 0, 0)


def csi(canvas: Canvas, token: bytes) -> None:
    """A control sequence."""
    if token.endswith(b"m"):
        return
    match = _CSI.match(token)
    if match is None:
        return
    marker, params, between, final = match.groups()
    if marker == b"?" and not between and final in (b"h", b"l"):
        for mode in _numbers(params):
            _private_mode(canvas, mode, final == b"h")
        return
    if marker == b"?" and final in (b"J", b"K") and not between:
        marker = b""  # selective erase: nothing is protected, as far as we know
    if between == b"!" and final == b"p":
        canvas.wraps, canvas.inserts, canvas.origin_mode = True, False, False
        canvas.top, canvas.bottom = 0, canvas.height - 1
        return
    action = None if marker or between else _ACTIONS.get(final)
    if action:
        action(canvas, _numbers(params))


def _numbers(params: bytes) -> Params:
    return [
        min(int(part), _MOST) if part.isdigit() else 0
        for part in params.replace(b":", b";").split(b";")
    ]


def _count(params: Params) -> int:
    return max(1, params[0])


def _move(canvas: Canvas, y: int, x: int) -> None:
    """To an absolute place; rows count from the top margin in origin mode."""
    low, high = (canvas.top, canvas.bottom) if canvas.origin_mode else (0, canvas.height - 1)
    canvas.y = min(max(y + low, low), high)
    canvas.x = min(max(x, 0), canvas.cols - 1)
    canvas.pending = False


def _shift(canvas: Canvas, rows: int, cols: int) -> None:
    """Relative to where it is; margins stop it when it is within them."""
    low = canvas.top if canvas.y >= canvas.top else 0
    high = canvas.bottom if canvas.y <= canvas.bottom else canvas.height - 1
    canvas.y = min(max(canvas.y + rows, low), high)
    canvas.x = min(max(canvas.x + cols, 0), canvas.cols - 1)
    canvas.pending = False


def _address(canvas: Canvas, params: Params) -> None:
    _move(canvas, _count(params) - 1, (params[1] if len(params) > 1 else 1) - 1)


def _column(canvas: Canvas, params: Params) -> None:
    canvas.x, canvas.pending = min(_count(params), canvas.cols) - 1, False


def _line(canvas: Canvas, params: Params) -> None:
    _move(canvas, _count(params) - 1, canvas.x)


def _next_lines(canvas: Canvas, params: Params) -> None:
    _shift(canvas, _count(params), -canvas.cols)


def _lines_before(canvas: Canvas, params: Params) -> None:
    _shift(canvas, -_count(params), -canvas.cols)


def _erase_display(canvas: Canvas, params: Params) -> None:
    how = params[0]
    if how == 3:
        return  # the scrollback: what was in it has been looked at, or still is in `gone`
    if how > 3:
        return
    rows = range(canvas.height) if how == 2 else range(canvas.y) if how == 1 else ()
    for y in rows or (range(canvas.y + 1, canvas.height) if how == 0 else ()):
        canvas.erase(y, 0, canvas.cols)
    if how < 2:
        _erase_line(canvas, params)
    canvas.pending = False


def _erase_line(canvas: Canvas, params: Params) -> None:
    how = params[0]
    if how > 2:
        return
    start = canvas.x if how == 0 else 0
    canvas.erase(canvas.y, start, canvas.x + 1 if how == 1 else canvas.cols)
    canvas.pending = False


def _erase_chars(canvas: Canvas, params: Params) -> None:
    canvas.erase(canvas.y, canvas.x, canvas.x + _count(params))
    canvas.pending = False


def _insert_lines(canvas: Canvas, params: Params) -> None:
    _scroll_lines(canvas, -_count(params))


def _delete_lines(canvas: Canvas, params: Params) -> None:
    _scroll_lines(canvas, _count(params))


def _scroll_lines(canvas: Canvas, count: int) -> None:
    if canvas.top <= canvas.y <= canvas.bottom:
        canvas.scroll(count, top=canvas.y)
        canvas.x, canvas.pending = 0, False


def _insert_chars(canvas: Canvas, params: Params) -> None:
    canvas.insert(_count(params))
    canvas.pending = False


def _delete_chars(canvas: Canvas, params: Params) -> None:
    canvas.delete(_count(params))
    canvas.pending = False


def _margins(canvas: Canvas, params: Params) -> None:
    top = _count(params) - 1
    bottom = (params[1] if len(params) > 1 and params[1] else canvas.height) - 1
    bottom = min(bottom, canvas.height - 1)
    if top < bottom:
        canvas.top, canvas.bottom = top, bottom
        _move(canvas, 0, 0)


def _repeat(canvas: Canvas, params: Params) -> None:
    if canvas.last and canvas.last[0].isprintable():
        canvas.repeat(min(_count(params), canvas.cols * canvas.height))


def _modes(canvas: Canvas, params: Params, on: bool) -> None:
    if 4 in params:
        canvas.inserts = on


def _private_mode(canvas: Canvas, mode: int, on: bool) -> None:
    if mode == 7:
        canvas.wraps = on
    elif mode == 6:
        canvas.origin_mode = on
        _move(canvas, 0, 0)
    elif mode == 1048:
        (_save if on else _restore)(canvas)
    elif mode in _ALTERNATE:
        _alternate(canvas, mode, on)


def _alternate(canvas: Canvas, mode: int, on: bool) -> None:
    if mode == 1049 and on:
        _save(canvas)
    if mode == 1047 and not on and canvas.alternative:
        _wipe(canvas)
    canvas.alternate(on)
    if mode == 1049 and on:
        _wipe(canvas)
    if mode == 1049 and not on:
        _restore(canvas)


def _wipe(canvas: Canvas) -> None:
    canvas.pending = False
    for y in range(canvas.height):
        canvas.erase(y, 0, canvas.cols)


def _save(canvas: Canvas) -> None:
    canvas.saved = (canvas.x, canvas.y, canvas.pending, canvas.origin_mode)


def _restore(canvas: Canvas) -> None:
    x, y, pending, canvas.origin_mode = canvas.saved
    canvas.x, canvas.y = min(x, canvas.cols - 1), min(y, canvas.height - 1)
    canvas.pending = pending and canvas.x == canvas.cols - 1


def _tabs(canvas: Canvas) -> set[int]:
    return set(range(8, canvas.cols, 8)) if canvas.tabs is None else canvas.tabs


def _tab(canvas: Canvas, count: int) -> None:
    if canvas.tabs is None:
        canvas.x = min((canvas.x // 8 + count) * 8, canvas.cols - 1)
        return
    stops = sorted(stop for stop in canvas.tabs if canvas.x < stop < canvas.cols)
    canvas.x = stops[count - 1] if count <= len(stops) else canvas.cols - 1


def _tab_back(canvas: Canvas, params: Params) -> None:
    stops = sorted((stop for stop in _tabs(canvas) if stop < canvas.x), reverse=True)
    count = _count(params)
    canvas.x = stops[count - 1] if count <= len(stops) else 0
    canvas.pending = False


def _clear_tabs(canvas: Canvas, params: Params) -> None:
    if params[0] == 3:
        canvas.tabs = set()
    elif params[0] == 0:
        canvas.tabs = _tabs(canvas) - {canvas.x}


_ACTIONS: dict[bytes, Callable[[Canvas, Params], None]] = {
    b"A": lambda canvas, params: _shift(canvas, -_count(params), 0),
    b"B": lambda canvas, params: _shift(canvas, _count(params), 0),
    b"e": lambda canvas, params: _shift(canvas, _count(params), 0),
    b"C": lambda canvas, params: _shift(canvas, 0, _count(params)),
    b"a": lambda canvas, params: _shift(canvas, 0, _count(params)),
    b"D": lambda canvas, params: _shift(canvas, 0, -_count(params)),
    b"E": _next_lines,
    b"F": _lines_before,
    b"G": _column,
    b"`": _column,
    b"d": _line,
    b"H": _address,
    b"f": _address,
    b"I": lambda canvas, params: _tab(canvas, _count(params)),
    b"Z": _tab_back,
    b"J": _erase_display,
    b"K": _erase_line,
    b"X": _erase_chars,
    b"L": _insert_lines,
    b"M": _delete_lines,
    b"@": _insert_chars,
    b"P": _delete_chars,
    b"S": lambda canvas, params: canvas.scroll(_count(params)),
    b"T": lambda canvas, params: canvas.scroll(-_count(params)),
    b"r": _margins,
    b"b": _repeat,
    b"h": lambda canvas, params: _modes(canvas, params, True),
    b"l": lambda canvas, params: _modes(canvas, params, False),
    b"s": lambda canvas, _params: _save(canvas),
    b"u": lambda canvas, _params: _restore(canvas),
    b"g": _clear_tabs,
}
