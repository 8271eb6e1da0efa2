"""Frames of a film: what is in them, and that they stay small."""

import json
from pathlib import Path

from agentrec.recording.events import Event
from agentrec.recording.reader import Recording
from agentrec.recording.rewrite import save
from agentrec.terminal.engine.screen import Screen
from agentrec.terminal.output.frame_deltas import FrameEncoder, frame_deltas, sample_times
from agentrec.terminal.seek.timeline import Timeline

MS = 1_000_000


def frames_of(screen: Screen, *pieces: bytes) -> list[dict]:
    """What each piece of output adds to a film that has begun."""
    encoder = FrameEncoder()
    encoder.frame(0, screen)
    found = []
    for number, piece in enumerate(pieces, 1):
        screen.feed(piece)
        found.append(json.loads(encoder.frame(number * MS, screen) or "{}"))
    return found


def test_a_first_frame_is_whole() -> None:
    screen = Screen(10, 3)
    screen.feed(b"\x1b]2;Here\x07a\x1b[1;31mb\x1b[m\r\n\x1b[48;2;1;2;3m c")
    assert json.loads(FrameEncoder().frame(1_500_000, screen)) == {
        "t": 2,
        "s": [10, 3],
        "y": [[1, None, 1], [None, "#010203"]],
        "r": [[0, "a", [1, "b"]], [1, [2, " c"]]],
        "c": [2, 1, 1],
        "w": "Here",
    }


def test_only_what_changed() -> None:
    first, second, third = frames_of(Screen(10, 3), b"one\r\ntwo", b"\x1b[?25l", b"")
    assert first == {"t": 1, "r": [[0, "one"], [1, "two"]], "c": [3, 1, 1]}
    assert second == {"t": 2, "c": [3, 1, 0]}
    assert third == {}


def test_scrolling_is_told_as_such() -> None:
    log = [b"\r\nline %d" % n for n in range(12)]
    last = frames_of(Screen(30, 10), *log, b"\r\nthe last", b"\x1b[H\x1b[L\x1b[Lnew")
    assert last[-2] == {"t": 13, "u": 1, "r": [[9, "the last"]]} | {"c": [8, 9, 1]}
    assert last[-1] == {"t": 14, "u": -2, "r": [[0, "new"]], "c": [3, 0, 1]}


def test_wide_characters_say_their_cells() -> None:
    text = "日本 ok e\u0301 \U0001f469\u200d\U0001f4bb\u00ad."
    screen = Screen(30, 2)
    (frame,) = frames_of(screen, text.encode())
    row = frame["r"][0][1:]
    assert row[:4] == [[0, "日本", 4], " ok ", [0, "e\u0301", -1], " "]
    widths = [len(run) if isinstance(run, str) else abs(run[2]) for run in row]
    assert sum(widths) == screen.cursor.x


def test_hidden_text_is_blank() -> None:
    (frame,) = frames_of(Screen(20, 2), b"see \x1b[8mkey")
    assert frame["r"] == [[0, "see"]]


def test_only_links_that_run_nothing_are_links() -> None:
    uris = ("https://x.example", "javascript:alert(1)", "file:///etc/passwd", "MAILTO:me@x.example")
    linked = "".join(f"\x1b]8;;{uri}\x07link\x1b]8;;\x07 " for uri in uris)
    (frame,) = frames_of(Screen(40, 1), linked.encode())
    assert frame["r"] == [[0, [1, "link"], " link link ", [2, "link"]]]
    assert [style[5] for style in frame["y"]] == [uris[0], uris[3]]


def test_what_turns_text_around_is_left_out() -> None:
    (frame,) = frames_of(Screen(20, 1), "a\u202eb".encode())
    assert "\u202e" not in json.dumps(frame, ensure_ascii=False)


def test_no_closer_than_asked_and_always_the_last(tmp_path: Path) -> None:
    path = str(tmp_path / "r.ahr")
    events = [Event(n, n * 20 * MS, "term", "output", b"\rnumber %d" % n) for n in range(100)]
    save(path, {"cols": 20, "rows": 2}, events)
    with Recording.open(path) as recording, Timeline(recording) as line:
        times = list(sample_times(line, 0, line.duration, 100 * MS))
        assert times == [*range(0, line.duration, 100 * MS), line.duration]
        last = [json.loads(frame) for frame in frame_deltas(line, 0, line.duration, 100 * MS)][-1]
        assert last["r"] == [[0, "number 99"]]
