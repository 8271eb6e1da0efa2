"""`agentrec branch` and `agentrec branches` as a user runs them: real git, real programs."""

import itertools
import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from agentrec.recording.reader import Recording
from tests.branches.helpers import (
    ME,
    OURS,
    BranchDesk,
    files,
    fill,
    git,
    picture,
    repository,
    script,
    stub_agent,
    wait_for,
    worktrees,
)

CHILD = ("--headless", "--agent", "sh")
# A shell with the name of an agent: it can be given a message.
AGENT = ("--headless", "--agent", "pi")


@pytest.fixture
def desk(tmp_path):
    desk = BranchDesk(tmp_path)
    stub_agent(tmp_path, desk.env)
    return desk


@pytest.fixture
def done(desk):
    """A repository with everything a user can have in it, and a recording with three steps."""
    work = desk.work
    git(work, "init", "-q")
    fill(
        work, {"kept": "kept\n", "gone": "1\n", "changed": "1\n", "sub/inner": "x", "run.sh": "#!"}
    )
    fill(work, {".gitignore": "ignored\nbuild/\n", "build/out": "built"})
    git(work, "add", ".")
    git(work, "commit", "-qm", "first")
    git(work, "branch", "other")
    fill(work, {"staged": "staged\n", "changed2": "x"})
    git(work, "add", "staged")
    git(work, "stash", "push", "-q", "-m", "kept away", "changed2", "--include-untracked")
    fill(work, {"untracked": "u\n", "link": ("../outside",), "empty": None})
    hooks = work / ".git/hooks"
    hooks.mkdir(exist_ok=True)
    for name in ("post-checkout", "reference-transaction", "post-index-change", "pre-commit"):
        hook = hooks / name
        hook.write_text(f"#!/bin/sh\necho {name} >>{desk.place}/hooks-ran\n")
        hook.chmod(0o755)
    desk.record(
        script(
            "rm gone; echo 2 >changed; printf 'odd' >'odd\nname'; chmod 700 run.sh",
            "echo 3 >changed; rm -r sub; mkdir -p deep/er; echo y >deep/er/y; chmod 500 deep",
            "echo 4 >changed; rm untracked",
        )
    )
    desk.before = repository(work / ".git")
    desk.bytes = Path(desk.file).read_bytes()
    with Recording.open(desk.file) as recording:
        desk.parent = recording.header["id"]
    yield desk
    for place, _, _ in os.walk(desk.place):
        os.chmod(place, 0o700)


def then(done, number):
    """The files after that step, as they were copied at the time; build/ is ignored."""
    return picture(done.place / f"then{number}", skip=(".git", "build"))


def parts(header):
    return {name: header["parent"][name] for name in ("id", "relation", "snapshot", "method")}


def test_the_files_of_then_in_a_worktree_and_away_again(done):
    workspace = picture(done.work)
    entry, said = done.branch(
        *("--at", done.at("step1"), *AGENT, "-m", "try\nagain"),
        *("--", "-c", "pwd; sleep 0.4; ls >/dev/null"),
    )
    assert entry["kind"] == "git"
    place = Path(entry["worktree"])
    assert said.stdout.splitlines()[0].strip() == str(place)
    assert files(place) == then(done, 1)
    # Nothing of the user's own has changed, and no hook ran.
    assert picture(done.work) == workspace
    assert repository(done.work / ".git", without=OURS) == done.before
    assert not (done.place / "hooks-ran").exists()
    assert Path(done.file).read_bytes() == done.bytes
    status = git(place, "status", "--porcelain=v1", "-z", "--untracked-files=all").split("\0")
    assert sorted(status) == [
        *("", " D gone", " M changed", " M run.sh"),
        *("?? link", "?? odd\nname", "?? staged", "?? untracked"),
    ]
    assert git(done.work, "rev-parse", entry["branch"]) == git(done.work, "rev-parse", "HEAD")

    header = done.header(entry["id"])
    assert parts(header) == {
        "id": done.parent,
        "relation": "branch",
        "snapshot": done.at("step1"),
        "method": "none",
    }
    assert header["parent"]["message"] == "try\nagain"
    assert header["parent"]["worktree"] == str(place)
    assert header["parent"]["branch"] == entry["branch"] == f"agentrec/{entry['id']}"
    assert header["parent"]["file"] == done.file
    assert header["cwd"] == str(place)

    nodes = done.nodes(done.file)
    assert [node["id"] for node in nodes] == [header["parent"]["id"], entry["id"]]
    assert [node["status"] for node in nodes] == ["ok", "ok"]
    tree = done.agentrec("branches").stdout
    assert f"└─ {done.at('step1')} at 0:0" in tree
    assert "“try again”" in tree

    done.agentrec("branches", "--remove", entry["id"], "--yes")
    assert not place.exists()
    assert repository(done.work / ".git") == done.before
    assert picture(done.work) == workspace
    assert [node["id"] for node in done.nodes()] == [header["parent"]["id"], entry["id"]]
    assert done.header(entry["id"]) == header
    assert (
        "no worktree on this machine belongs to x"
        in done.agentrec("branches", "--remove", "x", code=3).stderr
    )


