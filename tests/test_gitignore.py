"""Patterns mean what they mean to git: `git check-ignore` is asked."""

import os
import subprocess
import tempfile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agentrec.gitignore import IgnoreLevel, parse_patterns
from tests.snapshots.helpers import git

PATTERNS = [
    *(
        "*.log",
        "!a.log",
        "build/",
        "/build",
        "a/b",
        "a/b/",
        "/a/*.c",
        "**/foo",
        "foo/**",
        "a/**/b",
        "**",
    ),
    *(
        "a?c",
        "[abc].x",
        "[!a].x",
        "[^a].x",
        "[a-c]*",
        "[[:digit:]]x",
        "\\!x",
        "\\#x",
        "#x",
        "x\\ ",
        "x ",
        "a\\*",
    ),
    *(
        "",
        "!",
        "/",
        "//",
        "*",
        "!*/",
        "*/",
        "doc/*.txt",
        "/**/a",
        "a**b",
        "[]x]y",
        "[a",
        "ü",
        "*ü",
        "a b",
    ),
    *(
        "**/a/**",
        "!**/b",
        "a/",
        "!a/",
        "/*",
        "!/a",
        "*.",
        ".*",
        "!.a",
        "foo*bar",
        "\\a",
        "a\\",
        "a/**/",
        "***",
    ),
]
NAMES = [
    "a",
    "b",
    "c",
    "foo",
    "build",
    "a.log",
    "b.log",
    "a.x",
    "d.x",
    "1x",
    "!x",
    "#x",
    "x",
    "x ",
    "ü",
    "a b",
    "a*",
]


def ignored(lines, paths):
    """What git says."""
    with tempfile.TemporaryDirectory() as place:
        git(place, "init", "-q")
        for folder, text in lines.items():
            os.makedirs(os.path.join(place, folder), exist_ok=True)
            with open(os.path.join(place, folder, ".gitignore"), "w") as file:
                file.write(text)
        for path in paths:
            full = os.path.join(place, path)
            os.makedirs(full if path.endswith("/") else os.path.dirname(full), exist_ok=True)
            if not path.endswith("/") and not os.path.exists(full):
                with open(full, "w"):
                    pass
        done = subprocess.run(
            ["git", "-C", place, "check-ignore", "-z", "--stdin", "--no-index"],
            input="\0".join(paths).encode(),
            capture_output=True,
            env={"PATH": os.environ["PATH"], "HOME": place},
        )
        return {path.decode() for path in done.stdout.split(b"\0")[:-1]}


def ours(lines, paths):
    found = set()
    for path in paths:
        parts = path.rstrip("/").split("/")
        level = IgnoreLevel(None, b"", parse_patterns(lines.get("", "").encode()))
        for number, _ in enumerate(parts, 1):
            here = "/".join(parts[:number])
            folder = number < len(parts) or path.endswith("/")
            if level.verdict(here.encode(), is_folder=folder):
                found.add(path)
                break
            if here in lines:
                level = IgnoreLevel(
                    level, here.encode() + b"/", parse_patterns(lines[here].encode())
                )
    return found


texts = st.lists(st.sampled_from(PATTERNS), max_size=4).map(
    lambda lines: "".join(f"{x}\n" for x in lines)
)
some_paths = st.lists(st.sampled_from(NAMES), min_size=1, max_size=3).map("/".join)


def usable(paths):
    """Without those in which a file of another would have to be a directory."""
    kept = []
    for path in sorted(set(paths)):
        if not any(path.startswith(other.rstrip("/") + "/") for other in kept):
            kept.append(path)
    return kept


@settings(deadline=None, max_examples=60, suppress_health_check=list(HealthCheck))
@given(top=texts, inner=texts, paths=st.lists(some_paths, min_size=1, max_size=12))
def test_as_git_does(top, inner, paths):
    lines = {"": top, "a": inner}
    chosen = [path for path in usable([*paths, "b/c"]) if path != "a"]
    assert ours(lines, chosen) == ignored(lines, chosen)


@pytest.mark.parametrize("pattern", PATTERNS)
def test_each_pattern_as_git_does(pattern):
    chosen = [
        "a/b/c",
        "a/foo/b",
        "b/a.log",
        "foo/a",
        "a.x",
        "build/a",
        "x",
        "#x",
        "1x",
        "d.x",
        "ü",
        "a*",
        "c/build",
    ]
    lines = {"": pattern + "\n"}
    assert ours(lines, chosen) == ignored(lines, chosen)
