import json
import os
import pty
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from agentrec.cli.main import main
from agentrec.recording.events import Event
from agentrec.recording.reader import Recording
from agentrec.recording.rewrite import save
from tests.export.ahr1 import layout as v1
from tests.export.test_script import ADVANCED, BANNER, TRAILER

CAST = b'{"version": 2, "width": 80, "height": 24}\n[0.5,"o","hello"]\n[1,"m","here"]\n'
HEADER = {"cols": 90, "rows": 20, "id": "x1", "command": ["bash"], "title": "t", "env": {}}
EVENTS = [
    Event(0, 0, "term", "output", b"\xff$ "),
    Event(1, 5_000_000, "tool", "call", {"name": "Bash"}, "s1"),
    Event(2, 6_000_000, "tool", "result", {"ok": True}, "s1"),
    Event(3, 7_000_000, "tool", "call", {"name": "Edit"}, "s2"),
    Event(4, 9_000_000, "term", "exit", {"code": 0, "signal": None}),
]


@pytest.fixture
def there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty current directory with `in.cast` and `in.ahr`."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "in.cast").write_bytes(CAST)
    save("in.ahr", HEADER, EVENTS)
    return tmp_path


def agentrec(*argv: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    root = Path(__file__).parents[3]
    env = {**os.environ, "PYTHONPATH": str(root)}
    command = [sys.executable, "-m", "agentrec", "convert", *argv]
    return subprocess.run(command, input=stdin, capture_output=True, env=env)


def test_by_extension_into_missing_folders(there: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["convert", "in.cast", "new/folder/out.ahr"]) == 0
    with Recording.open("new/folder/out.ahr") as recording:
        assert recording.header["imported"] == {"format": "asciicast2"}
        assert recording.header["id"]
        events = list(recording.events())
    assert [event.name for event in events] == [("term", "output"), ("mark", "moment")]
    out, err = capfd.readouterr()
    assert out == ""
    assert err == "agentrec: wrote new/folder/out.ahr\n"
    assert os.stat("new/folder/out.ahr").st_mode & 0o777 == 0o600
    assert os.listdir("new/folder") == ["out.ahr"]


def test_what_is_left_out_is_counted(there: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["convert", "in.ahr", "out.cast"]) == 0
    assert capfd.readouterr().err.splitlines() == [
        "agentrec: out.cast: left out: 1 term/exit event",
        "agentrec: out.cast: left out: 2 tool/call events",
        "agentrec: out.cast: left out: 1 tool/result event",
        "agentrec: out.cast: bytes that are not UTF-8 became U+FFFD",
        "agentrec: wrote out.cast",
    ]
    assert json.loads(Path("out.cast").read_text().splitlines()[0])["version"] == 2


def test_the_text_twin_keeps_everything(there: Path) -> None:
    assert main(["convert", "in.ahr", "out.jsonl"]) == 0
    assert main(["convert", "out.jsonl", "again.ahr"]) == 0
    with Recording.open("again.ahr") as again, Recording.open("in.ahr") as first:
        assert list(again.events()) == EVENTS
        mine = {**again.header, "file": first.header["file"]}
        assert mine == first.header


def test_an_existing_file_stays_unless_told(there: Path, capfd: pytest.CaptureFixture[str]) -> None:
    Path("out.ahr").write_bytes(b"precious")
    assert main(["convert", "in.cast", "out.ahr"]) == 4
    assert "out.ahr already exists" in capfd.readouterr().err
    assert Path("out.ahr").read_bytes() == b"precious"
    assert main(["convert", "in.cast", "out.ahr", "--overwrite"]) == 0
    assert Path("out.ahr").read_bytes() != b"precious"


def test_a_file_can_be_converted_onto_itself(there: Path) -> None:
    assert main(["convert", "in.cast", "in.cast", "--to", "asciicast3", "--overwrite"]) == 0
    lines = Path("in.cast").read_text().splitlines()
    assert lines[1:] == ['[0.500,"o","hello"]', '[0.500,"m","here"]']


def test_a_link_is_followed_and_stays_a_link(there: Path) -> None:
    Path("real.cast").write_bytes(b"old")
    Path("link.cast").symlink_to("real.cast")
    assert main(["convert", "in.cast", "link.cast", "--overwrite"]) == 0
    assert Path("link.cast").is_symlink()
    assert Path("real.cast").read_bytes().startswith(b'{"version":2')


def test_a_device_is_written_to_and_not_replaced(there: Path) -> None:
    before = os.stat("/dev/null")
    assert main(["convert", "in.cast", "/dev/null", "--to", "jsonl"]) == 0
    assert os.stat("/dev/null").st_ino == before.st_ino


@pytest.mark.parametrize(
    "body", [b"nonsense\n", b'{"seq":0,"t":-1}\n'], ids=["no JSON", "negative time"]
)
def test_a_broken_input_leaves_nothing(
    there: Path, capfd: pytest.CaptureFixture[str], body: bytes
) -> None:
    assert main(["convert", "in.cast", "bad.jsonl"]) == 0
    with open("bad.jsonl", "ab") as file:
        file.write(body)
    Path("old.ahr").write_bytes(b"precious")
    assert main(["convert", "bad.jsonl", "out.ahr"]) == 3
    assert main(["convert", "bad.jsonl", "old.ahr", "--overwrite"]) == 3
    assert main(["convert", "bad.jsonl", "out.jsonl"]) == 3
    assert Path("old.ahr").read_bytes() == b"precious"
    assert sorted(os.listdir()) == ["bad.jsonl", "in.ahr", "in.cast", "old.ahr"]
    said = capfd.readouterr().err.splitlines()[1:]
    for line in said:
        assert line.startswith("agentrec: bad.jsonl: line 4")


def test_a_torn_input_is_converted_and_said(there: Path, capfd: pytest.CaptureFixture[str]) -> None:
    Path("torn.cast").write_bytes(CAST + b'[2,"o","ha')
    assert main(["convert", "torn.cast", "out.jsonl"]) == 0
    assert "torn.cast: the last line is torn and was left out" in capfd.readouterr().err
    assert len(Path("out.jsonl").read_text().splitlines()) == 3


def test_agent_harbor_files_share_our_ending(
    there: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    Path("theirs.ahr").write_bytes(v1.block(v1.resize(9, 24, 80), v1.data(9, 0, b"hi"), start_ts=9))
    assert main(["convert", "theirs.ahr", "ours.ahr"]) == 0
    assert "the terminal size 24x80 is swapped: assuming 80x24" in capfd.readouterr().err
    with Recording.open("ours.ahr") as recording:
        assert recording.size == (80, 24)
        assert [event.data for event in recording.events()] == [b"hi"]
    assert main(["convert", "ours.ahr", "back.ahr", "--to", "ahr1"]) == 0
    records = v1.strict(Path("back.ahr").read_bytes())
    assert [entry[0] for entry in records] == [1, 0]


def test_a_script_session(there: Path) -> None:
    Path("out").write_bytes(BANNER + b"a\r\nb\xff\r\n" + TRAILER)
    Path("timing").write_bytes(ADVANCED)
    Path("typed").write_bytes(BANNER + b"y\r" + TRAILER)
    argv = ["convert", "out", "s.jsonl", "--timing", "timing", "--input-log", "typed"]
    assert main(argv) == 0
    kinds = [json.loads(line).get("kind") for line in Path("s.jsonl").read_text().splitlines()]
    assert kinds == [None, "output", "input", "resize", "output", "exit"]


@pytest.mark.parametrize(
    ("argv", "code", "says"),
    [
        (["missing.cast", "x.ahr"], 3, "missing.cast does not exist"),
        ([".", "x.ahr"], 3, ". is a directory"),
        (["in.cast", "."], 2, "from its extension"),
        (["in.cast", "folder.ahr"], 4, "Is a directory"),
        (["in.cast", "in.ahr/x.ahr"], 4, "Not a directory"),
        (["in.cast", "x.unknown"], 2, "from its extension"),
        (["in.cast", "-"], 2, "choose one with --to"),
        (["in.cast", "x.ttyrec"], 2, "cannot write ttyrec files"),
        (["in.cast", "x.ahr", "--to", "ttyrec"], 2, "invalid choice"),
        (
            ["in.cast", "x.ahr", "--timing", "in.ahr", "--from", "ahr"],
            2,
            "are for `script` sessions",
        ),
        (["in.cast", "x.ahr", "--input-log", "in.ahr"], 2, "are for `script` sessions"),
        (["in.ahr", "x.cast", "--timing", "in.cast"], 2, "IN is ahr\n  leave them out, or say"),
        (["junk", "x.ahr"], 3, "agentrec knows\n  if it is in one of them, name it with --from;"),
        (["in.ahr", "x.png"], 2, "from its extension\n  `agentrec shot` saves one screen"),
        (["in.cast", "x.ahr", "--from", "jsonl"], 3, "in.cast: line 1"),
        (["empty", "x.ahr"], 3, "empty is empty"),
        (["nul\0l", "x.ahr"], 3, "null byte"),
    ],
)
def test_what_cannot_work_is_said_in_one_line(
    there: Path, capfd: pytest.CaptureFixture[str], argv: list[str], code: int, says: str
) -> None:
    Path("empty").touch()
    Path("junk").write_bytes(b"\xff" * 99)
    Path("folder.ahr").mkdir()
    before = sorted(os.listdir())
    assert main(["convert", *argv]) == code
    err = capfd.readouterr().err
    assert says in err
    assert "Traceback" not in err
    assert sorted(os.listdir()) == before


def test_standard_input_and_output(there: Path) -> None:
    done = agentrec("-", "-", "--to", "asciicast3", stdin=CAST)
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.splitlines()[1:] == [b'[0.500,"o","hello"]', b'[0.500,"m","here"]']
    done = agentrec("-", "-", "--to", "ahr", stdin=CAST)
    assert done.returncode == 0
    back = agentrec("-", "-", "--to", "asciicast2", stdin=done.stdout)
    assert back.stdout.splitlines()[1:] == [b'[0.500000,"o","hello"]', b'[1.000000,"m","here"]']
    assert agentrec("-", "x.ahr", stdin=b"").returncode == 3


def test_a_reader_that_leaves_early_is_no_error(there: Path) -> None:
    Path("long.cast").write_bytes(CAST + b'[2,"o","%s"]\n' % (b"x" * 4000) * 500)
    root = Path(__file__).parents[3]
    with subprocess.Popen(
        [sys.executable, "-m", "agentrec", "convert", "long.cast", "-", "--to", "jsonl"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(root)},
    ) as process:
        assert process.stdout
        assert process.stderr
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 141


def test_a_binary_format_is_not_put_on_a_terminal(there: Path) -> None:
    master, slave = pty.openpty()
    command = [sys.executable, "-m", "agentrec", "convert", "in.cast", "-", "--to", "ahr"]
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])}
    done = subprocess.run(command, stdout=slave, stderr=subprocess.PIPE, env=env)
    os.close(slave)
    os.close(master)
    assert done.returncode == 2
    assert b"cannot write a binary format" in done.stderr


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
def test_a_full_disk_is_said(there: Path, capfd: pytest.CaptureFixture[str]) -> None:
    for name in ("jsonl", "ahr", "ahr1"):
        assert main(["convert", "in.cast", "/dev/full", "--to", name]) == 4
        assert "cannot write /dev/full: No space left on device" in capfd.readouterr().err