def test_each_point_has_its_files(done):
    found = json.loads(done.agentrec("snapshots", "--json", done.file).stdout)
    times = {one["id"]: one["t"] for one in found}
    first, second = done.at("step1"), done.at("step2")
    between = times[first] + 0.001
    for at, number, word in (
        (second, 2, ""),
        (f"{between:.6f}", 1, f"taking {first}"),
        ("last", 3, ""),
    ):
        entry, said = done.branch("--at", at, *CHILD, "--", "-c", "true")
        assert files(entry["worktree"]) == then(done, number)
        assert word in said.stderr
    entry, said = done.branch(*CHILD, "--", "-c", "true")
    assert files(entry["worktree"]) == then(done, 3)
    assert len(done.nodes(done.file)) == 5
    for wrong in ("s9", "nonsense"):
        assert "has no snapshot" in done.branch("--at", wrong, code=3)[1].stderr
    assert len(done.made()) == 4


def test_a_message_is_never_dropped(done):
    """Nobody knows how to give a shell a message: neither the recorded one nor another one gets none."""
    before = picture(done.place, skip=())
    for options in ((), ("--agent", "bash"), ("--at", "first")):
        _, said = done.branch(*options, "--headless", "-m", "other words", code=2)
        assert "cannot give" in said.stderr
        assert "--again" in said.stderr
    _, said = done.branch("--headless", "--again", "-m", "other words", code=2)
    assert "with a message" in said.stderr
    assert picture(done.place, skip=()) == before
    shown = done.agentrec("branch", done.file, "--again", "--dry-run", "--json").stdout
    assert json.loads(shown)["argv"][:2] == ["sh", "-c"]


def test_nothing_is_made_by_looking(done):
    before = picture(done.place, skip=())
    shown = done.agentrec("branch", done.file, "--at", done.at("step1"), "--dry-run").stdout
    assert "new branch agentrec/" in shown
    assert "nothing was created" in shown
    assert "sh -c" in shown
    told = json.loads(
        done.agentrec("branch", done.file, "--at", done.at("step1"), "--dry-run", "--json").stdout
    )
    assert told["parent"]["snapshot"] == done.at("step1")
    assert told["kind"] == "git"
    assert told["absent"] == ["build/"]
    assert picture(done.place, skip=()) == before


def test_what_is_different_now_is_said_before(done):
    fill(done.place, {"bin/only-then": "#!/bin/sh\nsleep 0.2\n"})
    (done.place / "bin/only-then").chmod(0o755)
    done.env["PATH"] = f"{done.place}/bin:{done.env['PATH']}"
    done.env["API_TOKEN"] = done.env["PLAIN_WORD"] = "value-of-then"
    done.file = str(done.place / "second.ahr")
    done.record(
        f"only-then; ./here.sh; {ME} snapshot x", "--env", "API_TOKEN", "--env", "PLAIN_WORD"
    )
    shutil.rmtree(done.place / "bin")
    done.env |= {"API_TOKEN": "hunter2hunter2", "PLAIN_WORD": "now", "LANG": "C"}
    done.env |= {"TERM": "dumb", "COLORTERM": "no"}  # there was no terminal then either
    told = json.loads(done.agentrec("branch", done.file, "--dry-run", "--json").stdout)
    assert "only-then" in told["missing"] or f"{done.place}/bin/only-then" in told["missing"]
    assert {one["name"]: (one["then"], one["now"]) for one in told["env"]} == {
        "LANG": ("C.UTF-8", "C"),
        "PLAIN_WORD": ("value-of-then", "now"),
    }
    shown = done.agentrec("branch", done.file, "--dry-run").stdout
    assert "LANG: C.UTF-8 then, C now" in shown
    assert "hunter2" not in shown


