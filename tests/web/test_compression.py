"""Answers in gzip, for clients that take it."""

import gzip

import pytest

from tests.library.helpers import ended, make, shown
from tests.web.serving import Serving


@pytest.fixture
def server(tmp_path):
    frames = [shown(n / 10, f"\r\n\x1b[1mnumber {n}\x1b[m") for n in range(200)]
    make(str(tmp_path / "r.ahr"), *frames, ended(20), id="one")
    with Serving(tmp_path) as server:
        yield server


FILM = "/sessions/one/film?t=0&limit=300"


@pytest.mark.parametrize("accepts", ["gzip", "deflate, GZIP;q=0.5, br"])
def test_a_client_that_takes_gzip_gets_it(server, accepts):
    plain, packed = server.get(FILM), server.get(FILM, Accept_Encoding=accepts)
    assert packed.headers["content-encoding"] == "gzip"
    assert "accept-encoding" in packed.headers["vary"].lower()
    assert gzip.decompress(packed.body) == plain.body
    assert len(packed.body) < len(plain.body) / 3


@pytest.mark.parametrize("accepts", [None, "br", "gzip;q=0", "gzip; q=0.0, br"])
def test_no_other_client_gets_it(server, accepts):
    answer = server.get(FILM, Accept_Encoding=accepts)
    assert "content-encoding" not in answer.headers
    assert answer.json["frames"]


def test_what_is_short_stays_as_it_is(server):
    assert "content-encoding" not in server.get("/sessions", Accept_Encoding="gzip").headers


def test_the_page_itself(server):
    script = server.request("GET", "/page.js", Accept_Encoding="gzip")
    assert script.headers["content-encoding"] == "gzip"
    assert script.headers["cache-control"] == "no-cache"
    assert gzip.decompress(script.body) == server.request("GET", "/page.js").body
