"""What is mounted around a directory."""

import os
import sys

import pytest

from agentrec.snapshots.scan.mounts import mounts_around
from tests.snapshots.helpers import run_alone

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has mountinfo")

ODD = "a b\\c\td\ne"
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


def test_what_is_mounted_on_and_below_it_matters(tmp_path):
    (tmp_path / ODD).mkdir()
    done = run_alone(SCRIPT, tmp_path / ODD)
    assert done.returncode == 0, done.stderr
