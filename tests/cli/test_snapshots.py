"""Snapshots of real recordings, taken, looked at, compared and restored as a user does."""

import json
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from agentrec.recording.reader import Recording
from tests.capture.terminal import environment
from tests.snapshots.helpers import fill, fingerprint, git, picture

ME = shlex.join([sys.executable, "-P", "-m", "agentrec"])


class Desk:
    """A user's home, a directory of work in it, and a recording of what was done there."""

    def __init__(self, tmp_path):
        self.env = environment(tmp_path)
        self.work = tmp_path / "work"
        self.work.mkdir()
        self.file = str(tmp_path / "run.ahr")

    def agentrec(self, *args, code=0, **options):
        options = {"cwd": self.work, "stdin": subprocess.DEVNULL, "text": True, **options}
        done = subprocess.run(
            [sys.executable, "-P", "-m", "agentrec", *map(str, args)],
            env=self.env,
            capture_output=True,
            timeout=100,
            **options,
        )
        assert done.returncode == code, (done.stdout, done.stderr)
        return done

    def record(self, script, *options):
        return self.agentrec(
            *("record", "-q", "--headless", "-o", self.file, *options, "--", "sh", "-c", script)
        )

    def snapshots(self):
        return json.loads(self.agentrec("snapshots", "--json", self.file).stdout)

    def events(self):
        with Recording.open(self.file) as recording:
            return [event for event in recording.events() if event.kind != "output"]


@pytest.fixture
def desk(tmp_path):
    return Desk(tmp_path)


SCRIPT = f"""
{ME} snapshot before >/dev/null || exit 9
echo one >a; mkdir d; echo deep >d/x; chmod 700 a
{ME} snapshot 'first step' || exit 8
echo two >>a; rm d/x; echo new >'odd
name'
{ME} snapshot second >/dev/null || exit 7
{ME} snapshot again
echo three >>a
"""


@pytest.fixture
def done(desk):
    """A recording with four snapshots: before, first step, second, end."""
    git(desk.work, "init", "-q")
    fill(desk.work, {"kept": "kept\n"})
    desk.before = fingerprint(desk.work / ".git")
    desk.said = desk.record(SCRIPT).stdout
    return desk


def test_snapshots_by_hand_inside_a_recording(done):
    assert "4 files\r\ns3  4 files, nothing has changed since" not in done.said
    assert "s2  3 files" in done.said
    assert "s3  3 files, nothing has changed since" in done.said
    found = done.snapshots()
    # The first one that is taken shows what the other would.
    assert found[0]["label"] in ("before", "start")
    assert [one["label"] for one in found[1:]] == ["first step", "second", "end"]
    assert [one["id"] for one in found] == ["s1", "s2", "s3", "s4"]
    assert [one["parent"] for one in found] == [None, "s1", "s2", "s3"]
    assert [one["files"] for one in found] == [1, 3, 3, 3]
    assert [one["changed"] for one in found] == [0, 2, 3, 1]
    assert all(one["here"] and one["workspace"] == str(done.work) for one in found)
    again = next(e for e in done.events() if e.kind == "moment" and e.data["label"] == "again")
    assert again.data == {"label": "again", "source": "snapshots", "snapshot": "s3"}
    assert fingerprint(done.work / ".git") == done.before
    points = done.agentrec("branch-points", done.file).stdout
    assert "snapshot  first step" in points


def test_looking_into_them(done):
    assert done.agentrec("files", f"{done.file}@s2").stdout.split() == ["a", "d/x", "kept"]
    assert "-0700  a" in done.agentrec("files", "-l", f"{done.file}@s2").stdout
    assert "odd^Jname" in done.agentrec("files", f"{done.file}@s3").stdout
    assert "odd\nname\0" in done.agentrec("files", "-0", f"{done.file}@s3").stdout
    assert set(
        json.loads(done.agentrec("files", "--json", f"{done.file}@last").stdout)["folders"]
    ) == {"d"}
    assert done.agentrec("show", f"{done.file}@s3:a").stdout == "one\ntwo\n"
    assert done.agentrec("show", f"{done.file}@s3:odd\nname").stdout == "new\n"
    about = done.agentrec("show", f"{done.file}@last").stdout
    assert "label      end" in about
    found = done.snapshots()
    commit = found[1]["commit"]
    assert done.agentrec("show", f"{done.file}@{commit[:9]}:a").stdout == "one\n"
    between = (found[1]["t"] + found[2]["t"]) / 2
    asked = done.agentrec("show", f"{done.file}@{between:.6f}:a")
    assert asked.stdout == "one\n"
    assert "taking s2" in asked.stderr
    for wrong in ("s9", "m99999", "nonsense", "9f9f9f9f9"):
        assert "has no snapshot" in done.agentrec("show", f"{done.file}@{wrong}", code=3).stderr
    assert "missing snapshot in" in done.agentrec("show", done.file, code=2).stderr
    assert "no file" in done.agentrec("show", f"{done.file}@s1:none", code=3).stderr


