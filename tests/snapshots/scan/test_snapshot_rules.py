"""The settings that decide what is in a snapshot."""

import pytest

from agentrec.errors import UsageError
from agentrec.snapshots.scan.snapshot_rules import load_rules, parse_size
from tests.snapshots.helpers import environment, fill, taker, workspace


def test_broken_settings_are_one_clear_line(tmp_path):
    env = environment(tmp_path)
    config = tmp_path / "home" / ".config" / "agentrec" / "config.toml"
    config.parent.mkdir(parents=True)
    for text, why in (
        ("[snapshots\n", "not valid TOML"),
        ("x = " + "[" * 9000, "not valid TOML"),
        ("snapshots = 3\n", "must be a table"),
        ("[snapshots]\nout = 'x'\n", "must be a list of patterns"),
        ("[snapshots]\nlargest = 'many'\n", "must be a size"),
        ("[snapshots]\nmost-files = -1\n", "must be a number"),
        ("[snapshots]\nfiles = 1\n", "snapshots.files is not a valid setting"),
    ):
        config.write_text(text)
        with pytest.raises(UsageError, match=why):
            load_rules(env, str(tmp_path))
    config.write_text("[snapshots]\nlargest = '1.5 kb'\nsmall = 10\n")
    assert load_rules(env, str(tmp_path))[3:5] == (10, 1500)
    assert [parse_size(text, "x") for text in ("3", "2 MB", "1g", 7)] == [3, 2_000_000, 10**9, 7]


def paths(the_taker, snapshot):
    return set(the_taker.store.contents(snapshot).files)


def test_rules_are_the_users_to_change(tmp_path):
    folder = workspace(tmp_path)
    config = tmp_path / "home" / ".config" / "agentrec"
    config.mkdir(parents=True)
    (config / "config.toml").write_text(
        '[snapshots]\nout = ["!node_modules/", "*.big"]\nlargest = "1 KB"\n'
    )
    project = '[snapshots]\nout = ["private/", "!*.big"]\nlargest = "9 GB"\nkeep = ["*"]\n'
    (folder / ".agentrec.toml").write_text(project)
    fill(
        folder,
        {"node_modules/a": "1", "b.big": "2", "private/c": "3", "large": "4" * 1001, "d": "5"},
    )
    takes = taker(folder, tmp_path)
    snapshot, _ = takes.take()
    assert paths(takes, snapshot) == {"node_modules/a", "d", ".agentrec.toml"}
    assert takes.store.contents(snapshot).left == {"large": "large"}
