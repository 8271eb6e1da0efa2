"""The screen: text, styles, cursor, scrollback, sizes, and what hostile output does to it."""

import json
import subprocess
import sys

import pytest

from agentrec.errors import AgentrecError, InputError
from agentrec.terminal.control_strings import string_limit
from agentrec.terminal.engine import screen as screen_module
from agentrec.terminal.engine.screen import ENGINE, Cursor, EngineMissingError, Screen
from agentrec.terminal.engine.styles import PLAIN, Cluster, Run, Style
from tests.terminal.test_control_strings import STRING_STARTS


def shown(data: bytes, cols: int = 10, rows: int = 3) -> Screen:
    screen = Screen(cols, rows)
    screen.feed(data)
    return screen


def style_of(sgr: str) -> Style:
    return shown(f"\x1b[{sgr}mx".encode()).row(0)[0].style


def test_runs_cover_every_cell_and_split_where_the_style_changes() -> None:
    assert shown(b"ab\x1b[1;31mcd\x1b[0m.").row(0) == [
        Run("ab", 2, PLAIN),
        Run("cd", 2, Style(fg=1, bold=True)),
        Run(".     ", 6, PLAIN),
    ]


@pytest.mark.parametrize(
    ("sgr", "style"),
    [
        ("31", Style(fg=1)),
        ("97", Style(fg=15)),
        ("38;5;200", Style(fg=200)),
        ("38;2;1;2;3", Style(fg=(1, 2, 3))),
        ("48:2::4:5:6", Style(bg=(4, 5, 6))),
        ("44", Style(bg=4)),
        ("2", Style(dim=True)),
        ("3", Style(italic=True)),
        ("4", Style(underline=1)),
        ("4:3;58;5;9", Style(underline=3, underline_color=9)),
        ("21", Style(underline=2)),
        ("5", Style(blink=True)),
        ("7", Style(inverse=True)),
        ("8", Style(hidden=True)),
        ("9", Style(strike=True)),
        ("53", Style(overline=True)),
        ("1;22", PLAIN),
    ],
)
def test_styles(sgr: str, style: Style) -> None:
    assert style_of(sgr) == style


def test_erasing_keeps_the_background_and_joins_equal_neighbours() -> None:
    assert shown(b"\x1b[44mab\x1b[K").row(0) == [Run("ab        ", 10, Style(bg=4))]
    assert shown(b"\x1b[48;2;9;8;7mab\x1b[K").row(0) == [Run("ab        ", 10, Style(bg=(9, 8, 7)))]


def test_links_split_runs_even_where_two_links_touch() -> None:
    screen = shown(b"\x1b]8;;http://a\x07A\x1b]8;;http://b\x07B\x1b]8;;\x07C")
    links = [(run.text.strip(), run.style.link) for run in screen.row(0)]
    assert links == [("A", "http://a"), ("B", "http://b"), ("C", None)]


def test_links_are_found_in_the_scrollback_too() -> None:
    screen = shown(b"\x1b]8;;http://a\x07A\x1b]8;;\x07\r\n2\r\n3\r\n4\r\n\x1b]8;;http://b\x07B")
    assert screen.history()[0][0] == Run("A", 1, Style(link="http://a"))
    assert screen.row(2)[0] == Run("B", 1, Style(link="http://b"))


def test_wide_and_clustered_characters_count_in_cells() -> None:
    screen = shown("漢字e\u0301👨‍👩‍👧.".encode())
    assert screen.row(0) == [
        Run("漢字", 4, PLAIN),
        Cluster("e\u0301", 1, PLAIN),
        Cluster("👨‍👩‍👧", 2, PLAIN),
        Run(".  ", 3, PLAIN),
    ]
    assert screen.cursor.x == 8


def test_a_wide_character_does_not_fit_in_the_last_column() -> None:
    screen = shown("abc漢".encode(), cols=4)
    assert screen.rows_text() == ["abc", "漢", ""]
    assert [sum(run.width for run in row) for row in screen.styled_rows()] == [4, 4, 4]
    assert screen.row_wraps(0)
    assert not screen.row_wraps(1)


def test_cursor() -> None:
    assert shown(b"ab\x1b[2;5H").cursor == Cursor(4, 1, True, "block")
    assert shown(b"\x1b[?25l\x1b[6 q").cursor == Cursor(0, 0, False, "bar")
    assert shown(b"\x1b[4 q").cursor.shape == "underline"


