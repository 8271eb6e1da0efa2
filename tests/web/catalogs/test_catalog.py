"""Ids are looked up, and are never paths."""

import pytest

from tests.library.helpers import ended, make
from tests.web.serving import Serving

NAMES = [
    "..%2f..%2f..%2fetc%2fpasswd",
    "%2e%2e%2fagent.ahr",
    "....//agent.ahr",
    "%2fetc%2fpasswd",
    "agent.ahr",
    "agent-1%00",
    "~",
    "~99999999999999999999",
    "~-1",
    "agent-1%0a",
    "%ff%fe",
    "-",
    "last",
    "*",
]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("rest", ["", "/recording", "/timeline", "/snapshots/s1/files/x"])
def test_an_id_is_looked_up_and_is_no_path(server, name, rest):
    answer = server.get(f"/sessions/{name}{rest}")
    assert answer.status == 404, answer.body
    assert answer.problem
    assert b"root:" not in answer.body


def test_a_recording_outside_the_folder_is_not_there(server, tmp_path):
    make(str(tmp_path / "other.ahr"), ended(1), id="other-1")
    with Serving(tmp_path) as other:
        assert other.get("/sessions/other-1").status == 200
    # Both are in one index.
    assert server.get("/sessions/other-1").status == 404
    assert "other-1" not in server.get("/search?q=prog").body.decode()
