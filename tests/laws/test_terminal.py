"""Laws of the screen: how output is cut never matters, and a snapshot is the whole state."""

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from agentrec.terminal.engine.screen import Screen

any_speed = settings(deadline=None)  # how fast is for the benchmark to say

# Pieces that real programs send, whole and broken, so that random streams reach deep states.
PIECES = [
    *(b"\x1b[", b"\x1b]", b"\x1bP", b"\x1b_", b"\x1b", b"\x07", b"\x1b\\", b"\x18", b"\x9b"),
    *(b"\r\n", b"\t", b"\x08", b"hello ", b"wide ", "漢字".encode(), "e\u0301".encode()),
    *("👨‍👩‍👧".encode(), "🇩🇪".encode(), b"\xff", b"\xc3", b"\xe6\xbc"),
    *(b"31m", b"0m", b"1;4:3m", b"48;2;1;2;3m", b"38;5;99m", b"7m", b"8;;http://a\x07"),
    *(b"\x1b[44m\x1b[K", b"\x1b]8;;http://a/b\x07", b"\x1b]8;;\x07", b"\x1b]2;title\x07"),
    *(b"\x1b[2J", b"\x1b[3J", b"\x1b[K", b"\x1b[H", b"\x1b[3;4H", b"\x1b[5A", b"\x1b[9C"),
    *(b"\x1b[?1049h", b"\x1b[?1049l", b"\x1b[?6h", b"\x1b[2;4r", b"\x1b[r", b"\x1b[?69h"),
    *(b"\x1b[2L", b"\x1b[M", b"\x1b[3P", b"\x1b[2@", b"\x1b[2S", b"\x1b[T", b"\x1bM", b"\x1bD"),
    *(b"\x1b7", b"\x1b8", b"\x1bc", b"\x1b(0lqk\x1b(B", b"\x1b[?7l", b"\x1b[4h", b"\x1b[5b"),
    *(b"\x1b[?2026h", b"\x1b[?2026l", b"\x1b[?25l", b"\x1b[4 q", b"\x1b[?3h", b"\x1b[!p"),
]
streams = st.lists(
    st.one_of(st.sampled_from(PIECES), st.binary(min_size=1, max_size=6)), max_size=60
).map(b"".join)
sizes = st.tuples(st.integers(1, 30), st.integers(1, 12))
steps = st.lists(st.one_of(streams, sizes), min_size=1, max_size=6)


def play(screen: Screen, step: bytes | tuple[int, int]) -> None:
    if isinstance(step, bytes):
        screen.feed(step)
    else:
        screen.resize(*step)


def state(screen: Screen) -> object:
    """All that can be seen."""
    return (
        (screen.cols, screen.rows),
        screen.styled_rows(),
        screen.rows_text(),
        screen.history(),
        screen.cursor,
        screen.modes,
        screen.title,
        [screen.row_wraps(y) for y in range(screen.rows)],
    )


@any_speed
@given(streams, st.data())
def test_cutting_the_output_anywhere_changes_nothing(stream: bytes, data: st.DataObject) -> None:
    whole, parts = Screen(20, 5), Screen(20, 5)
    whole.feed(stream)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=8)))
    for start, stop in zip([0, *cuts], [*cuts, len(stream)], strict=True):
        parts.feed(stream[start:stop])
    assert state(parts) == state(whole)


@any_speed
@given(steps, st.lists(streams, min_size=1, max_size=4))
def test_a_restored_snapshot_is_the_screen_and_lives_on_as_it(
    before: list[bytes | tuple[int, int]], after: list[bytes]
) -> None:
    screen, restored = twins(before)
    assert state(restored) == state(screen)
    for stream in after:
        screen.feed(stream)
        restored.feed(stream)
        assert state(restored) == state(screen)


@any_speed
@given(steps, sizes)
def test_a_restored_snapshot_keeps_its_text_when_it_is_resized(
    before: list[bytes | tuple[int, int]], size: tuple[int, int]
) -> None:
    """Only its text: the engine may wrap a blank line more when rows that belonged together had
    been torn apart before (``b"    "``, 2 x 2, ``CSI T``, 1 x 1).
    """
    screen, restored = twins(before)
    for each in (screen, restored):
        each.resize(*size)
    assert filled(restored) == filled(screen)


def twins(steps: list[bytes | tuple[int, int]]) -> tuple[Screen, Screen]:
    screen = Screen(20, 5)
    for step in steps:
        play(screen, step)
    snapshot = screen.snapshot()
    assume(snapshot is not None)
    assert snapshot
    return screen, Screen.restore(snapshot)


def filled(screen: Screen) -> list[str]:
    return [row for row in screen.history_text() + screen.rows_text() if row]


@any_speed
@given(steps)
def test_reading_as_one_goes_gives_what_reading_at_the_end_gives(
    steps: list[bytes | tuple[int, int]],
) -> None:
    watched, unwatched = Screen(20, 5), Screen(20, 5)
    for step in steps:
        play(watched, step)
        play(unwatched, step)
        state(watched)
    assert state(watched) == state(unwatched)


@any_speed
@given(steps)
def test_runs_cover_the_screen_and_say_what_the_text_says(
    steps: list[bytes | tuple[int, int]],
) -> None:
    screen = Screen(20, 5)
    for step in steps:
        play(screen, step)
    for y, row in enumerate(screen.styled_rows()):
        assert sum(run.width for run in row) == screen.cols
        assert "".join(run.text for run in row).rstrip() == screen.row_text(y)
