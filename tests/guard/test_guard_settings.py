"""Levels and limits, and where they come from."""

import pytest

from agentrec.errors import UsageError
from agentrec.guard.guard_settings import PathPatterns, check_rule, load_settings


def test_a_project_has_the_last_word(tmp_path):
    folder = tmp_path / "agentrec"
    folder.mkdir()
    (folder / "config.toml").write_text(
        '[guard.limits]\nnesting = 3\nparameters = 4\n[guard.levels]\nsecret = "note"\n'
    )
    env = {"XDG_CONFIG_HOME": str(tmp_path)}
    settings = load_settings(env, b"[guard.limits]\nnesting = 9\n")
    assert (settings.limits["nesting"], settings.limits["parameters"]) == (9, 4)
    assert settings.level("secret") == "note"
    assert load_settings({"HOME": "/nowhere"}, None).level("secret") == "error"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("guard = 1", "guard must be a table"),
        ("[guard", "is not valid TOML"),
        ("x = " + "[" * 9000, "is not valid TOML"),
        ("[guard]\nfoo = 1", "guard.foo is not a valid setting"),
        ("[guard]\nignored = 'a'", "guard.ignored must be a list of patterns"),
        ("[guard]\nlevels = 'off'", "guard.levels is not a valid setting"),
        ("[guard.levels]\nfoo = 'off'", "guard.levels has no foo"),
        (
            "[guard.levels]\nsecret = 'high'",
            "guard.levels.secret must be one of error, warning, note, off",
        ),
        ("[guard.limits]\nnesting = '5'", "guard.limits.nesting must be a whole number"),
        ("[guard.limits]\nnesting = true", "guard.limits.nesting must be a whole number"),
        ("[guard.limits]\nnesting = -1", "guard.limits.nesting must be a whole number"),
    ],
)
def test_invalid_settings_are_named(text, message):
    with pytest.raises(UsageError, match=message):
        load_settings({"HOME": "/nowhere"}, text.encode())


@pytest.mark.parametrize(
    ("patterns", "path", "matches"),
    [
        (["src/"], "src/a/b.py", True),
        (["src/"], "src", False),
        (["src/"], "lib/src/b.py", True),
        (["/src/"], "lib/src/b.py", False),
        (["*.py"], "a/b.py", True),
        (["vendor/", "!vendor/ours/"], "vendor/ours/a.py", False),
        (["*.py", "!b.py"], "a/b.py", False),
        ([], "a", False),
    ],
)
def test_patterns_are_those_of_gitignore(patterns, path, matches):
    assert PathPatterns(patterns).matches(path) is matches


def test_rules_by_their_name():
    assert check_rule("secret") == "secret"
    with pytest.raises(UsageError, match="unknown rule 'x'"):
        check_rule("x")