def test_a_missing_program_is_said_before_anything_is_made(done):
    before = picture(done.place, skip=())
    _, said = done.branch("--agent", "no-such-agent", "--headless", code=127)
    assert "no-such-agent: command not found" in said.stderr
    assert picture(done.place, skip=()) == before


@pytest.mark.parametrize("wrong", ["inside", "exists", "out"])
def test_places_that_cannot_be(done, wrong):
    options = {
        "inside": ("--worktree", done.work / "in" / "it"),
        "exists": ("--worktree", done.place / "then1"),
        "out": ("-o", done.file),
    }[wrong]
    before = picture(done.place, skip=())
    done.branch(*options, *CHILD, code=2)
    assert picture(done.place, skip=()) == before


def test_a_place_of_ones_own_and_a_subdirectory(done):
    done.file = str(done.place / "below.ahr")
    (done.work / "sub2").mkdir()
    done.agentrec(
        *("record", "-q", "--headless", "-o", done.file, "--", "sh", "-c"),
        f"{ME} snapshot x; echo after >after",
        cwd=done.work / "sub2",
    )
    entry, said = done.branch(
        *("--at", "first", "--worktree", "elsewhere", "-o", "child.ahr", *CHILD),
        *("--", "-c", "pwd; ls"),
        cwd=done.place,
    )
    assert said.stdout.split() == [f"{done.place}/elsewhere/sub2"]
    assert (done.place / "elsewhere/.git").is_file()
    with Recording.open(str(done.place / "child.ahr")) as recording:
        assert recording.header["id"] == entry["id"]
    found = json.loads(done.agentrec("branches", "--json", "child.ahr", cwd=done.place).stdout)
    assert [Path(node["file"]).name for node in found] == ["below.ahr", "child.ahr"]


def test_the_commit_of_that_time(done):
    first = git(done.work, "rev-parse", "HEAD").strip()
    done.file = str(done.place / "commits.ahr")
    who = "git -c user.name=me -c user.email=me@example.org"
    done.record(
        f"{ME} snapshot before; {who} commit -qam second; {ME} snapshot after; git checkout -q other"
    )
    (done.place / "hooks-ran").unlink()  # those of these commits
    second = git(done.work, "rev-parse", "main").strip()
    assert first != second
    for label, commit in (("before", first), ("after", second)):
        entry, said = done.branch("--at", done.at(label), *CHILD, "--", "-c", "git rev-parse HEAD")
        assert said.stdout.split() == [commit]
        assert (
            git(entry["worktree"], "rev-parse", "--abbrev-ref", "HEAD").strip() == entry["branch"]
        )
    git(done.work, "checkout", "-q", "--detach", "main")
    entry, _ = done.branch("--at", done.at("before"), *CHILD, "--", "-c", "true")
    assert git(done.work, "rev-parse", "--abbrev-ref", "HEAD").strip() == "HEAD"
    assert entry["commit"] == first


def test_a_branch_of_a_branch(done):
    one, _ = done.branch(
        "--at", done.at("step1"), *CHILD, "--", "-c", f"echo new >new; {ME} snapshot y; echo z >z"
    )
    (child,) = (done.place / ".local/share/agentrec/recordings").rglob(f"{one['id']}.ahr")
    bytes_of_one = child.read_bytes()
    two, _ = done.branch("--at", "s2", *AGENT, "-m", "deeper", "--", "-c", "ls", file=child)
    assert (Path(two["worktree"]) / "new").read_text() == "new\n"
    assert not (Path(two["worktree"]) / "z").exists()
    assert two["parent"]["id"] == one["id"]
    assert two["parent"]["project"] == "work"
    assert Path(two["worktree"]).name == f"work-{two['id']}"
    assert child.read_bytes() == bytes_of_one
    nodes = done.nodes(child)
    assert [node["id"] for node in nodes][1:] == [one["id"], two["id"]]
    assert "   └─ s2 at" in done.agentrec("branches", done.file).stdout
    # By id, and from the outside in.
    done.agentrec("branches", "--remove", two["id"].rpartition("-")[2], "-y")
    done.agentrec("branches", "--remove", child, "-y", "--force")
    assert repository(done.work / ".git") == done.before


