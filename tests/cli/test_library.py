"""`agentrec ls`, `search`, `cost` and `stats` as a user meets them."""

import json
import os
import re
import sqlite3
import sys
import time

import pytest

from agentrec.cli.library.cost import cost_lines
from agentrec.cli.library.ls import _fitted
from agentrec.cli.main import main
from agentrec.columns import columns as columns_of
from agentrec.library.totals import CostRow
from agentrec.times import parse_date
from tests.capture.terminal import Terminal, environment
from tests.library.helpers import call, ended, make, shown

NOW = 1_767_225_600.0  # 2026-01-01T00:00:00Z


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Recordings in the data directory of a fresh home."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    where = tmp_path / "agentrec" / "recordings"
    make(
        str(where / "2026/01/one.ahr"),
        (0, "agent", "session", {"agent": "claude-code"}),
        (
            1,
            "agent",
            "message",
            {"role": "user", "text": "mend the \x1b[2Jparser"},
            {"actor": "user"},
        ),
        call(2, "big", 0.5),
        call(2, "odd", None),
        (3, "tool", "call", {"name": "Bash", "input": "make it"}, {"span": "a"}),
        (
            4,
            "tool",
            "result",
            {"is_error": True, "exit_code": 2, "duration_ms": 900},
            {"span": "a"},
        ),
        shown(5, "the parser\r\nis mended\r\n"),
        ended(65, 0),
        created="2026-01-01T10:00:00Z",
        title="mend\x1b]0;evil\x07 it",
        command=["/usr/bin/claude", "-p"],
        cwd="/work/shop",
    )
    make(
        str(where / "2026/01/two.ahr"),
        shown(1, "all is fine"),
        ended(2, 3),
        created="2026-01-02T10:00:00Z",
        command=["make", "a b"],
        cwd="/work/site",
    )
    yield where
    monkeypatch.undo()
    time.tzset()


def run(capsys, *args):
    code = main(list(args))
    out, err = capsys.readouterr()
    assert "\x1b" not in out + err
    return code, out, err


def data(capsys, *args):
    code, out, _ = run(capsys, *args, "--json")
    found = json.loads(out)
    assert code == (0 if found else 1)
    return found