def test_modes_and_title() -> None:
    screen = shown(b"\x1b]2;building \xe2\x9c\xb3\x07")
    assert screen.title == "building ✳"
    assert screen.modes == (False, False, False, False)
    screen.feed(b"\x1b[?1049h\x1b[?2004h\x1b[?1002h\x1b[?2026h")
    assert screen.modes == (True, True, True, True)
    assert screen.mode(2027)
    screen.feed(b"\x1bc")
    assert screen.modes == (False, False, False, False)
    assert screen.mode(2027), "a reset must not bring back the old widths"


def test_alternate_screen_leaves_the_main_one_alone() -> None:
    screen = shown(b"main\x1b[?1049h\x1b[Hother")
    assert screen.rows_text()[0] == "other"
    screen.feed(b"\x1b[?1049l")
    assert screen.rows_text()[0] == "main"


def test_scrollback() -> None:
    screen = shown(b"".join(b"\r\n\x1b[3%dmline %d" % (i % 8, i) for i in range(50)))
    assert screen.scrollback_lines == 48
    assert screen.history_text(0, 3) == ["", "line 0", "line 1"]
    assert screen.history_text(-1) == ["line 46"]
    assert screen.history(3, 4) == [[Run("line 2", 6, Style(fg=2)), Run("    ", 4, PLAIN)]]
    assert screen.rows_text() == ["line 47", "line 48", "line 49"]
    assert screen.history_text(100, 200) == []


def test_scrollback_is_bounded() -> None:
    screen = Screen(10, 3, scrollback=20)
    screen.feed(b"".join(b"line %d\r\n" % i for i in range(5000)))
    assert screen.scrollback_lines == 20
    assert screen.history_text()[-1] == "line 4997"


def test_ten_thousand_lines_are_kept() -> None:
    screen = Screen(200, 10)
    screen.feed(b"".join(b"line %d\r\n" % i for i in range(30_000)))
    assert screen.scrollback_lines >= 9_000
    assert len(screen.history_text()) == screen.scrollback_lines


def test_reading_the_scrollback_does_not_disturb_the_screen() -> None:
    screen = shown(b"1\r\n2\r\n3\r\n4")
    before = screen.styled_rows()
    screen.history()
    assert screen.styled_rows() == before
    screen.feed(b"\x1b[Hx")
    assert screen.rows_text() == ["x", "3", "4"]


def test_a_row_that_did_not_change_is_the_same_list() -> None:
    screen = shown(b"a\r\nb\r\nc")
    before = screen.styled_rows()
    assert all(new is old for new, old in zip(screen.styled_rows(), before, strict=True))
    screen.feed(b"\x1b[2;1Hz")
    after = screen.styled_rows()
    assert after[1] is not before[1]
    assert after[0] is before[0]
    assert screen.rows_text() == ["a", "z", "c"]


def test_resizing_wraps_the_main_screen_anew() -> None:
    screen = shown(b"abcdefgh", cols=10)
    screen.resize(4, 3)
    assert (screen.cols, screen.rows) == (4, 3)
    assert screen.rows_text() == ["abcd", "efgh", ""]
    screen.resize(10, 2)
    assert screen.rows_text() == ["abcdefgh", ""]


def test_replies_are_collected_on_demand() -> None:
    assert shown(b"\x1b[6n").take_replies() == b""
    screen = Screen(10, 3, replies=True)
    screen.feed(b"ab\x1b[6n")
    assert screen.take_replies() == b"\x1b[1;3R"
    assert screen.take_replies() == b""


@pytest.mark.parametrize(("cols", "rows"), [(1, 1), (2, 1), (1, 9), (500, 200)])
def test_odd_sizes(cols: int, rows: int) -> None:
    screen = Screen(cols, rows)
    screen.feed("word 漢 \x1b[31mred\x1b[0m\r\n\x1b[999;999Hé".encode() * 50)
    assert len(screen.styled_rows()) == rows
    assert all(sum(run.width for run in row) == cols for row in screen.styled_rows())
    assert screen.rows_text() == Screen.restore(screen.snapshot() or b"").rows_text()


@pytest.mark.parametrize("size", [(0, 24), (80, 0), (-1, 5), (16_385, 1), (16_384, 16_384)])
def test_impossible_sizes_are_refused_in_one_line(size: tuple[int, int]) -> None:
    with pytest.raises(InputError, match="cannot show a terminal"):
        Screen(*size)
    with pytest.raises(InputError, match="cannot show a terminal"):
        Screen(80, 24).resize(*size)