@pytest.mark.parametrize("in_git", [True, False])
def test_a_branch_from_the_first_snapshot_has_the_files_from_before(desk, in_git):
    fill(desk.work, {"a": "1\n", "b": "1\n", "src/c": "1\n"})
    if in_git:
        git(desk.work, "init", "-q")
        git(desk.work, "add", "-A")
        git(desk.work, "commit", "-qm", "all")
    fill(desk.work, {"new": "1\n"})
    before, head = files(desk.work), in_git and git(desk.work, "rev-parse", "HEAD").strip()
    commit = (
        "git add -A; git -c user.name=a -c user.email=a@b commit -qm changed; " if in_git else ""
    )
    desk.record(f"echo 2 >a; rm b new; mv src lib; {commit}sleep 0.5")
    entry, _ = desk.branch("--at", "first", *CHILD, "--", "-c", "true")
    after = files(entry["worktree"])
    assert {path: what for path, what in after.items() if path != b"."} == before
    assert not in_git or entry["commit"] == head


def test_what_was_masked_stays_masked(desk):
    secret = "ghp_" + "a1B2c3D4e5" * 3 + "F6g7h8"
    desk.record(f"{ME} snapshot x", "--redact")
    child, _ = desk.branch("--at", desk.at("x"), *CHILD, "--", "-c", f"echo {secret}")
    (file,) = (desk.place / ".local/share/agentrec/recordings").rglob(f"{child['id']}.ahr")
    assert secret not in desk.agentrec("cat", file).stdout
    assert desk.header(child["id"])["redact"] is True


def test_several_at_once(done):
    running = [
        done.start(
            "branch", done.file, "--at", done.at("step1"), *CHILD, "--", "-c", f"echo {n} >mine"
        )
        for n in range(4)
    ]
    ended = [process.communicate(timeout=100) for process in running]
    assert [process.returncode for process in running] == [0] * 4, ended
    entries = done.made()
    assert len(entries) == 4
    said = {(Path(entry["worktree"]) / "mine").read_text() for entry in entries.values()}
    assert said == {"0\n", "1\n", "2\n", "3\n"}
    first = then(done, 1)
    for entry in entries.values():
        (Path(entry["worktree"]) / "mine").unlink()
        assert files(entry["worktree"]) == first
    assert len(done.nodes(done.file)) == 5
    removing = [done.start("branches", "--remove", name, "-y", "--force") for name in entries]
    ended = [process.communicate(timeout=100) for process in removing]
    assert [process.returncode for process in removing] == [0] * 4, ended
    assert repository(done.work / ".git") == done.before
    assert worktrees(done.place) == []


def test_work_is_not_removed_by_the_way(done):
    entry, _ = done.branch("--at", done.at("step1"), *CHILD, "--", "-c", "true")
    place = Path(entry["worktree"])
    fill(place, {"mine": "by hand\n"})
    refused = done.agentrec("branches", "--remove", entry["id"], "--yes", code=2).stderr
    assert "no snapshot has the current version of mine" in refused
    done.agentrec("snapshot", "kept", cwd=place)
    assert (
        "cannot ask for confirmation"
        in done.agentrec("branches", "--remove", entry["id"], code=2).stderr
    )
    git(place, "commit", "-qm", "of value", "--allow-empty")
    refused = done.agentrec("branches", "--remove", entry["id"], "--yes", code=2).stderr
    assert "1 commit of agentrec/" in refused
    assert (
        "change to another directory first"
        in done.agentrec("branches", "--remove", entry["id"], "--yes", code=2, cwd=place).stderr
    )
    git(done.work, "branch", "saved", entry["branch"])
    done.agentrec("branches", "--remove", entry["id"], "--yes")
    assert not place.exists()
    assert git(done.work, "branch", "--list", "agentrec/*") == ""


