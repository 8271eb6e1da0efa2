"""Folders for what is on its way."""

import os
import signal
import subprocess
import sys

from agentrec.fleet.spool import spool_folder
from tests.snapshots.helpers import environment

HOLD = """
import sys, time
from agentrec.fleet.spool import spool_folder
with spool_folder({"HOME": sys.argv[1], "XDG_DATA_HOME": sys.argv[2]}) as folder:
    open(folder + "/pack", "w").close()
    print(folder, flush=True)
    time.sleep(60)
"""


def test_what_a_killed_process_left_is_removed_by_the_next(tmp_path):
    env = environment(tmp_path)
    line = [sys.executable, "-c", HOLD, env["HOME"], env["XDG_DATA_HOME"]]
    with subprocess.Popen(line, stdout=subprocess.PIPE, text=True) as process:
        held = process.stdout.readline().strip()
        os.utime(held, (0, 0))
        with spool_folder(env) as folder:
            assert os.path.exists(f"{held}/pack")
            assert os.stat(folder).st_mode & 0o777 == 0o700
        assert not os.path.exists(folder)
        process.send_signal(signal.SIGKILL)
    with spool_folder(env):
        assert not os.path.exists(held)