@pytest.mark.parametrize(("columns", "full"), [(200, 30), (60, 14), (48, 0)])
def test_bars_get_what_the_figures_leave(columns, full, monkeypatch):
    monkeypatch.setattr("shutil.get_terminal_size", lambda: os.terminal_size((columns, 24)))
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    spent = [
        CostRow(name, 1, 1, 10, 10, 10, 10, cost, 0) for name, cost in (("all", 8.0), ("half", 4.0))
    ]
    lines = list(cost_lines(spent, []))
    assert [line.count("█") for line in lines[1:3]] == [full, full // 2]
    assert all(len(line) <= columns for line in lines[:3])


def test_ls(folder, capsys):
    code, out, err = run(capsys, "ls")
    head, first, second = out.splitlines()
    assert (code, err) == (0, "")
    cells = re.split(r"  +", first)
    assert head.split() == [
        "ID",
        "STARTED",
        "LENGTH",
        "SIZE",
        "PROGRAM",
        "END",
        "COST",
        "TITLE",
        "FILE",
    ]
    assert cells[:3] == ["two", "2026-01-02 10:00", "2.0 s"]
    assert cells[4:] == ["make", "exit 3", "make 'a b'", str(folder / "2026/01/two.ahr")]
    assert "  1 min 5 s  " in second
    assert "  claude-code  ok      $0.5000+  mend^[]0;evil^G it  " in second


def test_wide_characters_align(folder, capsys):
    make(str(folder / "2026/01/x.ahr"), shown(1, "x"), command=["測試"], title="Umbau")
    make(str(folder / "2026/01/y.ahr"), shown(1, "x"), command=["abcd"], title="Umbau")
    lines = [line for line in run(capsys, "ls")[1].splitlines() if "Umbau" in line]
    assert len({columns_of(line.partition("Umbau")[0]) for line in lines}) == 1


def test_ls_fits_a_narrow_terminal(folder):
    code = "from agentrec.cli.main import main; main(['ls'])"
    env = {**environment(folder), "XDG_DATA_HOME": os.environ["XDG_DATA_HOME"]}
    with Terminal([sys.executable, "-c", code], env, size=(50, 15)) as terminal:
        terminal.wait()
    lines = terminal.seen.decode().splitlines()
    assert lines[0].split()[:2] == ["STARTED", "PROGRAM"]
    paths = [line for line in lines if line.startswith("    ")]
    assert len(paths) == 2
    assert all(columns_of(line) <= 50 for line in lines if line not in paths)


def test_a_command_that_changes_something_says_which_recording(folder, capsys):
    code, out, err = run(capsys, "pin", "last")
    assert (code, out) == (0, "last is pinned\n")
    assert err == f"agentrec: last is {folder}/2026/01/two.ahr\n"
    assert run(capsys, "pin", "--remove", str(folder / "2026/01/two.ahr"))[2] == ""


def test_replay_without_a_file_is_the_last_one(folder, capsys):
    assert run(capsys, "replay", "--fast") == run(capsys, "replay", "--fast", "last")


@pytest.mark.parametrize("command", ["replay", "events"])
def test_a_start_after_the_end_is_an_error(folder, capsys, command):
    code, out, err = run(capsys, command, "last", "--since", "9:00")
    assert (code, out) == (2, "")
    assert "--since 9:00.000 is after the end" in err


def test_ls_as_json(folder, capsys):
    two, one = data(capsys, "ls")
    assert (one["id"], one["file"]) == ("one", str(folder / "2026/01/one.ahr"))
    assert one["command"] == ["/usr/bin/claude", "-p"]
    assert (one["created"], one["duration"]) == ("2026-01-01T10:00:00.000Z", 65)
    assert (one["cost_usd"], one["without_price"], one["tokens"]) == (0.5, 1, 670)
    assert (two["exit_code"], two["state"], two["parent"]) == (3, "complete", None)
    assert one["index_complete"] is True


@pytest.mark.parametrize(
    ("options", "names"),
    [
        (("--agent", "claude"), "one"),
        (("--agent", "make"), "two"),
        (("--project", "shop"), "one"),
        (("--exit", "failed"), "two"),
        (("--exit", "3"), "two"),
        (("--exit", "ok"), "one"),
        (("--since", "2026-01-02"), "two"),
        (("--until", "2026-01-01"), "one"),
        (("--since", "2026-01-01T10:01", "--until", "2026-01-01T12:00"), "one"),
        (("--since", "2026-01-01T10:02"), "two"),
        (("--limit", "1"), "two"),
        (("--all",), "two one"),
        (("--state", "live"), ""),
    ],
)
def test_ls_narrowed(folder, capsys, options, names):
    assert " ".join(row["id"] for row in data(capsys, "ls", *options)) == names


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        (0, "0123456789  a title of some length  /path/to/file"),
        (60, "0123456789  a title of some length             /path/to/file"),
        (49, "0123456789  a title of some length  /path/to/file"),
        (47, "0123456789  a title of some len…  /path/to/file"),
        (40, "0123456789  a title of some length\n    /path/to/file"),
        (20, "0123456789  a title…\n    /path/to/file"),
        (5, "0123456789  \n    /path/to/file"),
    ],
)
def test_what_does_not_fit_gets_a_line_of_its_own(columns, expected):
    found = _fitted("0123456789", "a title of some length", "/path/to/file", columns)
    assert [line.rstrip() for line in found.splitlines()] == [
        it.rstrip() for it in expected.splitlines()
    ]


def test_paths_for_scripts(folder, capsys):
    assert run(capsys, "ls", "--files", "--limit", "1")[1] == f"{folder}/2026/01/two.ahr\n"


def test_ls_says_how_many_there_are(folder, capsys):
    assert "1 of 2 recordings" in run(capsys, "ls", "--limit", "1")[2]


def test_another_folder_or_file(folder, tmp_path, capsys):
    make(str(tmp_path / "other/x.ahr"), shown(1, "x"))
    assert [row["id"] for row in data(capsys, "ls", "--folder", str(tmp_path / "other"))] == ["x"]
    assert [
        row["id"] for row in data(capsys, "ls", "--folder", str(folder / "2026/01/one.ahr"))
    ] == ["one"]
    assert [row["id"] for row in data(capsys, "ls")] == ["two", "one"]


