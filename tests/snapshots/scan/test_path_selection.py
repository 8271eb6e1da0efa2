"""Which paths are in a snapshot."""

from tests.snapshots.helpers import (
    fill,
    git,
    taker,
    workspace,
)


def paths(the_taker, snapshot):
    return set(the_taker.store.contents(snapshot).files)


def test_what_is_ignored_is_in_or_out_by_the_rules(tmp_path):
    folder = workspace(tmp_path)
    git(folder, "init", "-q")
    fill(
        folder,
        {
            ".gitignore": "build/\n*.log\n.env*\n.claude/\nforced/\n",
            ".env": "KEY=1",
            ".env.local": "x" * 2_000_000,
            ".claude/settings.json": "{}",
            "build/out.o": "o",
            "run.log": "log",
            "node_modules/x/index.js": "js",
            "src/node_modules": "a file of that name",
            "src/__pycache__/m.pyc": "pyc",
            "forced/kept": "tracked though ignored",
            "forced/other": "not tracked",
            "src/.gitignore": "!*.log\n",
            "src/keep.log": "wanted here",
            "plain.ahr": "a recording",
            "untracked": "yes",
        },
    )
    git(folder, "add", "-f", "forced/kept")
    takes = taker(folder, tmp_path)
    snapshot, _ = takes.take()
    assert paths(takes, snapshot) == {
        *(".gitignore", ".env", ".claude/settings.json", "src/node_modules", "forced/kept"),
        *("src/.gitignore", "src/keep.log", "untracked"),
    }
    assert takes.store.contents(snapshot).left == {".env.local": "large"}

    git(folder, "add", "-f", "run.log")
    snapshot, new = takes.take()
    assert new
    assert "run.log" in paths(takes, snapshot)
    (folder / ".gitignore").write_text("untracked\n")
    snapshot, _ = takes.take()
    assert "untracked" not in paths(takes, snapshot)
    assert {"build/out.o", "forced/other", ".env"} <= paths(takes, snapshot)