def test_comparing_them(done, tmp_path):
    said = done.agentrec("diff", f"{done.file}@s2", "s3").stdout
    assert "changed  a" in said
    assert "deleted  d/x" in said
    assert "+two" in said
    stat = done.agentrec("diff", "--stat", f"{done.file}@s2", "s3", "--exit-code", code=1).stdout
    assert "+two" not in stat
    assert json.loads(done.agentrec("diff", "--json", f"{done.file}@s3", "s4").stdout) == [
        {"path": "a", "what": "changed", "added": 1, "removed": 0}
    ]
    (done.work / "a").chmod(0o640)
    (done.work / "fresh").write_text("fresh\n")
    now = done.agentrec("diff", f"{done.file}@last").stdout
    assert "mode 700 → 640  a" in now
    assert "+fresh" in now
    assert "no differences" in done.agentrec("diff", f"{done.file}@s3", "s3", "--exit-code").stdout

    # What git prints, git can apply.
    other = tmp_path / "other"
    done.agentrec("open", "--writable", f"{done.file}@s2", other)
    patch = done.agentrec("diff", f"{done.file}@s2", "s4").stdout
    git(other, "apply", "-", input=patch.encode())
    assert (other / "a").read_text() == "one\ntwo\nthree\n"


def test_a_checkout_to_look_at(done):
    place = done.agentrec("open", f"{done.file}@s2").stdout.strip()
    assert place.startswith(done.env["HOME"])
    assert (Path(place) / "d" / "x").read_text() == "deep\n"
    assert (Path(place) / "a").stat().st_mode & 0o777 == 0o500
    assert done.agentrec("open", f"{done.file}@s2").stdout.strip() == place
    (done.work / "full").mkdir()
    (done.work / "full" / "x").write_text("mine")
    refused = done.agentrec("open", f"{done.file}@s2", done.work / "full", code=4)
    assert "not empty" in refused.stderr
    for path in [place, *Path(place).rglob("*")]:
        os.chmod(path, 0o700)


def test_going_back_and_back_again(done):
    recording = Path(done.file).read_bytes()
    before = picture(done.work)
    fill(done.work, {"later": "by hand"})
    changed = picture(done.work)
    planned = done.agentrec("restore", f"{done.file}@s2", "--dry-run")
    assert "+ d/x" in planned.stdout
    assert "- later  (changed since the recording)" in planned.stdout
    assert "1 file changed since" in planned.stderr
    refused = done.agentrec("restore", f"{done.file}@s2", code=2)
    assert "--yes" in refused.stderr
    assert picture(done.work) == changed
    done.agentrec("restore", f"{done.file}@s2", "--yes")
    assert (done.work / "a").read_text() == "one\n"
    assert (done.work / "d" / "x").read_text() == "deep\n"
    assert not (done.work / "later").exists()
    undone = done.agentrec("undo")
    assert picture(done.work) == changed
    back = undone.stdout.rsplit("agentrec restore ", 1)[1].split("`")[0]
    done.agentrec("restore", back, "--yes")
    assert (done.work / "a").read_text() == "one\n"
    done.agentrec("undo")
    (done.work / "later").unlink()
    assert picture(done.work) == before
    assert "nothing was restored" in done.agentrec("undo", code=4).stderr
    assert fingerprint(done.work / ".git") == done.before
    assert Path(done.file).read_bytes() == recording


