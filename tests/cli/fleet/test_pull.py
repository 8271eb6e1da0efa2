"""`agentrec pull`: recordings of another machine, with all that belongs to them."""

import hashlib
import os
from pathlib import Path

import pytest

from scripts.hostile_parts.recordings import RECORDINGS, write
from tests.fleet.machines import Machine
from tests.snapshots.helpers import git, picture
from tests.test_hostile import LARGE, SMALL_BYTES, act_on_a_terminal

SCRIPT = "echo changed > kept; mkdir -m 700 new; echo deep > new/file; ln -s kept link; sleep 0.4"


@pytest.fixture
def pair(tmp_path):
    """Two machines and a directory that they share."""
    return Machine(tmp_path / "a"), Machine(tmp_path / "b"), f"file://{tmp_path}/remote"


def test_snapshots_restore_and_a_branch_on_another_machine(machines):
    first, second, url = machines
    git(first.work, "init", "-q")
    (first.work / "kept").write_text("kept\n")
    git(first.work, "add", ".")
    git(first.work, "commit", "-qm", "one")
    name, path = first.recorded(SCRIPT)
    after = picture(first.work)
    first.run("push", path, "--remote", url)
    second.work = first.work
    (row,) = second.run("ls", "--remote", url)
    assert (row["id"], row["file"], row["snapshots"]) == (name, None, True)
    (pulled,) = second.run("pull", name[-4:], "--remote", url)
    assert (pulled["id"], pulled["state"], pulled["snapshots"]) == (name, "pulled", True)
    assert pulled["file"].startswith(str(second.home))
    assert Path(pulled["file"]).read_bytes() == Path(path).read_bytes()
    assert os.stat(pulled["file"]).st_mode & 0o777 == 0o600
    second.here("verify", name)
    assert [one["here"] for one in second.run("snapshots", name)] == [True, True]
    second.here("restore", f"{name}@first", "--yes")
    assert (first.work / "kept").read_text() == "kept\n"
    assert not (first.work / "new").exists()
    second.here("restore", f"{name}@last", "--yes")
    assert picture(first.work) == after
    (again,) = second.run("pull", name, "--remote", url)
    assert again["state"] == "already here"
    if not url.startswith("file:"):
        return  # what follows knows nothing of remotes
    second.agentrec("branch", name, "--again", "--headless")
    (made,) = (one for one in first.work.parent.iterdir() if one.name.startswith("work-"))
    assert (made / "new/file").read_text() == "deep\n"
    assert (made / "kept").read_text() == "changed\n"


def test_what_was_removed_comes_back_with_its_snapshots(pair):
    first, _, url = pair
    name, path = first.recorded(SCRIPT)
    first.run("push", path, "--remote", url)
    first.here("rm", name, "--yes")
    (row,) = first.run("pull", name, "--remote", url)
    assert row["file"] == path
    assert [one["here"] for one in first.run("snapshots", name)] == [True, True]


def test_other_content_is_not_overwritten(machines):
    first, second, url = machines
    path = Path(first.made("one"))
    first.run("push", path, "--remote", url)
    (row,) = second.run("pull", "one", "--remote", url)
    second.here("title", "one", "mine")
    mine = Path(row["file"]).read_bytes()
    done = second.here("pull", "one", "--remote", url, code=1)
    assert "is here with other content (use --overwrite" in done.stderr
    assert Path(row["file"]).read_bytes() == mine
    second.here("pull", "one", "--overwrite", "--remote", url)
    assert Path(row["file"]).read_bytes() == path.read_bytes()


def test_one_bad_recording_blocks_no_other(pair, tmp_path):
    first, second, url = pair
    ids = ["one", "two", "three"]
    first.run("push", *map(first.made, ids), "--remote", url)
    (damaged,) = (tmp_path / "remote/recordings/two").glob("*.ahr")
    damaged.write_bytes(b"x" * damaged.stat().st_size)
    rows = second.run("pull", "nothing", *ids, "--remote", url, code=1)
    assert [row["state"] for row in rows] == ["failed", "pulled", "failed", "pulled"]
    assert "is damaged" in rows[2]["error"]
    assert {one["id"] for one in second.run("ls")} == {"one", "three"}


