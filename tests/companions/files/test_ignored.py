"""Paths that are left out: as real git would ignore them."""

import os
import shutil
import subprocess

import pytest

from agentrec.companions.files.ignored import IgnoredPaths


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
def test_it_ignores_what_git_ignores(tmp_path):
    repo = tmp_path / "repo"
    names = (
        "a.py x.log keep.log build/o.txt src/build/p.txt src/a.tmp src/deep/b.tmp src/deep/c.txt "
        "docs/x/y/z.md only-dir sub/only-dir/f brackets/[a].txt brackets/a1.txt brackets/b1.txt excluded.txt"
    )
    ignore = "*.log\n!keep.log\n/build/\nonly-dir/\ndocs/**/z.md\nbrackets/a[0-9].txt\n# no\nsp\\ ace\\ \n"
    files = dict.fromkeys([*names.split(), "sp ace "], "")
    files |= {".gitignore": ignore, "src/.gitignore": "*.tmp\n!deep/*.tmp\n"}
    for name, text in files.items():
        path = repo / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    subprocess.run(["git", "init", "-q", repo], check=True)
    (repo / ".git/info/exclude").write_text("excluded.txt\n")
    for root in (repo, repo / "src"):
        names = [
            os.path.relpath(os.path.join(folder, name), root)
            for folder, _, found in os.walk(root)
            for name in found
            if ".git/" not in folder + "/"
        ]
        done = subprocess.run(
            ["git", "check-ignore", "--no-index", "-z", "--stdin"],
            input="\0".join(names).encode(),
            cwd=root,
            capture_output=True,
        )
        by_git = set(done.stdout.decode().split("\0")) - {""}
        ignored = IgnoredPaths(str(root))

        def ours(name, ignored=ignored):
            parts = name.split("/")
            folders = ["/".join(parts[:n]) for n in range(1, len(parts))]
            return any(ignored(f, directory=True) for f in folders) or ignored(name)

        assert {name for name in names if ours(name)} == by_git
        assert by_git


def test_the_insides_of_tools_are_left_out(tmp_path):
    ignored = IgnoredPaths(str(tmp_path))
    assert ignored("node_modules", directory=True)
    assert ignored("a/.git", directory=True)
    assert not ignored("a/git", directory=True)
