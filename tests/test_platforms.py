"""What is said of platforms agrees: README, docs, classifiers, and where the tests are run."""

import tomllib
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[1]
NOT_TRIED = "macOS: not yet tried"


def test_macos_is_claimed_everywhere_or_nowhere():
    readme, page = ((ROOT / name).read_text() for name in ("README.md", "docs/platforms.md"))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    tried = any("MacOS" in line for line in project["classifiers"])
    assert (NOT_TRIED in readme, NOT_TRIED in page) == (not tried, not tried)


def test_the_suite_is_run_on_linux_and_macos():
    workflow = yaml.safe_load((ROOT / ".github/workflows/tests.yml").read_text())
    job = workflow["jobs"]["tests"]
    systems = {entry["system"] for entry in job["strategy"]["matrix"]["include"]}
    assert systems == {"ubuntu-latest", "macos-latest"}
    assert any(step.get("run") == "scripts/test" for step in job["steps"])
