"""What is committed is what the sources make."""

import filecmp
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.agents_env.need import missing

ROOT = Path(__file__).resolve().parents[2]
PLACES = {"static": ROOT / "agentrec/web/static", "player": ROOT / "agentrec/export/player"}


@pytest.mark.slow
def test_the_built_page_is_that_of_its_sources(tmp_path: Path) -> None:
    if shutil.which("npm") is None:
        missing("npm is not installed")
    done = subprocess.run([ROOT / "scripts/page", tmp_path], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    for name, place in PLACES.items():
        built = sorted(os.listdir(tmp_path / name))
        assert built == sorted(os.listdir(place)), "run scripts/page and commit what it builds"
        same, *other = filecmp.cmpfiles(tmp_path / name, place, built, shallow=False)
        assert same == built, f"{other}: run scripts/page and commit what it builds"


def test_nothing_of_this_machine_is_in_it() -> None:
    for place in (*PLACES.values(), ROOT / "agentrec/web/page"):
        for path in place.glob("*.*"):
            text = path.read_text()
            assert str(ROOT) not in text
            assert '"resolved"' not in text  # of a lock file: where packages came from
