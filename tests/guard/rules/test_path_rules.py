"""Protected and forbidden paths."""

import pytest

from tests.guard.trees import check, found


@pytest.mark.parametrize(
    "path",
    [".github/workflows/ci.yml", "ruff.toml", "web/.eslintrc.json", ".golangci.yml", "clippy.toml"],
)
def test_what_judges_the_code_is_protected(path):
    protected = [("protected-path", path, 0)]
    assert (
        found({path: "a"}, {path: "b"})
        == found({path: "a"}, {})
        == found({}, {path: "b"})
        == protected
    )
    assert found(None, {path: "a"}) == found({path: "a"}, {path: "a", "b.txt": "x"}) == []


def test_a_lock_file_may_change_with_what_it_is_made_from():
    lock, manifest = {"a/package-lock.json": "1"}, {"a/package.json": "{}"}
    assert found(lock, {"a/package-lock.json": "2"}) == [
        ("protected-path", "a/package-lock.json", 0)
    ]
    changed = {"a/package-lock.json": "2", "a/package.json": '{"name": "a"}'}
    assert found({**lock, **manifest}, changed) == []
    assert found({}, lock) == []
    # A workspace has one lock file for its members.
    before = {"Cargo.lock": "1", "app/Cargo.toml": "[package]\n"}
    assert found(before, {"Cargo.lock": "2", "app/Cargo.toml": '[package]\nname = "a"\n'}) == []


@pytest.mark.parametrize(
    ("path", "before", "new", "tools"),
    [
        ("pyproject.toml", "[tool.ruff]\nline-length = 80\n", "[project]\n", "ruff"),
        ("package.json", "{}", '{"eslintConfig": {"rules": {}}}', "eslintConfig"),
        ("setup.cfg", "[flake8]\nmax = 1\n", "[flake8]\nmax = 2\n", "flake8"),
        ("Cargo.toml", "[lints.clippy]\nall = 'deny'\n", "[package]\n", "lints"),
    ],
)
def test_linter_settings_among_others_are_protected(path, before, new, tools):
    (finding,) = check({path: before}, {path: new}).findings
    assert (finding.rule, finding.text) == ("protected-path", f"changed the settings of {tools}")


@pytest.mark.parametrize(
    ("path", "before", "new"),
    [
        ("pyproject.toml", "[tool.ruff]\n", "[tool.ruff]\n[project]\nname = 'a'\n"),
        ("pyproject.toml", "[tool.ruff]\n", "[tool.ruff\n"),
        ("pyproject.toml", "[tool.ruff]\n", "x = " + "[" * 9000),
        ("package.json", '{"jest": 1}', '{"jest": 1, "version": "2"}'),
        ("package.json", "{}", "[" * 100_000),
        ("setup.cfg", "[metadata]\na = 1\n", "[metadata]\na = 2\n"),
    ],
    ids=("other-table", "half-written", "deep-toml", "version", "deep", "metadata"),
)
def test_other_settings_are_not(path, before, new):
    assert found({path: before}, {path: new}) == []


def test_only_allowed_paths_may_change():
    settings = '[guard]\nallowed = ["src/", "*.md"]\n'
    new = {"src/a.txt": "x", "docs/b.md": "x", "other/c.txt": "x", "src2": "x"}
    outside = [("outside-allowed", "other/c.txt", 0), ("outside-allowed", "src2", 0)]
    assert found({}, new, settings) == outside
    assert found({"other/c.txt": "x"}, {}, settings) == outside[:1]
    assert found(None, new, settings) == []
