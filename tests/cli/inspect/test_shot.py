"""``agentrec shot``."""

from __future__ import annotations

import pytest

from agentrec.cli.main import main
from tests.library.helpers import ended, make, shown


@pytest.fixture
def path(tmp_path):
    mark = (2, "mark", "moment", {"label": "here", "source": "cli"})
    return make(str(tmp_path / "r.ahr"), shown(1, "one "), mark, shown(3, "two"), ended(4))


def text(path, point, tmp_path):
    out = tmp_path / "out.svg"
    assert main(["shot", f"{path}{point}", str(out), "--overwrite"]) == 0
    return out.read_text()


def test_points(path, tmp_path):
    assert ">one two<" in text(path, "", tmp_path)
    assert ">one<" in text(path, "@0:02", tmp_path)
    assert ">one<" in text(path, "@m1", tmp_path)


@pytest.mark.parametrize(
    ("point", "out", "code", "told"),
    [
        ("@9:00", "x.svg", 3, "is past the end"),
        ("@nowhere", "x.svg", 3, "no point 'nowhere'"),
        ("", "x.bmp", 2, "use a name with .png or .svg"),
    ],
)
def test_what_cannot_be_shown(path, point, out, code, told, tmp_path, capsys):
    assert main(["shot", f"{path}{point}", str(tmp_path / out)]) == code
    assert told in capsys.readouterr().err
    assert not (tmp_path / out).exists()


def test_a_file_is_not_replaced_by_accident(path, tmp_path, capsys):
    (tmp_path / "x.png").write_bytes(b"mine")
    assert main(["shot", path, str(tmp_path / "x.png")]) == 4
    assert "already exists" in capsys.readouterr().err
    assert (tmp_path / "x.png").read_bytes() == b"mine"
