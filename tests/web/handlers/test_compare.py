"""Comparisons over HTTP: the same answer as on the command line."""

import json
from urllib.parse import quote

import pytest

from agentrec.cli.main import main
from tests.cli.library.test_compare import BAD, GOOD
from tests.library.helpers import make
from tests.web.serving import Serving


@pytest.fixture
def served(tmp_path):
    for name, events in (("a", GOOD), ("b", BAD), ("c", GOOD)):
        make(str(tmp_path / f"{name}.ahr"), *events, id=name)
    with Serving(tmp_path) as server:
        yield server


def test_it_is_what_the_command_prints(served, tmp_path, capsys):
    found = served.get("/sessions/a/compare?with=b").json
    assert main(["compare", str(tmp_path / "a.ahr"), str(tmp_path / "b.ahr"), "--json"]) == 0
    (printed,) = json.loads(capsys.readouterr().out)["comparisons"]
    for side in ("left", "right"):
        found[side].pop("name")
        printed[side].pop("name")
    assert found == printed
    assert found["divergence"]["left"]["t"] == 2.0


def test_equal_runs_and_steps_from_a_time_on(served):
    assert served.get("/sessions/a/compare?with=c").json["divergence"] is None
    late = served.get("/sessions/a/compare?with=b&since=6.5&withSince=6.5").json
    assert late["divergence"] is None
    assert late["steps"]["equal"] == 1


@pytest.mark.parametrize(
    ("query", "status"), [("", 400), ("?with=none", 404), ("?with=b&since=-1", 400)]
)
def test_problems(served, query, status):
    assert served.get("/sessions/a/compare" + query).status == status
    assert served.get(f"/sessions/{quote('no')}/compare?with=b").status == 404
