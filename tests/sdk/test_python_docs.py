"""The examples of the docs run as shown, from the top of each page to its end."""

import re
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"
_EXAMPLE = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("page", ["python.md", "coming-from.md", "transactions.md"])
def test_examples_run(page, tmp_path, tmp_path_factory, monkeypatch):
    examples = _EXAMPLE.findall((DOCS / page).read_text())
    assert examples
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path_factory.mktemp("data")))
    names = {"__name__": "example"}
    for example in examples:
        exec(compile(example, page, "exec"), names)


def test_every_named_call_exists():
    from agentrec import Recorder, Run

    text = (DOCS / "python.md").read_text() + (DOCS / "coming-from.md").read_text()
    for owner, known in (("r", dir(Recorder)), ("run", dir(Run))):
        named = set(re.findall(rf"`@?(?:await )?{owner}\.(\w+)", text))
        attributes = {"header", "path", "session"}  # set when one is made
        assert named - set(known) - attributes == set()
        assert len(named) > 8
