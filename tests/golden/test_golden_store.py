"""Names of golden runs, and what they pin."""

import json
import os

import pytest

from agentrec.cli.main import main
from agentrec.errors import InputError, UsageError
from agentrec.golden.golden_store import GoldenStore, golden_of
from agentrec.library.pins import Pins, prune_items
from agentrec.recording.reader import Recording
from tests.library.helpers import ended, make, shown


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    return tmp_path / "agentrec"


@pytest.fixture
def store(home):
    return GoldenStore(os.environ)


def golden(home, name, identity, **header):
    path = str(home / f"recordings/{identity}.ahr")
    if not os.path.exists(path):
        make(path, shown(1, "text"), ended(60), **header)
    with Recording.open(path) as recording:
        return golden_of(name, recording)


def pins(home):
    return Pins(str(home)).read()


def test_a_name_is_found_again(home, store):
    saved = store.save(golden(home, "good", "one", title="the task"))
    assert store.get("good") == saved
    assert (saved.id, saved.task, saved.pinned) == ("one", "the task", True)
    assert store.every("the  task") == [saved]
    assert store.of_task("the task") == saved
    assert store.every("another") == []


@pytest.mark.parametrize("name", ["", "../up", "a/b", ".hidden", "a b", "x" * 101, "-o", "é"])
def test_names_that_are_refused(home, store, name):
    with pytest.raises(UsageError, match="invalid name"):
        store.save(golden(home, name, "one"))
    with pytest.raises(InputError, match="no golden run is named"):
        store.get(name)


def test_another_recording_in_its_place_is_not_it(home, store):
    """Recorded over, or gone with a masked copy that is still there."""
    saved = store.save(golden(home, "good", "one"))
    assert store.file_of(saved) == saved.file
    os.unlink(saved.file)
    make(saved.file, shown(1, "another"), ended(60), id="two")
    make(str(home / "recordings/one-16ab3e.ahr"), shown(1, "copy"), ended(60))
    with pytest.raises(InputError, match="the golden run good is gone"):
        store.file_of(saved)
    os.unlink(saved.file)
    make(str(home / "recordings/moved/one.ahr"), shown(1, "text"), ended(60))
    assert store.file_of(saved) == str(home / "recordings/moved/one.ahr")


def test_a_name_is_not_taken_twice_by_mistake(home, store):
    store.save(golden(home, "good", "one"))
    with pytest.raises(UsageError, match="already exists"):
        store.save(golden(home, "good", "two"))
    assert pins(home) == {"one"}
    store.save(golden(home, "good", "two"), overwrite=True)
    assert pins(home) == {"two"}
    assert store.get("good").id == "two"


def test_removing_a_name_unpins_what_it_pinned(home, store):
    store.save(golden(home, "first", "one"))
    store.save(golden(home, "second", "one"))
    store.remove("first")
    assert pins(home) == {"one"}
    store.remove("second")
    assert pins(home) == set()
    assert (home / "recordings/one.ahr").exists()
    with pytest.raises(InputError, match="no golden run is named second"):
        store.remove("second")


def test_saving_a_name_again_keeps_the_pin(home, store):
    store.save(golden(home, "good", "one"))
    store.save(golden(home, "good", "one"), overwrite=True)
    store.remove("good")
    assert pins(home) == set()


def test_what_the_user_pinned_stays_pinned(home, store):
    one = golden(home, "good", "one")
    Pins(str(home)).change("one", pinned=True)
    store.save(one)
    store.remove("good")
    assert pins(home) == {"one"}


def test_prune_keeps_it(home, store):
    store.save(golden(home, "good", "one"))
    golden(home, "other", "two")
    assert {it.id: it.fixed for it in prune_items(os.environ)} == {"one": "pinned", "two": ""}


def test_a_task_of_several_runs_names_them(home, store):
    store.save(golden(home, "a", "one", title="task"))
    store.save(golden(home, "b", "two", title="task"))
    with pytest.raises(InputError, match="several golden runs") as error:
        store.of_task("task")
    assert error.value.hint == "name one of a, b"


def test_a_moved_recording_is_found_by_its_id(home, store):
    saved = store.save(golden(home, "good", "one"))
    moved = home / "recordings/2026/01"
    moved.mkdir(parents=True)
    os.rename(saved.file, moved / "one.ahr")
    assert store.file_of(saved) == str(moved / "one.ahr")
    os.unlink(moved / "one.ahr")
    with pytest.raises(InputError, match="is gone"):
        store.file_of(saved)


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", '{"id": 3}', '{"id": ""}', "null", '{"id": "x", "a": ' + "[" * 100_000],
    ids=lambda text: text[:20],
)
def test_damaged_files_are_no_golden_runs(home, store, text):
    (home / "golden").mkdir(parents=True)
    (home / "golden/bad.json").write_text(text)
    assert store.every() == []
    with pytest.raises(InputError):
        store.get("bad")


def test_fields_of_any_type_do_no_harm(home, store):
    (home / "golden").mkdir(parents=True)
    (home / "golden/odd.json").write_text('{"id": "x", "task": 3, "command": "sh", "saved": null}')
    odd = store.get("odd")
    assert (odd.task, odd.command, odd.saved, odd.pinned) == ("", [], 0, False)
    (home / "golden/odd.json").write_text(json.dumps({"id": "x", "saved": 10**400}))
    assert store.get("odd").as_json()["saved"] == 0
    os.mkfifo(home / "golden/pipe.json")
    assert [it.name for it in store.every()] == ["odd"]


def test_the_commands_without_any_golden_run(home, capsys):
    assert main(["golden"]) == 0
    assert capsys.readouterr().out == "no golden runs\n"
    assert main(["golden", "run"]) == 2
    assert "missing NAME" in capsys.readouterr().err
    assert main(["golden", "remove", "x"]) == 3


def test_a_run_without_model_calls_is_kept_for_comparisons(home, capsys):
    golden(home, "x", "one")
    assert main(["golden", "save", "plain", str(home / "recordings/one.ahr")]) == 0
    said = capsys.readouterr()
    assert "golden run plain saved" in said.out
    assert "cannot be played again" in said.err
    assert main(["golden", "run", "plain"]) == 3
    assert "has no model calls" in capsys.readouterr().err
    assert main(["golden"]) == 0
    assert capsys.readouterr().out.startswith("plain  ")


@pytest.mark.parametrize(("pause", "playable"), [(1, True), (3, False), (5, True)])
def test_a_run_with_a_pause_between_its_model_calls_is_not_played(home, capsys, pause, playable):
    """What the model was asked in the pause is not in the recording."""
    call = {"api": "chat", "operation": "generate", "messages": [], "count": 0}
    told = [
        (0, "fs", "snapshot", {"id": "s1", "commit": "c" * 40, "store": "x"}),
        (2, "llm", "request", call, {"span": "one"}),
        (4, "llm", "request", call, {"span": "two"}),
        (pause, "term", "paused", {"by": "cli"}),
    ]
    path = str(home / "recordings/one.ahr")
    make(path, *sorted(told, key=lambda it: it[0]), ended(60))
    assert main(["golden", "save", "x", path, "--json"]) == 0
    told = capsys.readouterr()
    assert json.loads(told.out)["playable"] is playable
    assert ("recording was paused between its model calls" in told.err) is not playable