def test_no_recordings_at_all(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert run(capsys, "ls")[1].startswith("no recordings in ")
    assert data(capsys, "ls") == []
    assert "no model calls" in run(capsys, "cost")[1]
    assert run(capsys, "stats")[1].startswith("recordings 0\n")
    assert run(capsys, "search", "x") == (1, "", "agentrec: no matches\n")


def test_search(folder, capsys):
    code, out, _ = run(capsys, "search", "PARSER")
    assert code == 0
    path = folder / "2026/01/one.ahr"
    assert out.splitlines() == [
        "2026-01-01 10:00  claude-code  mend^[]0;evil^G it",
        "  0:01.000  message  user",
        "    mend the parser",
        f"    agentrec replay {path} --since 0:01.000",
        "  0:05.000  screen",
        "    the parser",
        "    is mended",
        f"    agentrec replay {path} --since 0:05.000",
    ]


def test_search_as_json(folder, capsys):
    (hit,) = data(capsys, "search", "make", "--tool", "bash", "--exit", "2")
    assert hit["file"] == str(folder / "2026/01/one.ahr")
    assert (hit["t"], hit["at"]) == (3, "2026-01-01T10:00:03.000Z")
    assert (hit["kind"], hit["tool"], hit["exit_code"], hit["failed"]) == ("tool", "Bash", 2, True)
    assert (hit["text"], hit["matches"], hit["before"]) == ("make it", ["make"], ["Bash"])


def test_what_was_not_searched_is_said_also_without_a_hit(folder, capsys):
    notes = ((at, "mark", "note", {"text": "word " * 200_000}) for at in range(20))
    path = make(str(folder / "long.ahr"), *notes, ended(30))
    code, out, err = run(capsys, "search", "nowhere")
    assert (code, out) == (1, "")
    assert "no matches" in err
    assert "not searched: " in err
    assert "long.ahr, which is too long for the index" in err
    code, out, _ = run(capsys, "search", "nowhere", "--json")
    (last,) = json.loads(out)
    assert code == 1
    assert (last["left_out"]["recordings"], last["left_out"]["files"]) == (1, [path])
    assert last["left_out"]["chars"] > 1_000_000
    assert "left_out" in data(capsys, "search", "mended")[-1]


def test_the_command_of_a_hit_shows_it(folder, capsys):
    (hit,) = data(capsys, "search", '"is mended"')
    assert hit["open"][:2] == ["agentrec", "replay"]
    end = hit["open"][-1]
    code, out, _ = run(capsys, *hit["open"][1:], "--fast", "--end", end)
    assert code == 0
    assert "is mended" in out


def test_search_without_words(folder, capsys):
    assert [hit["text"] for hit in data(capsys, "search", "--kind", "message")] == [
        "mend the parser"
    ]


def test_cost(folder, capsys):
    _, out, _ = run(capsys, "cost")
    big, odd = out.splitlines()[1:3]
    assert re.split(r"  +", big)[:7] == ["big", "$0.5000", "1", "10", "20", "300", "5"]
    assert "█" in big
    assert re.split(r"  +", odd)[:3] == ["odd", "?", "1"]
    assert "not counting calls without a known price (+):\n  odd: 1 call, 335 tokens\n" in out
    found = data(capsys, "cost", "--by", "day")
    assert found["cost_usd"] == 0.5
    (row,) = found["rows"]
    assert (row["day"], row["recordings"], row["calls"], row["cost_usd"]) == (
        "2026-01-01",
        1,
        2,
        0.5,
    )


def test_stats(folder, capsys):
    _, out, _ = run(capsys, "stats")
    assert out.startswith("recordings 2, 1 failed\nduration   1 min 7 s\n")
    assert re.search(r"^  Bash +1  █+ +1 failed \(100%\) +900 ms each$", out, re.MULTILINE)
    assert "one.ahr --since 0:03.100" in out
    found = data(capsys, "stats")
    assert found["tools"] == [{"name": "Bash", "calls": 1, "failed": 1, "ms": 900, "recordings": 1}]


@pytest.mark.parametrize(
    ("args", "code", "message"),
    [
        (["search"], 2, "nothing to search for"),
        (["search", "=>"], 2, "no word to search for"),
        (["search", "x", "--context", "-1"], 2, "invalid --context"),
        (["search", "x", "--limit", "0"], 2, "invalid number '0'"),
        (["search", "x", "--kind", "nothing"], 2, "invalid choice"),
        (["ls", "--since", "soon"], 2, "invalid date 'soon'"),
        (["ls", "--exit", "bad"], 2, "invalid exit status 'bad'"),
        (["ls", "--folder", "/no/such/folder"], 3, "does not exist"),
        (["ls", "--folder", "/dev/null"], 3, "neither a folder nor a recording"),
        (["cost", "--by", "moon"], 2, "invalid choice"),
    ],
)
def test_what_makes_no_sense(folder, capsys, args, code, message):
    found, _, err = run(capsys, *args)
    assert found == code
    assert message in err


def test_a_library_that_cannot_be_made(tmp_path, monkeypatch, capsys):
    (tmp_path / "agentrec").write_text("a file")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert run(capsys, "ls", "--folder", str(tmp_path))[0] == 4


def test_what_cannot_be_read_is_said_once(folder, capsys):
    for name in "abc":
        (folder / f"{name}.ahr").write_text("nothing")
    _, out, err = run(capsys, "ls")
    assert len(out.splitlines()) == 3
    path = folder / "a.ahr"
    assert (
        err == f"agentrec: cannot list {path} is not an agentrec recording (and 2 more like this)\n"
    )


def test_rebuilding(folder, capsys):
    before = data(capsys, "ls")
    library = folder.parent / "library.db"
    db = sqlite3.connect(library)
    db.execute("UPDATE recordings SET title = 'wrong'")
    db.commit()
    db.close()
    assert {row["title"] for row in data(capsys, "ls")} == {"wrong"}
    assert data(capsys, "ls", "--rebuild") == before
    assert data(capsys, "ls") == before


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2h", -7200, -7200),
        ("7d", -7 * 86400, -7 * 86400),
        ("today", 0, 86400),
        ("yesterday", -86400, 0),
        ("2025-12-31", -86400, 0),
        ("2025-12", -31 * 86400, 0),
        ("2025-12-31T23:00", -3600, -3540),
        ("2025-12-31 23:00:00", -3600, -3599),
        ("06:30", 6.5 * 3600, 6.5 * 3600 + 60),
    ],
)
def test_times_in_words(folder, text, first, last):
    assert parse_date(text, NOW) == round((NOW + first) * 1e9)
    relative = text[-1] in "hd"
    assert parse_date(text, NOW, end=True) == round((NOW + last) * 1e9) - (0 if relative else 1)


