"""Looking at an index that is up to date is light: these commands answer at once."""

import subprocess
import sys

from tests.library.helpers import call, ended, make, shown

HEAVY = {
    "rich",
    "textual",
    "_cffi_backend",
    "asyncio",
    "subprocess",
    "agentrec.terminal.engine.screen",
}
PROGRAM = """
import sys
from agentrec.cli.main import main
code = main(sys.argv[1:])
print("|".join(sorted(sys.modules)), file=sys.stderr)
sys.exit(code)
"""


def loaded(*args):
    done = subprocess.run([sys.executable, "-c", PROGRAM, *args], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return set(done.stderr.splitlines()[-1].split("|"))


def test_list_and_search_load_no_heavy_parts(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    make(str(tmp_path / "agentrec/recordings/a.ahr"), call(1), shown(2, "word"), ended(3))
    assert "_cffi_backend" in loaded("ls")  # the first look reads the recording
    for command in (["ls"], ["ls", "--json"], ["search", "word"], ["stats"]):
        modules = loaded(*command)
        assert "sqlite3" in modules
        assert not modules & HEAVY, command
