"""`agentrec scrub`: by the command a user types, on real recordings and snapshots."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from agentrec.recording.reader import Recording
from fixtures.secrets import Secret, secrets
from fixtures.secrets.planted_recordings import (
    AGENTREC,
    Planted,
    all_objects,
    conversation,
    planted,
    readable,
    snapshot_files,
)

SECRETS = [secret for secret in secrets() if "\n" not in secret.text]
# Of a secret, in a row.
MAX_LEFT_CHARS = 9


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> tuple[Planted, Path]:
    made = planted(tmp_path_factory.mktemp("scrub") / "root", SECRETS)
    return made, made.backup()


@pytest.fixture
def made(original: tuple[Planted, Path]) -> Iterator[Planted]:
    made, copy = original
    yield made
    made.reset(copy)


def left(secrets: list[Secret], text: str) -> list[str]:
    """Kinds of which a piece can be read."""
    return [
        secret.kind
        for secret in secrets
        for needle in secret.needles
        if any(
            needle[at : at + MAX_LEFT_CHARS + 1] in text
            for at in range(max(1, len(needle) - MAX_LEFT_CHARS))
        )
    ]


def test_secrets_are_there_before(made: Planted) -> None:
    text = readable(made, "a.ahr", "b.ahr")
    for place, those in made.by_place.items():
        whole = [
            s for s in those if all(json.dumps(n)[1:-1] in text or n in text for n in s.needles)
        ]
        assert len(whole) == len(those), place


def test_in_place(made: Planted) -> None:
    files = snapshot_files(made, "a.ahr")
    kept = conversation(made)
    with Recording.open(str(made.workspace / "a.ahr")) as recording:
        before = list(recording.events())
    ran = made.agentrec("scrub", "a.ahr", "--json")
    report = json.loads(ran.stdout)
    assert set(report["masked"]) == {"terminal", "event", "snapshots", "conversations"}
    assert report["others"] == [str(made.workspace / "b.ahr")]
    text = readable(made, "a.ahr", "b.ahr")
    assert left(SECRETS, text + ran.stdout) == []
    made.agentrec("verify", "a.ahr")
    # Nothing else changed.
    with Recording.open(str(made.workspace / "a.ahr")) as recording:
        after = list(recording.events())
    assert [e[:4] for e in after if e.kind != "redacted"] == [e[:4] for e in before]
    masked = snapshot_files(made, "a.ahr")
    assert masked.keys() == files.keys()
    assert {path: len(data) for path, data in masked.items()} == {
        path: len(data) for path, data in files.items()
    }
    assert all(b"before\n" in data for path, data in masked.items() if "f0.txt" in path)
    assert masked["s2:new.txt"] == b"more\n"
    assert len(conversation(made)) == len(kept)
    assert conversation(made).count(b"\n") == kept.count(b"\n")
    assert json.loads(made.agentrec("scrub", "a.ahr", "--json").stdout)["total"] == 0


def test_what_shares_files_stays_usable(made: Planted) -> None:
    made.agentrec("scrub", "a.ahr")
    shown = made.agentrec("show", "b.ahr@last:shared file/f0.txt").stdout
    assert shown.startswith("before\n")
    assert "*" in shown
    assert "new.txt" in made.agentrec("files", "b.ahr@last").stdout
    assert "b.txt" in made.agentrec("diff", "b.ahr@s1", "s2").stdout
    made.agentrec("verify", "b.ahr")


def test_branches_and_restores_find_their_snapshots(made: Planted) -> None:
    """They name commits in files of their own."""
    log = made.root / "home/.local/share/agentrec/branches/one.json"
    log.parent.mkdir()
    store = made.store()
    before = store.chain(made.recording_id("b.ahr"))[-1].commit
    log.write_text(json.dumps({"id": "one", "origin": {"store": store.name, "commit": before}}))
    made.agentrec("scrub", "a.ahr")
    after = made.store().chain(made.recording_id("b.ahr"))[-1].commit
    assert after != before
    assert json.loads(log.read_text())["origin"]["commit"] == after
    store.close()


def test_cuts_and_copies_find_their_snapshots(made: Planted) -> None:
    """A cut has those of what it was cut from, a copy of the file has the same."""
    made.agentrec("cut", "a.ahr", "--since", "0.001", "-o", "part.ahr")
    shutil.copy(made.workspace / "a.ahr", made.workspace / "twin.ahr")
    made.agentrec("ls", "--folder", ".")
    report = json.loads(made.agentrec("scrub", "a.ahr", "--json").stdout)
    assert {Path(one).name for one in report["others"]} >= {"part.ahr"}
    for name in ("part.ahr", "a.ahr", "b.ahr"):
        shown = made.agentrec("show", f"{name}@last:shared file/f0.txt").stdout
        assert "****" in shown


def test_a_cut_is_masked_with_its_snapshots(made: Planted) -> None:
    made.agentrec("cut", "a.ahr", "--since", "0.001", "-o", "part.ahr")
    report = json.loads(made.agentrec("scrub", "part.ahr", "--json").stdout)
    assert report["masked"]["snapshots"]
    assert report["masked"]["conversations"]
    for name in ("part.ahr", "a.ahr"):
        shown = made.agentrec("show", f"{name}@s1:file/f0.txt").stdout
        assert "****" in shown


def test_a_copy_of_a_cut(made: Planted) -> None:
    made.agentrec("cut", "a.ahr", "--since", "0.001", "-o", "part.ahr")
    made.agentrec("scrub", "part.ahr", "-o", "copy.ahr")
    assert "*" in made.agentrec("show", "copy.ahr@s1:file/f0.txt").stdout
    assert "*" not in made.agentrec("show", "part.ahr@s1:file/f0.txt").stdout


def test_a_copy_is_a_recording_of_its_own(made: Planted) -> None:
    made.agentrec("scrub", "a.ahr", "-o", "copy.ahr")
    chains = set(made.store().chains())
    made.agentrec("rm", "copy.ahr", "--yes")
    assert len(chains) - len(set(made.store().chains())) == 1
    assert made.agentrec("show", "a.ahr@last:new.txt").stdout == "more\n"


def test_a_dry_run_writes_nothing(made: Planted) -> None:
    before = (made.workspace / "a.ahr").read_bytes(), all_objects(made), conversation(made)
    report = json.loads(made.agentrec("scrub", "a.ahr", "--dry-run", "--json").stdout)
    assert before == (
        (made.workspace / "a.ahr").read_bytes(),
        all_objects(made),
        conversation(made),
    )
    assert report["total"] == json.loads(made.agentrec("scrub", "a.ahr", "--json").stdout)["total"]


def test_a_copy(made: Planted) -> None:
    before = (made.workspace / "a.ahr").read_bytes()
    made.agentrec("scrub", "a.ahr", "-o", "copy.ahr")
    assert (made.workspace / "a.ahr").read_bytes() == before
    text = made.agentrec("convert", "copy.ahr", "-", "--to", "jsonl").stdout
    text += b"".join(snapshot_files(made, "copy.ahr").values()).decode()
    assert left(SECRETS, text) == []
    assert made.agentrec("show", "copy.ahr@last:new.txt").stdout == "more\n"
    again = made.agentrec("scrub", "a.ahr", "-o", "copy.ahr", check=False)
    assert (again.returncode, "already exists" in again.stderr) == (4, True)


def test_what_cannot_be_scrubbed(made: Planted) -> None:
    data = (made.workspace / "a.ahr").read_bytes()
    (made.workspace / "cut.ahr").write_bytes(data[:400] + bytes(40) + data[440:])
    (made.workspace / "text.ahr").write_text("no recording")
    for name, said in (
        ("cut.ahr", "is damaged"),
        ("text.ahr", "text.ahr"),
        ("-", "standard input"),
        ("none.ahr", "cannot read"),
        (".", "is not a file"),
    ):
        ran = made.agentrec("scrub", name, check=False)
        assert ran.returncode in (2, 3)
        assert said in ran.stderr
    sleeping = subprocess.Popen(
        [*AGENTREC, "record", "--headless", "-o", "live.ahr", "--", "sleep", "600"],
        cwd=made.workspace,
        env=made.env,
    )
    try:
        while not (made.workspace / "live.ahr").exists():
            assert sleeping.poll() is None
        assert "is being recorded" in made.agentrec("scrub", "live.ahr", check=False).stderr
    finally:
        sleeping.terminate()
        sleeping.wait(timeout=60)


# Ends the process with SIGKILL at the given change of a file.
_KILLED = """
import os, signal, sys
from agentrec.cli.main import main
at, changes = int(sys.argv[1]), 0
def count(event, args):
    global changes
    writes = event == "open" and isinstance(args[2], int) and args[2] & (os.O_WRONLY | os.O_RDWR)
    if writes or event in ("os.rename", "os.remove", "subprocess.Popen", "os.truncate"):
        changes += 1
        if changes == at:
            os.kill(os.getpid(), signal.SIGKILL)
