"""What the index knows already."""

import os
import sqlite3

from agentrec.library.index import glance
from agentrec.library.index.library_db import DB_NAME
from tests.library.helpers import Library, ended, make


def test_names_in_the_index(tmp_path):
    library = Library(tmp_path / "agentrec")
    env = {"XDG_DATA_HOME": str(tmp_path)}
    assert glance.known_tools(env) == []
    session = (0, "agent", "session", {"agent": "claude-code"})
    tool = (1, "tool", "call", {"name": "Bash", "input": "x"}, {"span": "a"})
    result = (2, "tool", "result", {"is_error": False}, {"span": "a"})
    path = make(library.path("a"), session, tool, result, ended(3), title="A", cwd="/w/shop")
    make(library.path("b"), ended(3), command=["make"])
    library.update()
    titles = glance.known_titles(env)
    assert titles[os.path.realpath(path)][1] == "A"
    assert len(titles) == 2
    assert glance.known_tools(env) == ["Bash"]
    assert set(glance.known_programs(env)) == {"claude-code", "make"}
    assert glance.known_projects(env) == ["/w/shop"]


def test_without_a_usable_index_nothing_is_known(tmp_path):
    env = {"XDG_DATA_HOME": str(tmp_path)}
    assert glance.known_titles(env) == {}
    assert not (tmp_path / "agentrec").exists()
    (tmp_path / "agentrec").mkdir()
    sqlite3.connect(tmp_path / "agentrec" / DB_NAME).close()
    assert glance.known_titles(env) == {}