def test_a_program_may_widen_the_terminal_itself() -> None:
    screen = shown(b"\x1b[?40h\x1b[?3h")
    assert screen.cols == 132
    assert [sum(run.width for run in row) for row in screen.styled_rows()] == [132] * 3


def test_invalid_utf8_is_shown_as_replacement_characters() -> None:
    assert shown(b"a\xff\xc3(b").rows_text()[0] == "a��(b"


def test_a_long_string_body_is_swallowed() -> None:
    screen = shown(b"a\x1b]52;c;")
    for _ in range(15):
        screen.feed(b"x" * 65536)
        assert screen.snapshot() is None, "no exact state inside a string"
    screen.feed(b"\x07b")
    assert screen.rows_text()[0] == "ab"
    assert Screen.restore(screen.snapshot() or b"").rows_text() == screen.rows_text()


@pytest.mark.parametrize("start", STRING_STARTS)
def test_a_string_that_never_ends_hides_no_more_than_its_limit(start: bytes) -> None:
    line = b"some text\r\n"
    screen = shown(b"before" + start + line * (string_limit(start) // len(line) + 1))
    assert screen.between_sequences
    screen.feed(b"after")
    assert any(row.endswith("after") for row in screen.rows_text())


def test_damaged_snapshots_are_refused() -> None:
    snapshot = shown(b"hello").snapshot()
    assert snapshot
    for bad in (b"", b"garbage", snapshot[: len(snapshot) // 2]):
        with pytest.raises(AgentrecError):
            Screen.restore(bad)


def test_the_layout_of_a_cell_is_what_the_library_says() -> None:
    from pyghostty._ffi import ffi, lib

    description = json.loads(ffi.string(lib.ghostty_type_json()))
    assert description["abi"]["endian"] == "little"
    bits = description["types"]["GhosttyCell"]["bits"]
    place = {name: (field["lsb"], field["width"]) for name, field in bits.items()}
    assert place["content_tag"] == (0, 2)
    assert place["content"] == (2, 24)
    assert place["style_id"] == (26, 16)
    assert place["wide"] == (42, 2)
    assert place["hyperlink"] == (45, 1)
    arms = bits["content"]["arms"]
    assert arms["CODEPOINT"]["bits"]["codepoint"] == {"lsb": 0, "width": 21, "type": "u21"}
    assert [arms["BG_COLOR_RGB"]["bits"][c]["lsb"] for c in "rgb"] == [0, 8, 16]
    enums = description["types"]
    assert list(enums["GhosttyCellWide"]["values"].values())[:4] == [0, 1, 2, 3]
    assert enums["GhosttyCellContentTag"]["values"]["BG_COLOR_PALETTE"] == 2


def test_the_pinned_engine_is_the_one_installed() -> None:
    import pyghostty

    assert ("libghostty-vt", pyghostty.__version__) == ENGINE


def test_a_missing_engine_is_one_clear_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agentrec.terminal.engine._abi.find_spec", lambda name: None)
    for module in ("agentrec.terminal.engine._ghostty", "agentrec.terminal.engine._library"):
        monkeypatch.delitem(sys.modules, module, raising=False)
        monkeypatch.delattr(module, raising=False)
    with pytest.raises(EngineMissingError, match="terminal engine is not available") as caught:
        Screen(80, 24)
    assert "recording still works" in caught.value.hint


def test_another_engine_version_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(screen_module, "ENGINE", ("libghostty-vt", "99"))
    with pytest.raises(EngineMissingError, match="needs 99"):
        Screen(80, 24)


def test_importing_it_does_not_load_the_engine() -> None:
    code = "import sys, agentrec.terminal.engine.screen; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    engine = {"agentrec.terminal.engine._library", "_cffi_backend", "pyghostty"}
    assert not engine & {*done.stdout.split()}


@pytest.mark.parametrize(
    "output",
    [
        b"".join(b"line %d\r\n" % n for n in range(30)),
        b"a line that is wrapped over many rows " * 12,  # its beginning is in the scrollback
        b"x" * 400 + b"\r\n\r\nend",
    ],
)
def test_lines_stay_when_the_scrollback_is_forgotten(output: bytes) -> None:
    screen = Screen(20, 6)
    screen.feed(output)
    before = screen.lines()
    assert screen.forget_scrollback()
    assert screen.lines() == before
    snapshot = screen.snapshot()
    assert snapshot
    assert Screen.restore(snapshot).lines() == before  # read anew
