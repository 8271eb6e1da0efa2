"""Finding things again."""

import time

import pytest

from agentrec.library import search as search_module
from agentrec.library.index import digest, entries
from agentrec.library.search import LeftOut
from agentrec.recording.reader import Recording
from agentrec.terminal.seek.timeline import Timeline
from tests.library.helpers import call, ended, shown


@pytest.fixture
def runs(library):
    library.make(
        "old",
        (1, "agent", "session", {"agent": "claude-code", "session_id": "s"}),
        (2, "agent", "message", {"role": "user", "text": "mend the parser"}, {"actor": "user"}),
        (2.5, "agent", "message", {"role": "assistant", "text": "parser?", "thinking": True}),
        (3, "tool", "call", {"name": "Bash", "input": {"command": "make parser"}}, {"span": "a"}),
        (
            5,
            "tool",
            "result",
            {"is_error": True, "exit_code": 2, "output": "no rule"},
            {"span": "a"},
        ),
        (6, "tool", "call", {"name": "Read", "input": {"path": "parser.c"}}, {"span": "b"}),
        (7, "tool", "result", {"is_error": False, "output": "int main"}, {"span": "b"}),
        shown(8, "the parser is\r\nmended\r\n"),
        ended(9, 0),
        created="2026-01-01T00:00:00Z",
        command=["claude"],
        cwd="/home/user/shop",
    )
    library.make(
        "new",
        (1, "sys", "command", {"text": "vi parser.c", "exit": 1, "at_ns": 500_000_000}),
        shown(2, "~ parser.c"),
        ended(3600, 1),
        created="2026-02-01T00:00:00Z",
        command=["/bin/bash"],
        cwd="/home/user/shop/sub",
    )
    library.update()
    return library


def test_the_newest_first_then_what_was_done_then_what_was_shown(runs):
    assert runs.found("parser") == [
        ("new", 0.5, "command", "vi parser.c"),
        ("new", 2, "screen", "~ parser.c"),
        ("old", 2, "message", "mend the parser"),
        ("old", 2.5, "thinking", "parser?"),
        ("old", 3, "tool", "make parser"),
        ("old", 6, "tool", "parser.c"),
        ("old", 8, "screen", "the parser is"),
    ]


@pytest.mark.parametrize(
    ("narrowed", "expected"),
    [
        ({"agent": "claude-code"}, [2, 2.5, 3, 6, 8]),
        ({"agent": "claude"}, [2, 2.5, 3, 6, 8]),
        ({"agent": "bash"}, [0.5, 2]),
        ({"agent": "cla"}, []),
        ({"project": "/home/user/shop"}, [2, 2.5, 3, 6, 8]),
        ({"project": "shop"}, [2, 2.5, 3, 6, 8]),
        ({"project": "hop"}, []),
        ({"kinds": ("tool",)}, [3, 6]),
        ({"kinds": ("tool", "command")}, [0.5, 3, 6]),
        ({"kinds": ("thinking",)}, [2.5]),
        ({"tools": ("bash",)}, [3]),
        ({"tools": ("Bash", "Read")}, [3, 6]),
        ({"exit": "failed"}, [0.5, 3]),
        ({"exit": "ok"}, [2, 2, 2.5, 6, 8]),
        ({"exit": 2}, [3]),
        ({"exit": 0}, [2, 2.5, 8]),
        ({"since": 1_767_225_607 * 10**9}, [0.5, 2, 8]),
        ({"until": 1_767_225_603 * 10**9}, [2, 2.5, 3]),
        ({"limit": 3}, [0.5, 2, 2]),
        ({"per_recording": 1}, [0.5, 2]),
        ({"limit": 3, "offset": 1}, [2, 2, 2.5]),
        ({"offset": 5}, [6, 8]),
        ({"offset": 1, "per_recording": 1}, [2]),
        ({"offset": 7}, []),
        ({"state": "complete"}, [0.5, 2, 2, 2.5, 3, 6, 8]),
        ({"state": "live"}, []),
    ],
)
def test_narrowed(runs, narrowed, expected):
    assert [seconds for _, seconds, *_ in runs.found("parser", **narrowed)] == expected


def test_totals_count_what_is_not_shown(runs):
    result = runs.result("parser", limit=2, per_recording=4)
    assert (len(result.hits), result.available, result.total, result.recordings) == (2, 6, 7, 2)
    assert [hit.total for hit in result.hits] == [2, 2]
    assert result.left_out == LeftOut()


def test_what_is_not_in_the_index_is_said(library, monkeypatch):
    monkeypatch.setattr(entries, "HEAD_CHARS", 10)
    monkeypatch.setattr(entries, "TAIL_CHARS", 10)
    notes = [(at, "mark", "note", {"text": f"{at} {'x' * 500}"}) for at in range(5)]
    path = library.make("a", *notes, ended(6))
    library.make("b", ended(1))
    library.update()
    left_out = library.result("nothing").left_out
    assert (left_out.recordings, left_out.unread, left_out.paths) == (1, False, (path,))
    assert left_out.chars > 1000
    (hit, *_) = library.search("4")
    assert hit.as_data()["left_out"] == left_out.chars


def test_what_a_recording_in_progress_has_added_is_said(library):
    path = library.make("a", shown(1, "parser"), ended(2))
    library.update()
    with library.index.writing() as db:
        db.execute(
            "UPDATE recordings SET state = 'live', partial = 1, looked = ?", [time.time() - 9]
        )
    assert library.result("parser").left_out == LeftOut()
    with open(path, "ab") as file:
        file.write(b"more")
    left_out = library.result("no such word").left_out
    assert (left_out.recordings, left_out.paths, left_out.growing) == (1, (), (path,))
    assert 9 <= left_out.behind < 9000


