"""What control characters and escape sequences do to the screen."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from agentrec.redact.screen.screen_model import ScreenModel

    Params = list[int]

# A larger parameter means the same.
_MAX_PARAMETER = 100_000
_CSI = re.compile(rb"\x1b\[([<-?]?)([0-9;:]*)([ -/]*)([@-~])\Z")
_ALTERNATE = frozenset((47, 1047, 1049))


def c0(screen: ScreenModel, token: bytes) -> None:
    """A control character."""
    if token == b"\n" or token in b"\v\f":
        screen.pending = False
        screen.line_feed()
    elif token == b"\r":
        screen.x, screen.pending = 0, False
    elif token == b"\b":
        screen.x, screen.pending = max(0, screen.x - 1), False
    elif token == b"\t":
        _tab(screen, 1)


def esc(screen: ScreenModel, token: bytes) -> None:
    """An escape sequence without parameters."""
    rest = token[1:]
    if rest == b"c":
        screen.before_losing(*screen.rows)
        screen.alternate(False)
        for row in screen.rows:
            row.blank(0, screen.cols)
        screen.reset()
    elif rest in (b"D", b"E"):
        screen.x = 0 if rest == b"E" else screen.x
        screen.pending = False
        screen.line_feed()
    elif rest == b"M":
        screen.reverse_line_feed()
    elif rest == b"H":
        screen.tabs = (_tabs(screen)) | {screen.x}
    elif rest == b"7":
        _save(screen)
    elif rest == b"8":
        _restore(screen)
    elif rest == b"#8":
        screen.before_losing(*screen.rows)
        for row in screen.rows:
            row.chars[:] = "E" * screen.cols
            row.origins[:] = [-1] * screen.cols
            row.used, row.dirty = screen.cols, False
        screen.origin_mode = False
        screen.top, screen.bottom = 0, screen.height - 1
        _move(screen, 0, 0)


def csi(screen: ScreenModel, token: bytes) -> None:
    """A control sequence."""
    if token.endswith(b"m"):
        return
    match = _CSI.match(token)
    if match is None:
        return
    marker, params, between, final = match.groups()
    if marker == b"?" and not between and final in (b"h", b"l"):
        for mode in _numbers(params):
            _private_mode(screen, mode, final == b"h")
        return
    if marker == b"?" and final in (b"J", b"K") and not between:
        marker = b""  # selective erase: nothing is protected, as far as we know
    if between == b"!" and final == b"p":
        screen.wraps, screen.inserts, screen.origin_mode = True, False, False
        screen.top, screen.bottom = 0, screen.height - 1
        return
    action = None if marker or between else _ACTIONS.get(final)
    if action:
        action(screen, _numbers(params))


def _numbers(params: bytes) -> Params:
    return [
        min(int(part), _MAX_PARAMETER) if part.isdigit() else 0
        for part in params.replace(b":", b";").split(b";")
    ]


def _count(params: Params) -> int:
    return max(1, params[0])


def _move(screen: ScreenModel, y: int, x: int) -> None:
    """To an absolute place; rows count from the top margin in origin mode."""
    low, high = (screen.top, screen.bottom) if screen.origin_mode else (0, screen.height - 1)
    screen.y = min(max(y + low, low), high)
    screen.x = min(max(x, 0), screen.cols - 1)
    screen.pending = False


def _shift(screen: ScreenModel, rows: int, cols: int) -> None:
    """Relative to where it is; margins stop it when it is within them."""
    low = screen.top if screen.y >= screen.top else 0
    high = screen.bottom if screen.y <= screen.bottom else screen.height - 1
    screen.y = min(max(screen.y + rows, low), high)
    screen.x = min(max(screen.x + cols, 0), screen.cols - 1)
    screen.pending = False


def _address(screen: ScreenModel, params: Params) -> None:
    _move(screen, _count(params) - 1, (params[1] if len(params) > 1 else 1) - 1)


def _column(screen: ScreenModel, params: Params) -> None:
    screen.x, screen.pending = min(_count(params), screen.cols) - 1, False


def _line(screen: ScreenModel, params: Params) -> None:
    _move(screen, _count(params) - 1, screen.x)


def _next_lines(screen: ScreenModel, params: Params) -> None:
    _shift(screen, _count(params), -screen.cols)


def _lines_before(screen: ScreenModel, params: Params) -> None:
    _shift(screen, -_count(params), -screen.cols)


def _erase_display(screen: ScreenModel, params: Params) -> None:
    how = params[0]
    if how == 3:
        return  # the scrollback: what was in it has been looked at, or still is in `scrolled_off`
    if how > 3:
        return
    rows = range(screen.height) if how == 2 else range(screen.y) if how == 1 else ()
    for y in rows or (range(screen.y + 1, screen.height) if how == 0 else ()):
        screen.erase(y, 0, screen.cols)
    if how < 2:
        _erase_line(screen, params)
    screen.pending = False


def _erase_line(screen: ScreenModel, params: Params) -> None:
    how = params[0]
    if how > 2:
        return
    start = screen.x if how == 0 else 0
    screen.erase(screen.y, start, screen.x + 1 if how == 1 else screen.cols)
    screen.pending = False


def _erase_chars(screen: ScreenModel, params: Params) -> None:
    screen.erase(screen.y, screen.x, screen.x + _count(params))
    screen.pending = False


def _insert_lines(screen: ScreenModel, params: Params) -> None:
    _scroll_lines(screen, -_count(params))


def _delete_lines(screen: ScreenModel, params: Params) -> None:
    _scroll_lines(screen, _count(params))


def _scroll_lines(screen: ScreenModel, count: int) -> None:
    if screen.top <= screen.y <= screen.bottom:
        screen.scroll(count, top=screen.y)
        screen.x, screen.pending = 0, False


def _insert_chars(screen: ScreenModel, params: Params) -> None:
    screen.insert(_count(params))
    screen.pending = False


def _delete_chars(screen: ScreenModel, params: Params) -> None:
    screen.delete(_count(params))
    screen.pending = False


def _margins(screen: ScreenModel, params: Params) -> None:
    top = _count(params) - 1
    bottom = (params[1] if len(params) > 1 and params[1] else screen.height) - 1
    bottom = min(bottom, screen.height - 1)
    if top < bottom:
        screen.top, screen.bottom = top, bottom
        _move(screen, 0, 0)


def _repeat(screen: ScreenModel, params: Params) -> None:
    if screen.last and screen.last[0].isprintable():
        screen.repeat(min(_count(params), screen.cols * screen.height))


def _modes(screen: ScreenModel, params: Params, on: bool) -> None:
    if 4 in params:
        screen.inserts = on


def _private_mode(screen: ScreenModel, mode: int, on: bool) -> None:
    if mode == 7:
        screen.wraps = on
    elif mode == 6:
        screen.origin_mode = on
        _move(screen, 0, 0)
    elif mode == 1048:
        (_save if on else _restore)(screen)
    elif mode in _ALTERNATE:
        _alternate(screen, mode, on)


def _alternate(screen: ScreenModel, mode: int, on: bool) -> None:
    if mode == 1049 and on:
        _save(screen)
    if mode == 1047 and not on and screen.alternative:
        _wipe(screen)
    screen.alternate(on)
    if mode == 1049 and on:
        _wipe(screen)
    if mode == 1049 and not on:
        _restore(screen)


def _wipe(screen: ScreenModel) -> None:
    screen.pending = False
    for y in range(screen.height):
        screen.erase(y, 0, screen.cols)


def _save(screen: ScreenModel) -> None:
    screen.saved = (screen.x, screen.y, screen.pending, screen.origin_mode)


def _restore(screen: ScreenModel) -> None:
    x, y, pending, screen.origin_mode = screen.saved
    screen.x, screen.y = min(x, screen.cols - 1), min(y, screen.height - 1)
    screen.pending = pending and screen.x == screen.cols - 1


def _tabs(screen: ScreenModel) -> set[int]:
    return set(range(8, screen.cols, 8)) if screen.tabs is None else screen.tabs


def _tab(screen: ScreenModel, count: int) -> None:
    if screen.tabs is None:
        screen.x = min((screen.x // 8 + count) * 8, screen.cols - 1)
        return
    stops = sorted(stop for stop in screen.tabs if screen.x < stop < screen.cols)
    screen.x = stops[count - 1] if count <= len(stops) else screen.cols - 1


def _tab_back(screen: ScreenModel, params: Params) -> None:
    stops = sorted((stop for stop in _tabs(screen) if stop < screen.x), reverse=True)
    count = _count(params)
    screen.x = stops[count - 1] if count <= len(stops) else 0
    screen.pending = False


def _clear_tabs(screen: ScreenModel, params: Params) -> None:
    if params[0] == 3:
        screen.tabs = set()
    elif params[0] == 0:
        screen.tabs = _tabs(screen) - {screen.x}


_ACTIONS: dict[bytes, Callable[[ScreenModel, Params], None]] = {
    b"A": lambda screen, params: _shift(screen, -_count(params), 0),
    b"B": lambda screen, params: _shift(screen, _count(params), 0),
    b"e": lambda screen, params: _shift(screen, _count(params), 0),
    b"C": lambda screen, params: _shift(screen, 0, _count(params)),
    b"a": lambda screen, params: _shift(screen, 0, _count(params)),
    b"D": lambda screen, params: _shift(screen, 0, -_count(params)),
    b"E": _next_lines,
    b"F": _lines_before,
    b"G": _column,
    b"`": _column,
    b"d": _line,
    b"H": _address,
    b"f": _address,
    b"I": lambda screen, params: _tab(screen, _count(params)),
    b"Z": _tab_back,
    b"J": _erase_display,
    b"K": _erase_line,
    b"X": _erase_chars,
    b"L": _insert_lines,
    b"M": _delete_lines,
    b"@": _insert_chars,
    b"P": _delete_chars,
    b"S": lambda screen, params: screen.scroll(_count(params)),
    b"T": lambda screen, params: screen.scroll(-_count(params)),
    b"r": _margins,
    b"b": _repeat,
    b"h": lambda screen, params: _modes(screen, params, True),
    b"l": lambda screen, params: _modes(screen, params, False),
    b"s": lambda screen, _params: _save(screen),
    b"u": lambda screen, _params: _restore(screen),
    b"g": _clear_tabs,
}