def test_what_is_being_recorded_is_not_removed(done):
    """And a recording that was made inside another names both."""
    fifo = done.place / "go"
    os.mkfifo(fifo)
    done.env["AGENTREC_SESSION"] = "outer"
    running = done.start("branch", done.file, *CHILD, "--", "-c", f"cat {fifo}")
    del done.env["AGENTREC_SESSION"]
    wait_for(done.made)
    (entry,) = done.made().values()
    with open(fifo, "w") as pipe:
        refused = done.agentrec("branches", "--remove", entry["id"], "-y", "--force", code=2)
        assert "is being recorded" in refused.stderr
        pipe.write("go on\n")
    said, _ = running.communicate(timeout=100)
    assert said == "go on\n"
    parent = done.header(entry["id"])["parent"]
    assert (parent["id"], parent["nested_in"]) == (done.parent, "outer")
    assert f"parent     {done.parent} at" in done.agentrec("info", entry["id"]).stdout
    done.agentrec("branches", "--remove", entry["id"], "-y")


def test_only_what_was_made_is_removed(done):
    entry, _ = done.branch("--at", done.at("step1"), *CHILD, "--", "-c", "true")
    place = Path(entry["worktree"])
    place.rename(done.place / "moved")
    fill(place, {"somebody": "else"})
    said = done.agentrec("branches", "--remove", entry["id"], "--yes", "--force", code=4).stderr
    assert "is not the directory that was created" in said
    assert (place / "somebody").read_text() == "else"
    shutil.rmtree(place)
    done.agentrec("branches", "--remove", entry["id"], "--yes", "--force")
    assert (done.place / "moved/kept").exists()
    assert repository(done.work / ".git") == done.before


def test_prune_keeps_what_a_branch_came_from(done):
    home = done.place / ".local/share/agentrec/recordings"
    home.mkdir(parents=True)
    kept, alone = home / "kept.ahr", home / "alone.ahr"
    at = done.at("step1")
    os.rename(done.file, kept)
    done.file = str(alone)
    done.record(f"echo alone >alone; {ME} snapshot x")
    entry, _ = done.branch("--at", at, *CHILD, "--", "-c", "true", file=kept)
    for path in (kept, alone):
        os.utime(path, (1_700_000_000, 1_700_000_000))
    gone = json.loads(done.agentrec("prune", "--keep-days", "1", "--yes", "--json").stdout)
    assert [Path(one["file"]).name for one in gone] == ["alone.ahr"]
    assert done.agentrec("show", f"{kept}@{at}:changed").stdout == "2\n"
    # The child's recording is gone, its worktree is in use: the parent stays all the same.
    (child,) = home.rglob(f"{entry['id']}.ahr")
    child.unlink()
    done.agentrec("prune", "--keep-days", "1", "--yes")
    assert kept.exists()
    done.agentrec("branches", "--remove", entry["id"], "--yes")
    done.agentrec("prune", "--keep-days", "1", "--yes")
    assert not kept.exists()


# --- workspaces of other kinds ----------------------------------------------------------------------


def simple(desk, work):
    """Record one step in ``work`` and branch from it."""
    desk.work = work
    desk.record(f"echo one >one; {ME} snapshot x; echo two >one")
    entry, said = desk.branch("--at", desk.at("x"), *CHILD, "--", "-c", "cat one")
    assert said.stdout == "one\n"
    return entry, said


def test_no_repository(desk):
    desk.work.chmod(0o750)
    entry, said = simple(desk, desk.work)
    assert entry["kind"] == "plain"
    assert entry["branch"] == ""
    place = Path(entry["worktree"])
    assert place.parent == desk.place
    assert place.stat().st_mode & 0o777 == 0o750
    assert sorted(path.name for path in place.iterdir()) == ["one"]
    assert "git" not in said.stderr
    desk.agentrec("branches", "--remove", entry["id"], "-y")
    assert not place.exists()


def test_a_repository_without_commits(desk):
    git(desk.work, "init", "-q")
    before = repository(desk.work / ".git")
    entry, said = simple(desk, desk.work)
    assert entry["kind"] == "plain"
    assert "no commits yet" in said.stderr
    assert repository(desk.work / ".git") == before


