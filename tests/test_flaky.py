"""Only tests on the list are run again, and the list names what exists."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests import flaky

ROOT = Path(__file__).parents[1]

_TESTS = """
from pathlib import Path
import pytest

def fails_once(name):
    seen = Path(__file__).with_name(name)
    if not seen.exists():
        seen.touch()
        pytest.fail("the first time")

def test_listed():
    fails_once("listed")

@pytest.mark.parametrize("n", [1, 2])
def test_each(n):
    fails_once(f"each{n}")

def test_other():
    fails_once("other")
"""
_CONFTEST = """
from tests import flaky

def pytest_collection_modifyitems(items):
    flaky.mark(items, {"test_it.py::test_listed": "x", "test_it.py::test_each[2]": "x"})
"""


def test_only_what_is_listed_is_run_again(tmp_path):
    (tmp_path / "test_it.py").write_text(_TESTS)
    (tmp_path / "conftest.py").write_text(_CONFTEST)
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-ra", "-p", "no:cacheprovider"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert "2 failed, 2 passed, 2 rerun" in done.stdout
    failed = {line.split()[1] for line in done.stdout.splitlines() if line.startswith("FAILED")}
    assert failed == {"test_it.py::test_each[1]", "test_it.py::test_other"}


def test_every_listed_test_exists():
    for test in flaky.listed(flaky.LIST.read_text()):
        path, *names = test.partition("[")[0].split("::")
        body = ast.parse((ROOT / path).read_text()).body
        for name in names:
            (found,) = [node for node in body if getattr(node, "name", "") == name]
            body = found.body


@pytest.mark.parametrize(
    "entry",
    ['test = "a.py::b"', 'test = "a.py::b"\nreason = " "', 'test = "a"\nreason = "b"\nmore = 1'],
)
def test_an_entry_needs_a_reason(entry):
    with pytest.raises(pytest.UsageError, match="needs a test and a reason"):
        flaky.listed(f"[[flaky]]\n{entry}")
