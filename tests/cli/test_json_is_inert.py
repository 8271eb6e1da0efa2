"""JSON on standard output has no character that a terminal or an editor acts on, in any command."""

import io
import json
import sys

import pytest

from agentrec.cli.main import main
from tests.library.helpers import call, ended, make, shown
from tests.test_hostile import act_on_a_terminal

# DEL, C1, direction of text, separators of lines and paragraphs, a lone surrogate.
BAD = "x\x7f\x9b2J\x85\u202e\u2066\u2028\u2029\ud800"
COMMANDS = [
    *("info FILE", "summary FILE", "events FILE --all", "branch-points FILE", "verify FILE"),
    *("snapshots list FILE", "compare FILE FILE", "ls --folder DIR", "search x --folder DIR"),
    *("cost --folder DIR", "stats --folder DIR", "branches FILE", "du", "steps FILE", "title FILE"),
    *("tag FILE", "golden save good FILE", "golden list", "bundle FILE -o OUT.json", "prices"),
    *(
        "cut FILE --since 0:01 -o OUT.ahr",
        "export-otel FILE -o OUT.otel",
        "scrub FILE --dry-run",
        "guard list",
    ),
    *("push FILE --remote file://OUT", "ls --remote file://OUT", "pull run --remote file://OUT"),
]


@pytest.fixture
def argv_of(tmp_path, monkeypatch):
    for name in ("DATA", "STATE", "CACHE", "CONFIG"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / name))
    (tmp_path / "here").mkdir()
    text = {"text": BAD, "role": "user", "label": BAD, "command": BAD, "name": BAD, "id": BAD}
    events = [
        (
            n / 10,
            track,
            kind,
            {**text, "path": BAD, "input": {BAD: BAD}, "output": BAD, "agent": BAD},
        )
        for n, (track, kind) in enumerate(
            [
                *(("agent", "session"), ("agent", "message"), ("tool", "call"), ("tool", "result")),
                *(("mark", "moment"), ("mark", "note"), ("sys", "command"), ("sys", "file")),
                *(("fs", "snapshot"), ("agent", "step"), ("guard", "finding"), (BAD, BAD)),
            ]
        )
    ]
    about = {"title": BAD, "command": [BAD], "cwd": f"/{BAD}", "tags": [BAD], "agent": BAD}
    about["parent"] = {"id": BAD, "relation": "branch", "message": BAD}
    path = str(tmp_path / "here" / "run.ahr")
    make(path, shown(0, BAD.replace("\ud800", "")), *events, call(2, BAD), ended(3), **about)
    names = {"FILE": path, "DIR": str(tmp_path / "here"), "OUT": str(tmp_path / "out")}

    def argv_of(command):
        for name, value in names.items():
            command = command.replace(name, value)
        return [*command.split(), "--json"]

    return argv_of


@pytest.mark.parametrize("encoding", ["utf-8", "ascii"])
def test_every_command(argv_of, encoding, monkeypatch, capsys):
    for command in COMMANDS:
        raw = io.BytesIO()
        monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding))
        code = main(argv_of(command))
        sys.stdout.flush()
        printed = raw.getvalue().decode(encoding)
        said = capsys.readouterr().err
        assert code in (0, 1, 3), (command, code, said)
        assert not act_on_a_terminal(printed + said), command
        for text in printed.splitlines() if "events" in command else [printed]:
            assert not printed or json.loads(text) is not None
