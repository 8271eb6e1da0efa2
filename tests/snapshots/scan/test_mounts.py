"""What is mounted around a directory."""

import os
import shutil
import subprocess
import sys

import pytest

from agentrec.snapshots.scan.mounts import mounts_around

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has mountinfo")

ODD = "a b\\c\td\ne"
ALONE = ("unshare", "--user", "--map-root-user", "--mount", "--propagation", "private")
SCRIPT = """
import os, subprocess, sys
from agentrec.snapshots.scan.mounts import mounts_around
folder = sys.argv[1]
def around():
    fd = os.open(folder, os.O_RDONLY)
    try:
        return mounts_around(fd, folder)
    finally:
        os.close(fd)
before = around()
for place, matters in ((folder + " beside", False), (folder, True), (folder + "/in", True)):
    os.makedirs(place, exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "none", place], check=True)
    assert (around() != before) is matters, place
    before = around()
assert before.file_system == "tmpfs", before
"""


def test_the_type_of_a_file_system():
    fd = os.open("/proc", os.O_RDONLY)
    try:
        assert mounts_around(fd, "/proc").file_system == "proc"
    finally:
        os.close(fd)


@pytest.mark.skipif(shutil.which("unshare") is None, reason="needs unshare")
def test_what_is_mounted_on_and_below_it_matters(tmp_path):
    if subprocess.run([*ALONE, "true"], capture_output=True, check=False).returncode:
        pytest.skip("no namespaces here")
    (tmp_path / ODD).mkdir()
    line = [*ALONE, sys.executable, "-c", SCRIPT, str(tmp_path / ODD)]
    done = subprocess.run(line, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
