"""`agentrec.cut` and the like, called by a program."""

import pytest

import agentrec
from agentrec.errors import UsageError
from tests.cuts.recordings import S, read, shown, write


@pytest.fixture
def source(tmp_path):
    return write(tmp_path / "a.ahr", *(shown(number, f"{number}\r\n") for number in range(1, 21)))


def test_times_are_seconds_or_text(source, tmp_path):
    new = agentrec.cut(source, 5, "0:15.5", drops=[("0:06", 8.5)], target=tmp_path / "b.ahr")
    assert (new.path, new.duration) == (str(tmp_path / "b.ahr"), 8 * S)
    assert agentrec.trim(source, 0.25).duration == 5 * S
    assert agentrec.speed(source, 0.1).duration == 200 * S
    both = agentrec.join(source, new.path)
    assert both.duration == 28 * S
    assert read(both.path)[0]["parent"]["method"] == "join"


@pytest.mark.parametrize(
    "mistake",
    [
        lambda source: agentrec.cut(source, -1),
        lambda source: agentrec.cut(source, "x"),
        lambda source: agentrec.cut(source, float("nan")),
        lambda source: agentrec.cut(source, drops=[(5, 5)]),
        lambda source: agentrec.speed(source, float("inf")),
        lambda source: agentrec.speed(source, 0),
        agentrec.join,
    ],
)
def test_mistakes(mistake, source):
    with pytest.raises(UsageError):
        mistake(source)


def test_other_names_are_still_missing():
    with pytest.raises(AttributeError, match="no attribute 'cuts_of'"):
        _ = agentrec.cuts_of
