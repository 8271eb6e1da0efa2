"""Moments of whole recordings, rendered."""

from agentrec.moments.recording_moments import MomentWatcher, recording_moments
from agentrec.recording.events import Event

MS = 1_000_000


SECOND = 1000 * MS


def test_bytes_in_any_cut_give_the_same_moments():
    stream = b"".join(
        [
            b"\x1b]133;A\x07$ pytest\r\n\x1b]133;C;cmdline=pytest\x07",
            b"\x1b[32m\x1b[1m3 passed\x1b[0m\x1b[32m in 0.12s\x1b[0m\r\n\x1b]133;D;0\x07",
            b"\x1b]133;A\x07$ ls\r\n\x1b]133;C;cmdline=ls\x07a b\r\n\x1b]133;D;0\x07\x1b]133;A\x07$ ",
        ]
    )

    def labels(cut):
        pieces = [stream[at : at + cut] for at in range(0, len(stream), cut)]
        events = [Event(n, n * MS, "term", "output", piece) for n, piece in enumerate(pieces)]
        return [moment.label for moment in recording_moments(events, 80, 24)]

    for cut in (1, 2, 7, 20):  # with more, two commands end at the same time
        assert labels(cut) == ["tests passed: 3 passed (pytest)", "ls"]


def test_a_watch_takes_what_stands_on_screen_while_nothing_happens():
    watch = MomentWatcher(80, 24)
    watch.feed(Event(0, 0, "term", "output", b"3 passed in 0.12s\r\n$ "))
    assert watch.take() == ([], [])
    watch.look(1 * SECOND)
    watch.look(3 * SECOND)
    assert [moment.label for moment in watch.take()[0]] == ["tests passed: 3 passed (pytest)"]
    watch.feed(Event(1, 4 * SECOND, "term", "output", b"\r\n" * 30))
    watch.finish()
    assert watch.take() == ([], [])
