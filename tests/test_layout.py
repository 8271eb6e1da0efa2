"""The layout of the package: what a newcomer relies on to find a file by its name."""

import ast
from collections import defaultdict
from pathlib import Path

import grimp
import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "agentrec"
MAX_MODULES = 14  # in one folder
MAX_LINES = 500  # of one module
FOLDERS = sorted({path.parent for path in PACKAGE.rglob("*.py")})
MODULES = sorted(path for path in PACKAGE.rglob("*.py") if path.name != "__init__.py")

# Packages in which names are roles: each agent has a companion, each command is named after what it
# is about, each group of HTTP handlers has its part of the OpenAPI document.
ROLE_FOLDERS = ("agents/", "cli/", "web/openapi/", "web/handlers/")
# name -> why two modules may share it
SAME_MODULE_NAME = {
    "reader": "what reads a format: recordings, and Agent Harbor's version 1",
    "writer": "what writes a format, likewise",
}
SAME_CLASS_NAME = {
    "Run": "a recording as a program reads it; cells of the same style",
}
# test file -> what it tests across modules
ACROSS = {
    "agents/test_parsers.py": "laws of every agent's parser",
    "cli/branches/test_branch_hostile.py": "`branch` with messages and paths that look like something else",
    "cli/test_encrypted.py": "encrypted recordings, with every command that reads or makes them",
    "cli/test_encrypted_copies.py": "what the commands make of encrypted recordings",
    "cli/test_hostile.py": "every command on hostile files",
    "cli/test_json_is_inert.py": "JSON of every command, of a recording full of control characters",
    "cli/test_reading.py": "the commands about one recording, together",
    "intake/test_instrumented.py": "spans of real instrumentors, sent by the real exporter",
    "guard/test_planted.py": "the guard on the defects planted in fixtures/guard",
    "recording/events/test_docs.py": "docs and the page's types against the records of events",
    "recording/events/test_writers.py": "events of every writer against their records",
    "signatures/test_commands.py": "the commands that sign and verify, with real keys, agents and ssh-keygen",
    "sdk/bridges/test_examples.py": "the examples of bridges in docs/python.md",
    "sdk/bridges/test_pydantic_ai.py": "the bridge of OpenTelemetry's spans, with pydantic-ai",
    "sdk/bridges/test_strands.py": "the bridge of OpenTelemetry's spans, with Strands",
    "sdk/test_python_docs.py": "the examples of docs/python.md",
    "snapshots/gitstore/test_hostile_stores.py": "snapshot stores that somebody else made",
    "terminal/engine/test_screen_oracle.py": "the engine against another one",
    "terminal/seek/test_timeline_programs.py": "the timeline of real programs",
    "tui/test_player_cut.py": "a stretch cut out with the player",
    "tui/test_player_copy.py": "text copied from the player",
    "tui/test_player_full_screen.py": "the player without its frame",
    "web/test_hostile_library.py": "the server over a library of files that do harm",
    "tui/test_player_tmux.py": "the player in tmux",
    "tui/test_player_follow.py": "the player on a recording that grows",
    "tui/test_player_mouse.py": "the player, by mouse",
    "tui/test_player_pictures.py": "the player, as pictures",
    "tui/test_player_states.py": "the player on recordings of any state",
    "tui/test_player_terminal.py": "the player in a real terminal",
    "web/test_agent_session.py": "a real agent's recording over HTTP",
    "web/test_hostile_recordings.py": "hostile recordings over HTTP",
}
ELSEWHERE = ("laws", "e2e", "web_page", "agents_env")  # tests of properties and of real programs


def name_of(path: Path) -> str:
    return path.relative_to(PACKAGE).as_posix()


def modules_in(folder: Path) -> list[str]:
    files = [path.stem for path in folder.glob("*.py") if path.name != "__init__.py"]
    packages = [path.name for path in folder.iterdir() if (path / "__init__.py").exists()]
    return sorted(files + packages)


@pytest.mark.parametrize("folder", FOLDERS, ids=name_of)
def test_a_package_names_its_modules(folder):
    text = ast.get_docstring(ast.parse((folder / "__init__.py").read_text())) or ""
    assert text, "no docstring"
    for sign in "`,:/":
        text = text.replace(sign, " ")
    if folder != PACKAGE:
        assert [name for name in modules_in(folder) if name not in text.split()] == []


@pytest.mark.parametrize("folder", FOLDERS, ids=name_of)
def test_no_folder_is_crowded(folder):
    files = [path for path in folder.glob("*.py") if path.name != "__init__.py"]
    assert len(files) <= MAX_MODULES


def test_no_module_is_long():
    lines = {name_of(path): len(path.read_text().splitlines()) for path in MODULES}
    assert {name: count for name, count in lines.items() if count > MAX_LINES} == {}


def test_a_module_name_means_one_thing():
    places = defaultdict(list)
    for path in MODULES:
        if not name_of(path).startswith(ROLE_FOLDERS):
            places[path.stem].append(name_of(path))
    twice = {name: paths for name, paths in places.items() if len(paths) > 1}
    assert {name: paths for name, paths in twice.items() if name not in SAME_MODULE_NAME} == {}
    assert set(SAME_MODULE_NAME) <= set(twice), "an exception that is not needed"


def test_a_class_name_means_one_thing():
    places = defaultdict(list)
    for path in MODULES:
        if name_of(path).startswith("agents/"):
            continue
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                places[node.name].append(name_of(path))
    twice = {name: paths for name, paths in places.items() if len(paths) > 1}
    assert {name: paths for name, paths in twice.items() if name not in SAME_CLASS_NAME} == {}
    assert set(SAME_CLASS_NAME) <= set(twice), "an exception that is not needed"


def test_tests_mirror_the_package():
    strays = []
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        name = path.relative_to(ROOT / "tests")
        if name.parts[0] in ELSEWHERE or len(name.parts) == 1 or name.as_posix() in ACROSS:
            continue
        folder, tested = PACKAGE / name.parent, name.stem.removeprefix("test_")
        of_module = any((folder / f"{it}.py").exists() for it in (tested, f"_{tested}"))
        of_package = (folder / tested / "__init__.py").exists() or folder.name == tested
        if not (of_module or of_package):
            strays.append(name.as_posix())
    assert strays == []
    assert all((ROOT / "tests" / name).exists() for name in ACROSS)


def test_no_modules_import_each_other_in_a_circle():
    graph = grimp.build_graph("agentrec", exclude_type_checking_imports=False, cache_dir=None)
    imports = {name: graph.find_modules_directly_imported_by(name) for name in graph.modules}
    assert circles(imports) == []


def circles(imports: dict[str, set[str]]) -> list[list[str]]:
    """Groups of modules that reach each other (strongly connected components)."""
    reached = {name: reach(name, imports) for name in imports}
    groups = {
        tuple(sorted(other for other in reached[name] if name in reached[other]))
        for name in imports
        if name in reached[name]
    }
    return sorted(map(list, groups))


def reach(name: str, imports: dict[str, set[str]]) -> set[str]:
    seen: set[str] = set()
    waiting = [name]
    while waiting:
        for other in imports[waiting.pop()] - seen:
            seen.add(other)
            waiting.append(other)
    return seen


def test_circles_are_found():
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"b"}}) == [["b", "c"]]
