"""Which recordings go, and which never do."""

import os
import resource
import signal

import pytest

from agentrec.cli.main import main
from agentrec.library.pins import Pins, prune_items
from agentrec.recording.writer import Writer
from agentrec.snapshots.pruning import RetentionPolicy, to_prune
from tests.library.helpers import ended, make, shown

DAY = 86400
NOW = 1_767_225_600 + 10 * DAY


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    return tmp_path / "agentrec"


@pytest.fixture
def five(home):
    """Recordings 1 (oldest) to 5, a day apart; odd ones of project x; 5 was branched from 2."""
    for at in range(1, 6):
        more = {"parent": {"id": "2", "relation": "branch"}} if at == 5 else {}
        path = make(
            str(home / f"recordings/{at}.ahr"),
            shown(1, "text"),
            ended(60),
            cwd="/work/x" if at % 2 else "/work/y",
            **more,
        )
        os.utime(path, (NOW - (6 - at) * DAY,) * 2)
    return home


def going(policy, project=""):
    every = prune_items(os.environ, project)
    return "".join(item.id for item in to_prune(every, policy, now=NOW * 10**9))


@pytest.mark.parametrize(
    ("policy", "project", "expected"),
    [
        (RetentionPolicy(5, None, None), "", ""),
        (RetentionPolicy(2, None, None), "", "13"),  # 2 is a parent
        (RetentionPolicy(0, None, None), "", "12345"),
        (RetentionPolicy(None, 3.5, None), "", "1"),
        (RetentionPolicy(None, 2.5, None), "", "13"),
        (RetentionPolicy(None, None, 0), "", "12345"),
        (RetentionPolicy(0, None, None), "x", "135"),
        (RetentionPolicy(0, None, None), "/work/y", "4"),  # 2 is needed by 5
        (RetentionPolicy(0, None, None), "work", ""),
    ],
)
def test_what_goes(five, policy, project, expected):
    assert going(policy, project) == expected


def test_pinned_ones_stay(five, capsys):
    assert main(["pin", str(five / "recordings/1.ahr"), str(five / "recordings/5.ahr")]) == 0
    assert going(RetentionPolicy(0, None, None)) == "34"  # 2 is needed by 5
    assert main(["pin", str(five / "recordings/5.ahr")]) == 0
    assert "5.ahr is already pinned" in capsys.readouterr().out
    main(["pin"])
    assert capsys.readouterr().out == "1\n5\n"
    assert main(["pin", "--remove", "--json", str(five / "recordings/5.ahr")]) == 0
    assert capsys.readouterr().out.split() == ["[", '"1"', "]"]
    assert going(RetentionPolicy(0, None, None)) == "2345"


@pytest.mark.parametrize("name", ["a\rb", "a\nb", "\ud800", "", None, ["a"]])
def test_what_cannot_be_pinned_is_said(home, tmp_path, capsys, name):
    file = make(str(tmp_path / "odd.ahr"), shown(1, "text"), id=name)
    assert main(["pin", file]) == 3
    assert "has no id" in capsys.readouterr().err


def test_a_full_disk_leaves_nothing_of_a_pin(five, capsys):
    pins = five / "pins"
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    main(["pin", str(five / "recordings/1.ahr")])
    resource.setrlimit(resource.RLIMIT_FSIZE, (2, hard))
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        assert main(["pin", str(five / "recordings/3.ahr")]) == 4
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, before)
    assert "cannot write" in capsys.readouterr().err
    assert pins.read_text() == "1\n"
    assert list(five.glob("pins*")) == [pins]


def test_a_pin_follows_a_moved_recording(five):
    main(["pin", str(five / "recordings/3.ahr")])
    os.makedirs(five / "recordings/kept")
    os.rename(five / "recordings/3.ahr", five / "recordings/kept/renamed.ahr")
    assert going(RetentionPolicy(0, None, None)) == "1245"


def test_a_running_one_stays(five):
    writer = Writer(str(five / "recordings/live.ahr"), {"id": "live", "cols": 80, "rows": 24})
    assert "live" not in going(RetentionPolicy(0, None, None))
    writer.start()
    writer.close()
    assert "live" in going(RetentionPolicy(0, None, None))


def test_prune_removes_what_is_not_pinned(five, capsys):
    main(["pin", str(five / "recordings/1.ahr")])
    assert main(["prune", "--keep-last", "0", "--project", "x", "--dry-run"]) == 0
    assert len(os.listdir(five / "recordings")) == 5
    assert main(["prune", "--keep-last", "0", "--project", "x", "--yes"]) == 0
    assert sorted(os.listdir(five / "recordings")) == ["1.ahr", "2.ahr", "4.ahr"]


@pytest.mark.parametrize("name", [None, "", 5, "two\nlines"])
def test_without_an_id_nothing_can_be_pinned(home, tmp_path, capsys, name):
    path = make(str(tmp_path / "a.ahr"), shown(1, "x"), id=name)
    assert main(["pin", path]) == 3
    assert "cannot pin" in capsys.readouterr().err


def test_pins_that_cannot_be_read_are_not_taken_for_none(home):
    (home / "pins").mkdir(parents=True)
    assert main(["prune", "--keep-last", "0", "--yes"]) == 4


def test_nobody_else_reads_the_pins(tmp_path):
    pins = Pins(str(tmp_path / "new"))
    assert pins.change("a", pinned=True)
    assert os.stat(pins.path).st_mode & 0o777 == 0o600
    assert os.stat(tmp_path / "new").st_mode & 0o777 == 0o700