def test_a_path_in_the_name_means_that_path_alone(done):
    """Else `restore FILE@SNAP:PATH` would put back everything else, too."""
    second = next(one["id"] for one in done.snapshots() if one["label"] == "first step")
    first = f"{done.file}@{second}:a"
    listed = done.agentrec("diff", "--stat", first).stdout.split()
    assert listed[:2] == ["changed", "a"]
    assert len(listed) == 4
    assert done.agentrec("files", first).stdout == "a\n"
    assert "`agentrec show` prints one" in done.agentrec("open", first, code=2).stderr
    assert "1 file to change" in done.agentrec("restore", "-y", first).stdout
    assert (done.work / "a").read_text() == "one\n"
    assert (done.work / "odd\nname").exists()
    assert not (done.work / "d/x").exists()


def test_a_path_that_is_nowhere_is_said(done):
    """From within a directory, for instance: nothing is restored silently."""
    second = next(one["id"] for one in done.snapshots() if one["label"] == "first step")
    where = f"{done.file}@{second}"
    for command in (("restore", "-y", where, "x"), ("diff", where, "now", "x")):
        said = done.agentrec(*command, cwd=done.work / "d", code=3).stderr
        assert f"there is no x, neither in {second} nor now" in said
        assert f"paths are relative to {done.work}" in said
    assert "1 file to change" in done.agentrec("restore", "-n", where, "d/x").stdout
    assert "1 file to change" in done.agentrec("restore", "-n", where, "./d/").stdout
    every = done.agentrec("restore", "-n", where).stdout
    assert done.agentrec("restore", "-n", where, ".").stdout == every
    assert "nothing" not in done.agentrec("diff", where, "last", "odd\nname").stdout


def test_who_wrote_a_line(done):
    told = json.loads(done.agentrec("blame", "--json", "a:2", done.file).stdout)
    assert (told["snapshot"], told["before"], told["text"]) == ("s3", "s2", "two")
    assert "written between s1 and s2" in done.agentrec("blame", "a:1", f"{done.file}@s3").stdout
    assert "already there when" in done.agentrec("blame", "kept:1", done.file).stdout
    assert (
        "no line 4 in s4, only 3 lines" in done.agentrec("blame", "a:4", done.file, code=3).stderr
    )
    assert "no file" in done.agentrec("blame", "none:1", done.file, code=3).stderr
    assert "invalid line" in done.agentrec("blame", "a", done.file, code=2).stderr


def test_snapshots_without_a_recording(desk):
    fill(desk.work, {"a": "1\n"})
    assert desk.agentrec("snapshot", "start").stdout == "@s1  1 file\n"
    (desk.work / "a").write_text("2\n")
    assert desk.agentrec("snapshot").stdout == "@s2  1 file\n"
    listed = desk.agentrec("snapshots").stdout
    assert "@s1" in listed
    assert "start" in listed
    assert desk.agentrec("show", "@s1:a").stdout == "1\n"
    assert "+2" in desk.agentrec("diff", "@s1", "s2").stdout
    desk.agentrec("restore", "@first", "--yes")
    assert (desk.work / "a").read_text() == "1\n"
    refused = desk.agentrec("snapshot", code=2, cwd=desk.env["HOME"])
    assert "home directory" in refused.stderr


def test_terminals_are_shown_nothing_they_would_act_on(desk):
    from tests.capture.terminal import Terminal

    fill(desk.work, {"a": "\x1b]0;title\x07 \x1b[2J"})
    desk.agentrec("snapshot")
    for args in (["show", "@s1:a"], ["diff", "@s1", "--no-colors"]):
        (desk.work / "a").write_text("\x1b]52;c;x\x07")
        line = [sys.executable, "-P", "-m", "agentrec", *args]
        with Terminal(line, desk.env, cwd=desk.work) as terminal:
            assert terminal.wait() == 0
        assert b"\x1b" not in terminal.seen
        assert b"^[]0;title" in terminal.seen


