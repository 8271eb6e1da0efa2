"""The HTML export, as data; that it plays is tested in tests/web_page."""

import base64
import hashlib
import json
import os
import random
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from agentrec.export import html
from agentrec.export.ahr import read
from agentrec.export.conversion import Source
from agentrec.export.html import title_of
from agentrec.recording.events import Event
from agentrec.recording.reader import Recording
from agentrec.recording.rewrite import save
from agentrec.terminal.engine.screen import Screen
from tests.export.helpers import HEADER, events_of, written
from tests.export.page_parts import lines, part, parts
from tests.terminal.frame_reader import Shown, expected

MS = 1_000_000
FIXTURE = "fixtures/recordings/v2.ahr"


def page_of(header: dict, events: list[Event]) -> str:
    return written("html", header, events)[0].decode()


def test_every_part_is_there() -> None:
    with open(FIXTURE, "rb") as file:
        session = read(Source(FIXTURE, file))
        page = page_of(session.header, list(session.events))
    assert [name for name, _, _ in parts(page)] == [
        "outline",
        "events",
        "film",
        "lines",
        "licences",
    ]
    assert json.loads(part(page, "outline"))["cols"] == session.header["cols"]


def test_its_pictures_are_those_of_the_screen() -> None:
    dice = random.Random(3)
    output = [
        b"\x1b[%d;%dH\x1b[3%dm%d" % (n % 9 + 1, n % 31 + 1, n % 8, dice.random() * 999)
        for n in range(300)
    ]
    events = events_of(*[(n * 50 * MS, "term", "output", data) for n, data in enumerate(output)])
    page = page_of(HEADER, events)
    shown, screen = Shown(), Screen(80, 24)
    rest = list(events)
    frames = [json.loads(line) for line in part(page, "film").splitlines()]
    for frame in frames:
        shown.apply(frame)
        while rest and rest[0].t <= frame["t"] * MS:
            screen.feed(rest.pop(0).data)  # type: ignore[arg-type]
        assert shown.runs() == expected(screen)
    assert not rest
    assert len(frames) > 290


def test_film_comes_in_parts_that_each_begin_with_a_whole_picture(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(html, "_MAX_FILM_PART_CHARS", 500)
    events = events_of(*[(n * 100 * MS, "term", "output", b"\r\nline %d" % n) for n in range(100)])
    films = [
        (begin, text) for name, begin, text in parts(page_of(HEADER, events)) if name == "film"
    ]
    assert len(films) > 5
    for begin, text in films:
        first = json.loads(text.splitlines()[0])
        assert first["t"] == begin
        assert first["s"] == [80, 24]


def test_what_people_read_is_kept_and_the_rest_is_counted() -> None:
    events = events_of(
        (0, "agent", "message", {"role": "user", "text": "hello </script><b>"}),
        (MS, "tool", "call", {"name": "Bash", "input": {"command": "ls"}}),
        (2 * MS, "sys", "process", {"pid": 1}),
        (3 * MS, "term", "input", b"x"),
        (4 * MS, "mark", "moment", {"label": "here", "source": "cli", "status": "failed"}),
    )
    data, loss = written("html", HEADER, events)
    page = data.decode()
    assert lines(page, "events") == [
        [0, "agent/message", events[0].data],
        [1, "tool/call", events[1].data],
    ]
    assert json.loads(part(page, "outline"))["points"] == [
        {
            "id": "m4",
            "kind": "moment",
            "t": 4,
            "label": "here",
            "source": "cli",
            "status": "failed",
        }
    ]
    assert loss.lines() == ["left out: 1 sys/process event", "left out: 1 term/input event"]


def test_a_header_that_makes_no_sense() -> None:
    odd = HEADER | {"title": 3, "command": "no list", "created": [], "cwd": {}, "id": None}
    about = json.loads(part(page_of(odd, []), "outline"))
    assert about["command"] == []
    assert not {"title", "created", "cwd", "id"} & set(about)


def flood(count: int) -> list[Event]:
    """Many lines at once, of which only the last are ever in a picture."""
    return events_of((0, "term", "output", b"".join(b"number %d\r\n" % n for n in range(count))))


def test_what_was_gone_too_soon_for_a_picture_is_kept_as_text() -> None:
    found = lines(page_of(HEADER, flood(200)), "lines")
    shown = 23  # the last row is blank
    assert [t for t, _ in found] == [0, 0]
    assert "\n".join(text for _, text in found).split("\n") == [
        f"number {n}" for n in range(200 - shown)
    ]


def test_lines_to_search_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(html, "_MAX_LINES_CHARS", 30)
    monkeypatch.setattr(html, "_JOINED_LINES", 1)
    data, loss = written("html", HEADER, flood(40))
    texts = [text for _, text in lines(data.decode(), "lines")]
    assert texts == ["number 0", "number 1", None]
    assert loss.lines() == ["what was shown for an instant after 0:00 cannot be searched"]


def test_nothing_recorded_is_markup() -> None:
    evil = '</title></style></script><script>alert("x")</script>'
    header = HEADER | {"title": evil, "command": [evil]}
    events = events_of(
        (0, "term", "output", evil.encode()), (1, "agent", "message", {"text": evil})
    )
    page = page_of(header, events)
    assert evil not in page
    assert "<script>alert" not in page
    assert "&lt;/title&gt;" in page


def test_the_policy_names_what_runs_and_nothing_else() -> None:
    page = page_of(HEADER, [])
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page)
    assert policy
    (script,) = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    (style,) = re.findall(r"<style>(.*?)</style>", page, re.DOTALL)
    for name, text in (("script-src", script), ("style-src", style)):
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{name} 'sha256-{digest}'" in policy[1]
    assert policy[1].startswith("default-src 'none'")
    assert not re.search(r'(?:src|href)="', page)


def random_words() -> list[Event]:
    """What compresses badly, a little of it at a time: every line is in a picture."""
    dice = random.Random(5)
    words = [dice.randbytes(dice.randrange(2, 5)).hex() for _ in range(4000)]
    texts = [" ".join(dice.choices(words, k=6)).encode() for _ in range(1500)]
    return events_of(
        *[(n * 40 * MS, "term", "output", b"\r\n" + text) for n, text in enumerate(texts)]
    )


def counting() -> list[Event]:
    """What a recording compresses best, and most of which is in no picture."""
    numbers = [b"".join(b"%d\r\n" % n for n in range(m, m + 500)) for m in range(0, 150_000, 500)]
    return events_of(*[(n * MS, "term", "output", data) for n, data in enumerate(numbers)])


@pytest.mark.parametrize("make", [random_words, counting])
def test_it_stays_below_three_times_the_recording_and_the_player(
    make: Callable[[], list[Event]], tmp_path: Path
) -> None:
    path = str(tmp_path / "r.ahr")
    save(path, HEADER, make())
    player = len(page_of(HEADER, []))
    with Recording.open(path) as recording:
        page = page_of(HEADER, list(recording.events()))
    assert len(page) < 3 * os.path.getsize(path) + player


@pytest.mark.parametrize(
    ("header", "title"),
    [
        ({"title": " My run ", "command": []}, "My run"),
        ({"command": ["/usr/bin/claude", "-p", "hi"]}, "claude -p hi"),
        ({"title": "", "prompt": "Mend it.", "command": ["claude"]}, "Mend it."),
        ({"title": "", "command": []}, "recording"),
        ({"command": ["prog"]}, "prog"),
    ],
)
def test_title(header: dict, title: str) -> None:
    assert title_of(header) == title