sys.addaudithook(count)
code = main(["scrub", "a.ahr"])
print("changes", changes)
"""


def scrub_killed_at(made: Planted, change: int) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", _KILLED, str(change)],
        cwd=made.workspace,
        env=made.env,
        capture_output=True,
        text=True,
        timeout=120,
    )


@pytest.fixture(scope="module")
def changes(original: tuple[Planted, Path]) -> int:
    """How many changes of files a scrub takes."""
    made, copy = original
    whole = scrub_killed_at(made, -1)
    made.reset(copy)
    return int(whole.stdout.rpartition("changes ")[2])


@pytest.mark.parametrize("share", [0.2, 0.5, 0.65, 0.8, 0.95])
def test_a_kill_leaves_old_or_new(made: Planted, changes: int, share: float) -> None:
    assert scrub_killed_at(made, round(changes * share)).returncode == -signal.SIGKILL
    for name in ("a.ahr", "b.ahr"):  # each is whole, with its files
        made.agentrec("verify", name)
        assert "s2:new.txt" in snapshot_files(made, name)
        with Recording.open(str(made.workspace / name)) as recording:
            texts = [str(event.data) for event in recording.events()]
        found = left(made.by_place["terminal"], "".join(texts))
        assert len(found) in (0, len(made.by_place["terminal"])) or name == "b.ahr"
    conversation(made)
    made.agentrec("scrub", "a.ahr")
    assert left(SECRETS, readable(made, "a.ahr", "b.ahr")) == []
    assert not list(made.root.glob("home/.local/share/agentrec/scrub/*"))
    assert not [*made.root.rglob("*.part"), *made.root.rglob("*.scrubbed")]