def test_more_entries_than_fit_are_left_out(library, monkeypatch):
    monkeypatch.setattr(digest, "MAX_ENTRIES", 3)
    library.make("a", *((at, "mark", "note", {"text": "x" * 50}) for at in range(9)), ended(10))
    library.update()
    left_out = library.result("nothing").left_out
    assert left_out.recordings == 1
    assert left_out.chars >= 6 * 50


def test_runs_without_an_exit_status_are_neither_failed_nor_ok(library):
    library.make("unknown", shown(1, "parser"))
    library.make("killed", shown(1, "parser"), ended(2, None, 9))
    library.make("failed", shown(1, "parser"), ended(2, 1))
    library.make("ok", shown(1, "parser"), ended(2, 0))
    library.make("shell", shown(1, "parser"), ended(2, 1), command=["/bin/zsh", "-l"])
    library.make("script", shown(1, "parser"), ended(2, 1), command=["bash", "-lc", "false"])
    library.update()
    failed, ok = {"killed", "failed", "script"}, {"ok", "shell"}
    assert set(library.names(exit="failed")) == failed
    assert set(library.names(exit="ok")) == ok
    assert {name for name, *_ in library.found("parser", exit="failed")} == failed
    assert {name for name, *_ in library.found("parser", exit="ok")} == ok


def test_a_no_break_space_is_a_blank(library):
    library.make("a", shown(1, "\u23bf\u00a0Read\u00a0the file\r\n"))
    library.update()
    for query in ('"read the file"', "read file", "\u23bf\u00a0read\u00a0the"):
        assert [text for *_, text in library.found(query)] == ["\u23bf Read the file"]


def test_without_words_all_of_a_kind(runs):
    assert runs.found("", kinds=("message",)) == [("old", 2, "message", "mend the parser")]
    assert runs.names("") == ["new", "old"]


def test_words_of_a_call_and_its_result_are_found_together(runs):
    (hit,) = runs.search("make rule")
    assert (hit.text, hit.t, hit.exit, hit.failed) == ("make parser", 3 * 10**9, 2, True)
    (hit,) = runs.search("rule")
    assert (hit.text, hit.t) == ("no rule", 5 * 10**9)


def test_a_hit_with_its_neighbours(runs):
    (hit,) = runs.search("mended", context=1)
    assert hit.line == [("mended", True)]
    assert (hit.before, hit.after) == (["the parser is"], [])
    (hit,) = runs.search("mended", context=0)
    assert (hit.before, hit.after) == ([], [])


def test_titles_commands_and_folders_are_found(library):
    library.make("a", title="Größter Umbau", command=["make", "all"], cwd="/srv/thing")
    library.update()
    for query in ("umbau", '"make all"', "thing"):
        assert [kind for _, _, kind, _ in library.found(query)] == ["session"]


def test_the_player_opens_where_the_hit_is(library):
    lines = [shown(at * 0.7, f"step {at} of many\r\n") for at in range(200)]
    path = library.make("a", *lines, ended(150))
    library.update()
    for at in (0, 57, 199):
        (hit,) = library.search(f'"step {at} of many"')
        with Recording.open(path) as recording:
            timeline = Timeline(recording)
            there = timeline.screen_at(-(-hit.t // 10**6) * 10**6).lines()
        assert f"step {at} of many" in [line.rstrip() for line in there]


def test_a_long_line_shows_the_part_that_was_found(library):
    library.make("a", (1, "mark", "note", {"text": "x " * 1000 + "needle" + " y" * 1000}))
    library.update()
    (hit,) = library.search("needle")
    assert ("needle", True) in hit.line
    assert len(hit.text) <= 300


def test_one_recording_full_of_hits_does_not_hide_the_others(library):
    notes = [(at, "mark", "note", {"text": f"needle {at}"}) for at in range(500)]
    library.make("many", *notes, created="2026-02-01T00:00:00Z")
    library.make("few", notes[0], created="2026-01-01T00:00:00Z")
    library.update()
    assert [name for name, *_ in library.found("needle")] == ["many"] * 5 + ["few"]
    assert len(library.found("needle", per_recording=1000, limit=1000)) == 501


def test_hits_of_many_recordings_up_to_the_limit(library):
    for at in range(30):
        library.make(
            f"r{at:02}", shown(1, "needle"), call(2), created=f"2026-01-{at + 1:02}T00:00:00Z"
        )
    library.update()
    assert library.names("needle", limit=10) == [f"r{at:02}" for at in range(29, 19, -1)]


def test_of_very_many_hits_only_the_newest_are_counted(library, monkeypatch):
    monkeypatch.setattr(search_module, "MAX_COUNTED", 4)
    for number in range(6):
        created = f"2026-03-0{number + 1}T00:00:00Z"
        library.make(str(number), shown(1, "word"), ended(2), shown(3, "word"), created=created)
    library.update()
    each = len(library.search("word", per_recording=9, limit=99)) // 6
    some = library.result("word", per_recording=1, limit=1)
    assert [hit.recording["session"] for hit in some.hits] == ["5"]
    assert not some.counted
    assert 0 < some.total < 6 * each
    assert some.total % each == 0  # of each recording all or nothing
    every = library.result("word", per_recording=1, limit=6)
    assert [hit.recording["session"] for hit in every.hits] == list("543210")
    assert every.counted
    assert (every.total, every.recordings) == (6 * each, 6)
