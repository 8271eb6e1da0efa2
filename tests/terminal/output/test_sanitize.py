"""What plain playback lets through to the user's terminal, and what it does not."""

import pytest

from agentrec.terminal.engine.screen import Screen
from agentrec.terminal.output.sanitize import Sanitizer, safe_link


def sanitize(data: bytes) -> bytes:
    return Sanitizer().feed(data)


@pytest.mark.parametrize(
    "harmless",
    [
        "text, grün, 漢字, 👨‍👩‍👧".encode(),
        b"\r\n\t\b\x0e\x0f",
        b"\x1b[0m\x1b[1;4:3;38;2;1;2;3m\x1b[48:5:9m\x1b[m",
        b"\x1b[2J\x1b[K\x1b[1K\x1b[?K\x1b[3X",
        b"\x1b[H\x1b[10;20H\x1b[5A\x1b[G\x1b[3d\x1b[7`\x1b[2;3f",
        b"\x1b[2L\x1b[M\x1b[3P\x1b[4@\x1b[S\x1b[2T\x1b[9b",
        b"\x1b[2;20r\x1b[r\x1b[s\x1b[u\x1b7\x1b8\x1bD\x1bE\x1bM\x1bH\x1b[3g",
        b"\x1b[?1049h\x1b[?25l\x1b[?25h\x1b[?7l\x1b[?2026h\x1b[?2026l\x1b[?1049l",
        b"\x1b[4h\x1b[4l\x1b[2 q\x1b[ q",
        b"\x1b(0lqk\x1b(B\x1b#8",
        b"\x1b]8;;https://example.org/a?b=c\x1b\\link\x1b]8;;\x1b\\",
    ],
)
def test_drawing_passes_unchanged(harmless: bytes) -> None:
    assert sanitize(harmless) == harmless


@pytest.mark.parametrize(
    "harmful",
    [
        b"\x1b]52;c;cm0gLXJmIH4=\x07",  # clipboard
        b"\x1b]52;c;" + b"A" * 100_000 + b"\x1b\\",
        b"\x1b]0;title\x07",
        b"\x1b]2;title\x1b\\",
        b"\x1b]7;file:///etc\x07",
        b"\x1b]9;note\x07",
        b"\x1b]777;notify;a;b\x07",
        b"\x1b]1337;File=:AAAA\x07",
        b"\x1b]11;?\x07",
        b"\x1b]11;#ff0000\x07",
        b"\x1b]4;1;?\x07",
        b"\x1b]133;A\x07",
        b"\x1b[c",
        b"\x1b[>c",
        b"\x1b[=c",
        b"\x1bZ",
        b"\x1b[5n",
        b"\x1b[6n",
        b"\x1b[?6n",
        b"\x1b[>q",
        b"\x1b[x",
        b"\x1b[?2026$p",
        b"\x1b[?u",
        b"\x1b[>1u",
        b"\x1b[<u",
        b"\x1b[=1u",
        b"\x1b[>4;2m",
        b"\x1b[?4m",
        b"\x1b[14t",
        b"\x1b[21t",
        b"\x1b[8;50;100t",
        b"\x1b[22;0t",
        b"\x1b[?1000h",
        b"\x1b[?1002;1006h",
        b"\x1b[?1004h",
        b"\x1b[?2004h",
        b"\x1b[?1h",
        b"\x1b[20h",
        b"\x1b[?3h",
        b"\x1b[i",
        b"\x1b[5i",
        b"\x1b[?5i",
        b"\x1b[1q",
        b"\x1b[?1000s",
        b"\x1b[?1000r",
        b"\x1b[1;1;10;10;1$r",
        b"\x1b[1;2;3;4;5T",  # mouse highlighting
        b"\x1bP$qm\x1b\\",
        b"\x1bP+q544e\x1b\\",
        b"\x1bPq#0~\x1b\\",
        b"\x1b_Ga=q;AAAA\x1b\\",
        b"\x1b^x\x1b\\",
        b"\x1bXx\x1b\\",
        b"\x1b=",
        b"\x1b>",
        b"\x1b%@",
        b"\x1b F",
        b"\x1bl",
        b"\x05",  # ENQ
        b"\x07",
        b"\x00",
        b"\x7f",
        b"\xc2\x9b",  # U+009B: CSI to some terminals
        b"\xc2\x9d",
    ],
)
def test_what_reaches_beyond_the_picture_is_dropped(harmful: bytes) -> None:
    assert sanitize(b"a" + harmful + b"z") == b"az"


