"""The engine's declarations, parsed once and kept."""

import os
import subprocess
import sys

import pytest

CODE = """from agentrec.terminal.engine.screen import Screen
s = Screen(9, 2)
s.feed(b'text')
print(s.row_text(0))"""


@pytest.fixture
def env(tmp_path):
    return {**os.environ, "XDG_CACHE_HOME": str(tmp_path / "cache")}


def loaded(env):
    """What a process prints, and whether it had to parse C."""
    code = f"{CODE}; import sys; print('pycparser' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True)
    assert done.stderr == ""
    text, parsed = done.stdout.splitlines()
    assert text == "text"
    return parsed == "True"


def kept(tmp_path):
    return sorted((tmp_path / "cache" / "agentrec").glob("ghostty_*.py"))


def test_they_are_parsed_once(env, tmp_path):
    assert loaded(env)
    assert len(kept(tmp_path)) == 1
    assert not loaded(env)


def test_a_file_that_others_may_write_is_not_run(env, tmp_path):
    loaded(env)
    (path,) = kept(tmp_path)
    path.write_text("raise SystemExit('this must not run')")
    path.chmod(0o666)
    assert loaded(env)
    assert not loaded(env)  # it was replaced


def test_without_a_place_to_keep_them_nothing_fails(env, tmp_path):
    (tmp_path / "cache").write_text("a file in the way")
    assert loaded(env)
    assert loaded(env)


def test_many_at_once_agree(env, tmp_path):
    running = [
        subprocess.Popen([sys.executable, "-c", CODE], env=env, stdout=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    assert [process.communicate()[0] for process in running] == ["text\n"] * 4
    assert len(kept(tmp_path)) == 1