@pytest.mark.skipif(not shutil.which("asciinema"), reason="asciinema is not installed")
def test_asciinema_reads_what_we_write(there: Path) -> None:
    assert main(["convert", "in.cast", "out.cast"]) == 0
    done = subprocess.run(["asciinema", "cat", "out.cast"], capture_output=True)
    assert (done.returncode, done.stdout) == (0, b"hello")


def test_help_lists_every_format(there: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["convert", "--help"]) == 0
    out = capfd.readouterr().out
    for name in ("ahr1", "asciicast3", "ttyrec", "script", "jsonl"):
        assert f"  {name} " in out


@pytest.mark.parametrize(
    ("options", "target", "what"),
    [
        (["--speed", "2"], "x.cast", "--speed: for pictures and videos, not for asciicast2"),
        (["--theme", "dark", "--no-cursor"], "x.html", "--theme, --no-cursor: for pictures"),
        (["--theme", "dark", "--no-cursor"], "x.html", "not for html\n  leave them out\n"),
        (["--theme", "dark"], "x.html", "not for html\n  leave it out\n"),
        (["--theme", "dark", "--since", "1"], "x.html", "not for html\n  `agentrec cut`"),
        (["--since", "0"], "x.txt", "--since: for pictures and videos, not for txt"),
        (["--idle-limit", "2"], "x.md", "--idle-limit: for pictures and videos, not for md"),
        (["--links", "a.html"], "x.gif", "--links: for md, not for gif"),
    ],
)
def test_options_of_another_format_are_errors(options, target, what, tmp_path, capsys):
    cast = Path(__file__).parents[3] / "fixtures/casts/v2.cast"
    assert main(["convert", str(cast), str(tmp_path / target), *options]) == 2
    assert what in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_typescript_has_its_timing_log_beside_it(tmp_path, capsys):
    casts = Path(__file__).parents[3] / "fixtures/casts"
    for name in ("session.typescript", "session.timing"):
        shutil.copy(casts / name, tmp_path)
    assert main(["convert", str(tmp_path / "session.typescript"), str(tmp_path / "a.jsonl")]) == 0
    made = (tmp_path / "a.jsonl").read_text().splitlines()[1:]
    assert made == (casts / "session.typescript.jsonl").read_text().splitlines()[1:]