def test_a_worktree_of_a_bare_repository(desk):
    git(desk.work, "init", "-q")
    git(desk.work, "commit", "-qm", "x", "--allow-empty")
    git(desk.place, "clone", "-q", "--bare", str(desk.work), "bare.git")
    git(desk.place / "bare.git", "worktree", "add", "-q", str(desk.place / "tree"))
    before = repository(desk.place / "bare.git")
    entry, _ = simple(desk, desk.place / "tree")
    assert entry["kind"] == "git"
    assert Path(entry["worktree"]).parent == desk.place
    others = {p: w for p, w in repository(desk.place / "bare.git").items() if p in before}
    assert others == before
    desk.agentrec("branches", "--remove", entry["id"], "-y")
    assert repository(desk.place / "bare.git") == before


def test_a_sparse_checkout_and_a_configuration_with_everything(desk):
    work = desk.work
    git(work, "init", "-q")
    fill(
        work,
        {"in/x": "1\n", "out/y": "1\n", "root": "crlf\n", ".gitattributes": "* text eol=crlf\n"},
    )
    git(work, "add", ".")
    git(work, "commit", "-qm", "x")
    settings = {
        "branch.autoSetupMerge": "always",
        "core.fsmonitor": "touch ../monitor-ran",
        "filter.x.smudge": "touch ../filter-ran",
        "checkout.defaultRemote": "origin",
        "worktree.guessRemote": "true",
        "core.autocrlf": "true",
        "core.logAllRefUpdates": "always",
    }
    git(work, "sparse-checkout", "set", "in")
    for name, value in settings.items():
        git(work, "config", name, value)
    before = repository(work / ".git")
    entry, _ = simple(desk, work)
    assert (Path(entry["worktree"]) / "root").read_bytes() == (work / "root").read_bytes()
    assert not (desk.place / "filter-ran").exists()
    assert repository(work / ".git", without=OURS) == before
    git(work, "config", "--unset", "core.fsmonitor")
    assert git(entry["worktree"], "status", "--porcelain") == "?? one\n"
    desk.agentrec("branches", "--remove", entry["id"], "-y")
    git(work, "config", "core.fsmonitor", settings["core.fsmonitor"])
    assert not (desk.place / "monitor-ran").exists()
    assert repository(work / ".git").keys() == before.keys()


def test_of_a_bare_repository_there_is_no_snapshot_to_branch_from(desk):
    git(desk.place, "init", "-q", "--bare", "bare.git")
    inside = {"cwd": desk.place / "bare.git"}
    script = f"{ME} snapshot x || echo 'said {ME}: $?'"
    done = desk.agentrec(
        *("record", "-q", "--headless", "-o", desk.file, "--", "sh", "-c", script), **inside
    )
    assert "is a bare git repository" in done.stdout  # and nothing waits for what will not come
    assert "is a bare git repository" in desk.agentrec("snapshots", desk.file).stdout
    assert "has no snapshots" in desk.branch(code=3)[1].stderr


def test_inside_another_repository(desk):
    """Beside a nested one would be in the outer one: its status would show it."""
    outer = desk.work
    git(outer, "init", "-q")
    inner = outer / "inner"
    inner.mkdir()
    git(inner, "init", "-q")
    git(inner, "commit", "-qm", "x", "--allow-empty")
    entry, said = simple(desk, inner)
    data = desk.place / ".local/share/agentrec"
    assert Path(entry["worktree"]).parent == data / "worktrees"
    assert "not beside the workspace" in said.stderr
    assert git(outer, "status", "-s") == "?? inner/\n"


def test_the_workspace_is_gone(desk):
    git(desk.work, "init", "-q")
    git(desk.work, "commit", "-qm", "x", "--allow-empty")
    desk.record(f"echo one >one; {ME} snapshot x")
    shutil.rmtree(desk.work)
    entry, said = desk.branch("--at", "last", *CHILD, "--", "-c", "cat one", cwd=desk.place)
    assert said.stdout == "one\n"
    assert entry["kind"] == "plain"