def test_convert_knows_recordings_by_name(folder, tmp_path, capsys):
    assert main(["convert", "one", str(tmp_path / "one.jsonl")]) == 0
    assert "mend the" in (tmp_path / "one.jsonl").read_text()
    assert main(["convert", "nothing", str(tmp_path / "two.jsonl")]) == 3
    assert "nothing does not exist" in capsys.readouterr().err
    assert not (tmp_path / "two.jsonl").exists()


@pytest.mark.parametrize(
    ("command", "first", "last"),
    [
        (["stats"], "█", "█"),
        (["cost", "--by", "project"], "$", "$"),
        (["summary", "wide"], "1 call", "1 call"),
    ],
)
def test_columns_of_wide_names_align(command, first, last, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    told = []
    for number, name in enumerate(("日本語の道具", "plain", "e\u0301te\u0301")):
        span = {"span": f"s{number}"}
        told.append((1, "tool", "call", {"name": name, "input": "x"}, span))
        told.append((2, "tool", "result", {"is_error": False, "duration_ms": 1000}, span))
    recordings = tmp_path / "agentrec/recordings"
    make(str(recordings / "wide.ahr"), *told, call(3), ended(4), cwd="/w/日本語の道具")
    make(str(recordings / "other.ahr"), call(3), ended(4), cwd="/w/plain")
    _, out, _ = run(capsys, *command)
    named = [line for line in out.splitlines() if "日本語の道具" in line or "plain" in line]
    rows = [line for line in named if first in line]
    assert len(rows) >= 2
    assert len({columns_of(row[: row.index(first)]) for row in rows}) == 1
    assert len({columns_of(row[: row.rindex(last)]) for row in rows}) == 1