def test_recordings_go_with_their_snapshots(desk):
    home = Path(desk.env["HOME"])
    folder = home / ".local/share/agentrec/recordings"
    folder.mkdir(parents=True)
    for number in range(3):
        desk.file = str(folder / f"r{number}.ahr")
        fill(desk.work, {"big": os.urandom(200_000)})
        desk.record(f"{ME} snapshot x")
        os.utime(desk.file, (1_700_000_000 + number, 1_700_000_000 + number))
    outside = desk.file = str(home / "outside.ahr")
    fill(desk.work, {"big": os.urandom(200_000)})
    desk.record(f"{ME} snapshot x")
    used = json.loads(desk.agentrec("du", "--json").stdout)
    assert used["snapshots"][0]["snapshots"] == 4
    assert used["snapshots"][0]["bytes"] > 800_000

    dry = json.loads(desk.agentrec("prune", "--keep-last", "2", "--dry-run", "--json").stdout)
    assert [Path(item["file"]).name for item in dry] == ["r0.ahr", "r1.ahr"]
    assert len(list(folder.iterdir())) == 3
    assert (
        "cannot ask for confirmation" in desk.agentrec("prune", "--keep-last", "2", code=2).stderr
    )
    desk.agentrec("prune", "--keep-last", "2", "--yes")
    assert [path.name for path in folder.iterdir()] == ["r2.ahr"]
    after = json.loads(desk.agentrec("du", "--json").stdout)
    assert after["snapshots"][0]["snapshots"] == 2
    assert after["snapshots"][0]["bytes"] < used["snapshots"][0]["bytes"] - 350_000
    for file in (outside, folder / "r2.ahr"):
        assert len(desk.agentrec("show", f"{file}@s1:big", text=False).stdout) == 200_000

    desk.agentrec("prune", "--keep-days", "1", "--yes")
    assert list(folder.iterdir()) == []
    assert Path(outside).exists()
    assert len(desk.agentrec("show", f"{outside}@s1:big", text=False).stdout) == 200_000
    fill(desk.work, {"new": "after pruning"})
    desk.file = str(folder / "again.ahr")
    desk.record(f"{ME} snapshot x")
    assert desk.agentrec("show", f"{desk.file}@s1:new").stdout == "after pruning"
    assert "no limit given" in desk.agentrec("prune", code=2).stderr


def test_without_git_the_reason_is_said(desk, tmp_path):
    desk.record("echo 1 >a; sleep 0.6")
    assert desk.snapshots()
    bare = tmp_path / "bin"
    bare.mkdir()
    for name in ("sh", "sleep", "grep"):
        (bare / name).symlink_to(shutil.which(name))
    desk.env["PATH"] = str(bare)
    assert "git is not installed" in desk.agentrec("snapshots", desk.file).stderr
    desk.record(f"until {ME} events {desk.file} | grep -q 'no snapshot'; do :; done", "--overwrite")
    said = desk.agentrec("snapshots", desk.file).stdout
    assert said.startswith("no snapshots in this recording: git is not installed")


def test_a_file_that_changed_before_it_was_read_is_named_everywhere(desk):
    fill(desk.work, {"large": b"x" * 400_000, "a": "1"})
    desk.record("printf y | dd of=large conv=notrunc status=none; echo 2 >a; sleep 1")
    missed = "1 file changed before it was read: large"
    assert desk.agentrec("snapshots", desk.file).stdout.splitlines()[1].strip() == missed
    assert desk.snapshots()[0]["missed_paths"] == ["large"]
    shown = desk.agentrec("show", f"{desk.file}@first")
    assert f"missed     {missed}\n" in shown.stdout
    assert "left out   large: changed before it was read\n" in shown.stdout
    assert f"s1: {missed}" in shown.stderr
    assert f"s1: {missed}" in desk.agentrec("verify", desk.file).stdout
    assert (
        f"s1: {missed}" in desk.agentrec("branch", desk.file, "--at", "first", "--dry-run").stdout
    )
    assert missed in desk.agentrec("events", "--all", desk.file).stdout
    assert desk.agentrec("show", f"{desk.file}@first:a").stdout == "1"


def test_a_command_that_ends_at_once_has_none(desk):
    desk.record("true")
    said = desk.agentrec("snapshots", desk.file).stdout
    assert said == "no snapshots in this recording: it ended before one could be taken\n"


SECRET = "ghp_" + "a1B2" * 9