def test_recordings_one_cannot_branch_from(desk):
    desk.record("true", "--no-snapshots")
    assert "has no snapshots" in desk.branch(code=3)[1].stderr
    assert "does not exist" in desk.branch(code=3, file=desk.place / "none.ahr")[1].stderr
    assert "file" in desk.branch(code=2, file="-")[1].stderr
    desk.agentrec("branch", desk.file, "--json", code=2)
    assert (
        "is not a branch entry"
        in desk.agentrec("record", "--parent", desk.file, "--", "true", code=3).stderr
    )


# --- killed -----------------------------------------------------------------------------------------

GIT = """#!/bin/sh
# A git at whose call number {number} the one who calls it is killed, {when} it has done its work.
echo x >>{count}
if [ $(wc -l <{count}) = {number} ] && [ {when} = before ]; then kill -9 $PPID; fi
{git} "$@"
code=$?
if [ $(wc -l <{count}) = {number} ] && [ {when} = after ]; then kill -9 $PPID; fi
exit $code
"""


@pytest.mark.parametrize("when", ["before", "after"])
def test_killed_at_any_call_of_git(done, when):
    """Whichever call it is, nothing stays, or all of it is there."""
    for number in itertools.count(1):
        folder, count = done.place / f"bin{number}", done.place / f"count{number}"
        values = {"number": number, "when": when, "count": count, "git": shutil.which("git")}
        fill(folder, {"git": GIT.format(**values)})
        (folder / "git").chmod(0o755)
        path = {"PATH": f"{folder}:{done.env['PATH']}"}
        at = done.at("step1")
        process = done.start("branch", done.file, "--at", at, *CHILD, "--", "-c", "true", env=path)
        said, _ = process.communicate(timeout=100)
        calls = len(count.read_text().split())
        assert process.returncode in (0, -9), said
        assert list(done.made()) == [] or process.returncode == 0
        for name in done.made():
            done.agentrec("branches", "--remove", name, "-y")
        done.agentrec("branches")
        assert repository(done.work / ".git") == done.before
        assert worktrees(done.place) == []
        assert not list(done.journal.glob("*.begun"))
        if calls < number:
            break
    assert number > 8


def test_killed_while_files_are_written(done):
    for number in range(3000):
        (done.work / f"file{number}").write_text(str(number))
    done.file = str(done.place / "many.ahr")
    done.record(f"{ME} snapshot x")
    repository_before = repository(done.work / ".git")
    while True:  # until we are fast enough to find it at work
        process = done.start("branch", done.file, *CHILD, "--", "-c", "true")
        wait_for(lambda: any(len(os.listdir(place)) > 100 for place in worktrees(done.place)))
        process.kill()
        process.communicate(timeout=100)
        if not done.made():
            break
        for name in done.made():
            done.agentrec("branches", "--remove", name, "-y")
    assert worktrees(done.place) != []
    # The next branch cleans up by itself.
    entry, _ = done.branch(*CHILD, "--", "-c", "true")
    assert worktrees(done.place) == [Path(entry["worktree"])]
    assert files(entry["worktree"]) == picture(done.work, skip=(".git", "build"))
    done.agentrec("branches", "--remove", entry["id"], "-y")
    assert repository(done.work / ".git") == repository_before


def test_a_name_that_is_taken_meanwhile(done):
    """A second process that wants the same is told, and nothing of the first is touched."""
    first = done.start(
        "branch", done.file, "--worktree", done.place / "x", *CHILD, "--", "-c", "sleep 1"
    )
    wait_for((done.place / "x").exists)
    done.branch("--worktree", done.place / "x", *CHILD, code=2)
    first.communicate(timeout=100)
    assert first.returncode == 0
    assert files(done.place / "x") == then(done, 3)


def test_git_is_asked_for_nothing_else(done):
    """Neither configuration nor objects nor packed refs have changed by a branch: git says so itself."""
    before = subprocess.run(
        ["git", "-C", done.work, "count-objects", "-v"], capture_output=True, check=True
    ).stdout
    done.branch(*CHILD, "--", "-c", "true")
    after = subprocess.run(
        ["git", "-C", done.work, "count-objects", "-v"], capture_output=True, check=True
    ).stdout
    assert after == before
    assert git(done.work, "fsck", "--no-dangling") == ""
