"""Which recording needs which files of a store."""

from agentrec.snapshots.conversations.shelf import Shelf
from tests.snapshots.helpers import taker, workspace


def test_names_count_up_and_the_newest_comes_first(tmp_path):
    store = taker(workspace(tmp_path), tmp_path).store
    shelf = Shelf(store)
    for _ in range(11):
        name = shelf.new_name("/t.jsonl")
        shelf.need("run", "/t.jsonl", name)
        with open(shelf.file(name), "wb"):
            pass
    assert [name.rpartition(".")[2] for name in shelf.names("/t.jsonl")][:3] == ["11", "10", "9"]
    assert shelf.kept("run", "/t.jsonl")[0].endswith(".11")
    assert shelf.names("/other.jsonl") == []
    assert shelf.kept("other", "/t.jsonl") == []


def test_a_list_that_is_damaged_or_leads_elsewhere_is_empty(tmp_path):
    store = taker(workspace(tmp_path), tmp_path).store
    shelf = Shelf(store)
    shelf.need("run", "/t.jsonl", shelf.new_name("/t.jsonl"))
    (tmp_path / "outside").write_bytes(b"x")
    for content in ("", "[]", '{"/t.jsonl": ["../../../outside"]}', '{"/t.jsonl": 7}'):
        with open(f"{shelf.folder}/needed/run", "w") as file:
            file.write(content)
        assert shelf.kept("run", "/t.jsonl") == []
