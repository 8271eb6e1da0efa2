"""Rows of cells: as runs, remembered."""

from agentrec.terminal.engine.screen import Screen


def test_an_equal_row_is_the_same_list():
    screen = Screen(10, 3)
    screen.feed(b"\x1b[31mred\x1b[0m\r\nplain\r\n\x1b[31mred")
    first, plain, last = screen.styled_rows()
    assert first is last
    assert first != plain
    screen.feed(b"\x1b[H\x1b[32mred\x1b[2;1H\x1b[31mred\x1b[0m\x1b[K")
    changed, same, _ = screen.styled_rows()
    assert changed[0].style.fg == 2
    assert same is last


def test_rows_that_refer_to_more_than_their_cells_are_read_each_time():
    screen = Screen(10, 1)
    link = "\x1b]8;;https://{}.example\x1b\\x\x1b]8;;\x1b\\"
    texts = ["e\u0301", "a\u0301", link.format("one"), link.format("two")]
    shown = []
    for text in texts:
        screen.feed(b"\x1b[H\x1b[2K" + text.encode())
        shown.append(screen.row(0)[0])
    assert [run.text.strip() for run in shown[:2]] == texts[:2]
    assert [run.style.link for run in shown[2:]] == ["https://one.example", "https://two.example"]