def test_a_label_names_a_snapshot_where_it_is_unique(desk):
    desk.record(
        f"echo 1 >a; {ME} snapshot 'before: the migration'; {ME} mark later; sleep 1;"
        f"echo 2 >a; {ME} snapshot twice; echo 3 >a; {ME} snapshot twice;"
        f"echo 4 >a; {ME} snapshot 'with {SECRET}'"
    )

    def shown(label, **more):
        return desk.agentrec("show", f"{desk.file}@{label}:a", **more)

    assert shown("before: the migration").stdout == "1\n"
    assert (
        "label      before: the migration"
        in desk.agentrec("show", f"{desk.file}@before: the migration").stdout
    )
    assert shown("later").stdout == "1\n"
    assert shown(f"with {SECRET}").stdout == "4\n"
    ids = [one["id"] for one in desk.snapshots() if one["label"] == "twice"]
    assert len(ids) == 2
    refused = shown("twice", code=3).stderr
    assert f"the label 'twice' is not unique: {', '.join(ids)}" in refused
    assert "has no snapshot never" in shown("never", code=3).stderr
    plan = desk.agentrec(
        *("branch", desk.file, "--at", "before: the migration", "--agent", "sh", "-n", "--json")
    )
    assert json.loads(plan.stdout)["snapshot"]["label"] == "before: the migration"
    assert "is not unique" in desk.agentrec("branch", desk.file, "--at", "twice", code=3).stderr
    fill(desk.work, {"b": "by hand"})
    desk.agentrec("snapshot", "by hand")
    assert desk.agentrec("show", "@by hand:b").stdout == "by hand"


def test_secrets_in_labels_are_in_no_file_of_the_store(desk):
    desk.record(f"echo 1 >a; {ME} snapshot 'with {SECRET}'; echo 2 >a; {ME} mark 'and {SECRET}'")
    fill(desk.work, {"b": "x"})
    desk.agentrec("snapshot", f"by hand {SECRET}")
    assert "with ***" in desk.agentrec("snapshots", desk.file).stdout
    assert "by hand ***" in desk.agentrec("snapshots").stdout
    (store,) = (Path(desk.env["HOME"]) / ".local/share/agentrec/snapshots").iterdir()
    names = git_names(store)
    for name in names:
        held = subprocess.run(
            ["git", f"--git-dir={store}/git", "cat-file", "-p", name], capture_output=True
        )
        assert SECRET.encode() not in held.stdout
    assert len(names) > 5


def git_names(store):
    """All objects of a store."""
    listing = subprocess.run(
        [
            *("git", f"--git-dir={store}/git", "cat-file"),
            *("--batch-check=%(objectname)", "--batch-all-objects"),
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    return listing.stdout.split()


@pytest.mark.parametrize("what", ["flip", "cut", "index", "gone"])
def test_a_damaged_pack_is_named(desk, what):
    fill(desk.work, {"big": os.urandom(100_000)})
    desk.record(f"{ME} snapshot x")
    (store,) = (Path(desk.env["HOME"]) / ".local/share/agentrec/snapshots").iterdir()
    for pack in (store / "git/objects/pack").glob("*.pack"):
        broken = pack.with_suffix(".idx") if what == "index" else pack
        broken.chmod(0o600)
        if what == "gone":
            pack.unlink()
            broken = pack.with_suffix(".idx")
        elif what == "cut":
            os.truncate(broken, broken.stat().st_size // 2)
        else:
            data = bytearray(broken.read_bytes())
            data[40 : len(data) - 20 : 50] = b"\xa5" * len(data[40 : len(data) - 20 : 50])
            broken.write_bytes(data)
    for command in (("show", f"{desk.file}@s1"), ("files", f"{desk.file}@s1")):
        said = desk.agentrec(*command, code=3).stderr
        assert "the snapshot store is damaged: " in said
        assert "objects/pack/pack-" in said
    assert "Traceback" not in desk.agentrec("snapshots", desk.file).stderr


def test_prunes_at_once(desk):
    folder = Path(desk.env["HOME"]) / ".local/share/agentrec/recordings"
    folder.mkdir(parents=True)
    for number in range(4):
        desk.file = str(folder / f"r{number}.ahr")
        fill(desk.work, {"big": os.urandom(50_000)})
        desk.record(f"{ME} snapshot x")
        os.utime(desk.file, (1_700_000_000 + number, 1_700_000_000 + number))
    limits = (("--keep-last", "1"), ("--keep-last", "2"), ("--max-size", "1G", "--keep-last", "1"))
    running = [
        subprocess.Popen(
            [sys.executable, "-P", "-m", "agentrec", "prune", *limit, "--yes"],
            env=desk.env,
            cwd=desk.work,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for limit in limits * 2
    ]
    ended = [process.communicate(timeout=100) for process in running]
    assert [process.returncode for process in running] == [0] * len(running), ended
    assert all(said == "" for _, said in ended), ended
    assert [path.name for path in folder.iterdir()] == ["r3.ahr"]
    assert len(desk.agentrec("show", f"{folder}/r3.ahr@last:big", text=False).stdout) == 50_000
