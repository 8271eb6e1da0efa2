"""`agentrec tag`, and recordings found by their tags."""

import json

import pytest

from agentrec.cli.main import main
from tests.cuts.recordings import shown, write


@pytest.fixture
def path(tmp_path):
    return write(tmp_path / "a.ahr", shown(1, "x"), title="shop")


def tags(path, capsys):
    capsys.readouterr()
    assert main(["tag", path, "--json"]) == 0
    return json.loads(capsys.readouterr().out)["tags"]


def test_tags_are_added_and_removed(path, capsys):
    assert main(["tag", path, "demo", "#parser", "demo"]) == 0
    assert capsys.readouterr().out == "demo parser\n"
    assert main(["tag", path, "new", "--remove", "demo"]) == 0
    assert tags(path, capsys) == ["parser", "new"]


def test_what_has_no_tags_says_nothing(path, capsys):
    assert main(["tag", path]) == 0
    assert capsys.readouterr().out == "\n"


@pytest.mark.parametrize("tag", ["", "a b", "a,b", "#", "x" * 51, "a\x1b[31m", "a\nb"])
def test_no_tags(tag, path, capsys):
    assert main(["tag", path, tag]) == 2
    assert "invalid tag" in capsys.readouterr().err


def test_too_many(path, capsys):
    assert main(["tag", path, *(f"t{number}" for number in range(101))]) == 2
    assert "too many" in capsys.readouterr().err
    assert tags(path, capsys) == []


def test_recordings_are_found_by_all_their_tags(path, tmp_path, capsys):
    other = write(tmp_path / "b.ahr", shown(1, "x"), id="two")
    assert main(["tag", path, "demo", "parser"]) == 0
    assert main(["tag", other, "demo", "pars"]) == 0

    def listed(*options):
        capsys.readouterr()
        main(["ls", "--files", "--folder", str(tmp_path), *options])
        return sorted(capsys.readouterr().out.split())

    assert listed("--tag", "demo") == [path, other]
    assert listed("--tag", "demo", "--tag", "pars") == [other]
    assert listed("--tag", "par") == []
    assert main(["ls", "--folder", str(tmp_path)]) == 0
    assert "shop #demo #parser" in capsys.readouterr().out
    assert main(["search", "parser", "--folder", str(tmp_path)]) == 0