def test_large_files_come_as_they_were(machines):
    first, second, url = machines
    path = Path(first.made("one", os.urandom(17 << 20)))
    first.run("push", path, "--remote", url)
    (row,) = second.run("pull", "one", "--remote", url)
    assert Path(row["file"]).read_bytes() == path.read_bytes()


def test_a_download_goes_on_where_it_was(pair, tmp_path):
    first, second, url = pair
    path = first.made("one", os.urandom(17 << 20))
    first.run("push", path, "--remote", url)
    # As a kill would leave it: the last part is missing here, and the others are no longer there.
    last = hashlib.sha256(Path(path).read_bytes()[16 << 20 :]).hexdigest()
    folder = tmp_path / "remote/recordings/one"
    lost = folder / f"{last}.ahr.part"
    parts = sorted({*folder.glob("*.part")} - {lost})
    content = lost.read_bytes()
    lost.unlink()
    assert "cannot read" in second.here("pull", "one", "--remote", url, code=1).stderr
    assert second.run("ls", code=1) == []
    lost.write_bytes(content)
    for part in parts:
        part.unlink()
    second.run("pull", "one", "--remote", url)
    assert not list((second.home / ".local/share/agentrec/fleet").glob("*.part"))


def test_names(pair):
    first, second, url = pair
    first.run("push", first.made("run-one-aa"), first.made("run-two-bb"), "--remote", url)
    assert "matches 2 recordings" in second.here("pull", "run", "--remote", url, code=1).stderr
    assert "has no recording x" in second.here("pull", "x", "--remote", url, code=1).stderr
    assert "invalid id '../x'" in second.here("pull", "../x", "--remote", url, code=1).stderr
    assert second.run("pull", "run-one", "bb", "bb", "--remote", url)[1]["id"] == "run-two-bb"
    assert len(second.run("ls")) == 2
    done = second.here("ls", "--remote", url, "--agent", "x", code=2)
    assert "--agent cannot be used with --remote" in done.stderr
    lines = second.here("ls", "--remote", url, "--limit", "1")
    assert "run-two-bb" in lines.stdout
    assert lines.stderr == "agentrec: 1 of 2 recordings; --all shows the rest\n"
    assert second.run("ls", "--remote", url, "--until", "2026-01-30", code=1) == []


def test_a_version_of_another_recording(pair, tmp_path):
    first, second, url = pair
    first.run("push", first.made("one"), "--remote", url)
    folder = tmp_path / "remote/recordings"
    (folder / "one").rename(folder / "two")
    done = second.here("pull", "two", "--remote", url, code=1)
    assert "is of another recording" in done.stderr
    (row,) = second.run("ls", "--remote", url)
    assert "is of another recording" in row["fault"]
    (version,) = (folder / "two").glob("*.json")
    version.write_text(version.read_text().replace('"id": "one"', '"id": "two"'))
    done = second.here("pull", "two", "--remote", url, code=1)
    assert "names a recording with another id" in done.stderr
    assert not list((second.home / ".local/share/agentrec/fleet").glob("*.part"))
    assert second.run("ls", code=1) == []


def test_recordings_that_do_harm(pair, tmp_path):
    first, second, url = pair
    paths = []
    for number, name in enumerate(sorted(set(RECORDINGS) - LARGE)):
        paths.append(tmp_path / f"{number}.ahr")
        write(paths[-1], RECORDINGS[name], SMALL_BYTES)
    wild = {"title": "\x1b]0;x\x07\u202e", "command": ["\x1b[2J"], "cwd": "/\x9b", "env": {}}
    paths.append(first.made("wild", **wild))
    said = [first.here("push", *paths, "--remote", url, code=1)]
    said += [second.here("ls", "--remote", url), second.here("ls", "--remote", url, "--json")]
    ids = [row["id"] for row in second.run("ls", "--remote", url, "--all")]
    assert "wild" in ids
    said += [second.here("pull", *ids, "--remote", url), second.here("snapshots", "wild")]
    assert not act_on_a_terminal("".join(one.stdout + one.stderr for one in said))
