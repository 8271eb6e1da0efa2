"""Frames of a page's film as output."""

from agentrec.export.reading.film_output import FilmOutput
from agentrec.recording.events import OUTPUT, RESIZE
from agentrec.terminal.engine.screen import Screen


def shown(*frames, size=(10, 3)):
    film, screen = FilmOutput(size), Screen(*size)
    for frame in frames:
        for name, data in film.events(frame):
            if name == OUTPUT:
                screen.feed(data)
            else:
                assert name == RESIZE
                screen.resize(data["cols"], data["rows"])
    return screen


def test_rows_that_move_and_change():
    screen = shown(
        {"s": [10, 3], "r": [[0, "one"], [1, "two"], [2, "three"]]}, {"u": 1, "r": [[2, "four"]]}
    )
    assert screen.rows_text() == ["two", "three", "four"]
    screen = shown({"s": [10, 3], "r": [[0, "one"], [1, "two"]]}, {"u": -1, "r": [[0, "zero"]]})
    assert screen.rows_text() == ["zero", "one", "two"]


def test_a_full_row_does_not_scroll():
    assert shown({"s": [10, 3], "r": [[2, "0123456789"], [0, "x"]]}).rows_text() == [
        "x",
        "",
        "0123456789",
    ]


def test_styles_are_numbered_on():
    screen = shown(
        {"s": [10, 3], "y": [[1]], "r": [[0, [1, "red"]]]},
        {"y": [["#0a0b0c", 4, 1, 3]], "r": [[1, [2, "odd"], "plain"]]},
    )
    red, odd = screen.row(0)[0].style, screen.row(1)[0].style
    assert red.fg == 1
    assert (odd.fg, odd.bg, odd.bold, odd.underline) == ((10, 11, 12), 4, True, 3)
    assert screen.row(1)[1].style.fg is None


def test_cursor_and_title():
    screen = shown({"s": [10, 3], "c": [4, 1, 2], "w": "a\x1b]0;b\x07c"})
    assert (screen.cursor.x, screen.cursor.y, screen.cursor.shape) == (4, 1, "bar")
    assert screen.title == "a]0;bc"
    assert shown({"s": [10, 3], "c": [0, 0, 0]}).cursor.visible is False


def test_another_size_is_a_resize():
    assert next(iter(FilmOutput((10, 3)).events({"s": [12, 4]}))) == (
        RESIZE,
        {"cols": 12, "rows": 4},
    )