def test_parameters_without_end_become_text() -> None:
    assert sanitize(b"a\x1b[" + b"9" * 300 + b"m") == b"a" + b"9" * 44 + b"m"


def test_eight_bit_controls_become_replacement_characters() -> None:
    assert sanitize(b"\x9b31m\x9d0;x\x07.") == "\ufffd31m\ufffd0;x.".encode()


def test_a_character_cut_by_a_sequence_is_replaced() -> None:
    assert sanitize(b"\xe6\xbc\x1b[m\xa2") == "\ufffd\x1b[m\ufffd".encode()


def test_only_the_drawing_modes_of_a_list_are_set() -> None:
    assert sanitize(b"\x1b[?1049;2004;25h") == b"\x1b[?1049;25h"


@pytest.mark.parametrize(
    ("uri", "safe"),
    [
        ("https://example.org/x", True),
        ("HTTP://example.org", True),
        ("mailto:a@b.c", True),
        ("file:///etc/passwd", False),
        ("javascript:alert(1)", False),
        ("x-man-page://ls", False),
        ("https://a b", False),
        ("https://ex\u00e4mple.org", False),
        ("https://a\x9b31m", False),
        ("https://" + "a" * 3000, False),
        ("", False),
    ],
)
def test_links(uri: str, safe: bool) -> None:
    assert safe_link(uri) == safe
    out = sanitize(b"\x1b]8;id=x1;" + uri.encode() + b"\x07")
    expected = b"\x1b]8;id=x1;" + uri.encode() + b"\x1b\\" if safe else b"\x1b]8;;\x1b\\"
    assert out == expected


def test_link_parameters_other_than_an_id_are_left_out() -> None:
    assert sanitize(b"\x1b]8;foo=bar:id=1;https://a\x07") == b"\x1b]8;;https://a\x1b\\"


def test_a_full_reset_resets_the_picture_only() -> None:
    screen = Screen(10, 3)
    screen.feed(sanitize(b"\x1b[?1049h\x1b[2;3r\x1b[?6h\x1b[31mx\x1b[?25l\x1bc"))
    assert screen.rows_text() == ["", "", ""]
    assert screen.cursor[:3] == (0, 0, True)
    assert not screen.modes.alt_screen
    assert not screen.mode(6)


@pytest.mark.parametrize("alternate", [False, True])
def test_reset_brings_order_and_leaves_the_cursor_of_the_main_screen(alternate: bool) -> None:
    screen = Screen(20, 5)
    screen.feed(b"one\r\ntwo")
    if alternate:
        screen.feed(b"\x1b[?1049h\x1b[Hin vim")
    screen.feed(b"\x1b[2;4r\x1b[2;4H" if alternate else b"")
    screen.feed(b"\x1b[31m\x1b]8;;http://a\x07\x1b[?25l\x1b[?7l\x1b[4h\x1b[?2026h\x1b(0\x1b[5 q")
    screen.feed(Sanitizer().reset())
    assert screen.rows_text()[:2] == ["one", "two"]
    assert screen.cursor == (3, 1, True, "block")
    assert screen.modes == (False, False, False, False)
    assert screen.mode(7)
    screen.feed(b"q\x1b[5;20H.\r\n")
    assert screen.rows_text() == ["twoq", "", "", "                   .", ""], "no margins left"
    assert all(run.style.fg is None and run.style.link is None for run in screen.row(0))


def test_reset_ends_origin_mode_too() -> None:
    sanitizer, screen = Sanitizer(), Screen(20, 5)
    screen.feed(sanitizer.feed(b"\x1b[2;4r\x1b[?6hx") + sanitizer.reset())
    assert not screen.mode(6)
    screen.feed(b"\x1b[5;1Hy")
    assert screen.rows_text() == ["", "x", "", "", "y"]
