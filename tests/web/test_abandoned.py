"""Requests whose client has gone."""

import asyncio

from agentrec.web.app import make_app
from agentrec.web.auth import AccessKeys
from agentrec.web.catalog import Catalog
from agentrec.web.recording_pool import RecordingPool
from agentrec.web.request import Service
from tests.library.helpers import ended, make, shown
from tests.web.serving import API, LIMIT, TOKEN


def test_the_work_for_one_that_was_abandoned_ends(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    frames = [shown(n / 10, f"\rnumber {n}") for n in range(400)]
    make(str(tmp_path / "r" / "a.ahr"), *frames, ended(41), id="one")
    env = {"XDG_DATA_HOME": str(tmp_path / "data"), "HOME": str(tmp_path)}
    service = Service(Catalog([str(tmp_path / "r")], env), RecordingPool(), env)
    app = make_app(service, AccessKeys(TOKEN), (), lambda: False)
    path = f"{API}/sessions/one/film"
    for messages, status in (
        ([{"type": "http.request", "body": b""}], 200),
        ([{"type": "http.request", "body": b""}, {"type": "http.disconnect"}], 503),
    ):
        assert asyncio.run(_status(app, path, b"t=0&limit=300", messages)) == status
    service.recordings.close()


async def _status(app, path, query, messages):
    """The status of the response to a client that sends ``messages``, and nothing more."""
    headers = [(b"host", b"localhost"), (b"authorization", f"Bearer {TOKEN}".encode())]
    scope = {
        "type": "http",
        "method": "GET",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query,
        "headers": headers,
        "http_version": "1.1",
        "root_path": "",
        "scheme": "http",
        "server": ("localhost", 80),
        "client": None,
    }
    statuses = []

    async def receive():
        if messages:
            return messages.pop(0)
        await asyncio.Event().wait()
        raise AssertionError

    async def send(message):
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    await asyncio.wait_for(app(scope, receive, send), LIMIT)
    return statuses[0]
