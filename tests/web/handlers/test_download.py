"""Recordings as files."""

import json

from agentrec.recording.reader import Recording
from tests.library.helpers import ended, make, shown
from tests.web.serving import Serving


def test_downloads(server, folder):
    raw = server.get("/sessions/agent-1/recording")
    assert raw.body == (folder / "agent.ahr").read_bytes()
    cast = server.get("/sessions/agent-1/recording?format=cast")
    assert json.loads(cast.body.splitlines()[0])["version"] == 2
    assert cast.headers["content-disposition"] == 'attachment; filename="agent-1.cast"'
    assert (
        json.loads(
            server.get("/sessions/agent-1/recording?format=asciicast3").body.splitlines()[0]
        )["version"]
        == 3
    )
    assert b"collected 5 items" in server.get("/sessions/agent-1/recording?format=txt").body
    page = server.get("/sessions/agent-1/recording?format=html&redact=true")
    assert page.status == 200
    assert page.headers["content-type"] == "application/octet-stream"


def test_what_a_file_does_not_hold_is_said(server, folder, tmp_path):
    assert "agentrec-notes" not in server.get("/sessions/agent-1/recording").headers
    told = server.get("/sessions/agent-1/recording?format=txt").headers["agentrec-notes"]
    assert "left out:" in told
    assert "fs/snapshot event" in told or "agent/message event" in told
    half = (folder / "agent.ahr").read_bytes()
    (tmp_path / "half.ahr").write_bytes(half[: len(half) // 2])
    with Serving(tmp_path) as other:
        told = other.get("/sessions/agent-1/recording?redact=true").headers["agentrec-notes"]
    assert "its end is missing" in told


def test_secrets_are_masked_when_that_is_asked_for(tmp_path):
    secret = "ghp_" + "a1B2" * 9
    make(str(tmp_path / "a.ahr"), shown(0, f"token {secret}\r\n"), ended(1), id="one")
    with Serving(tmp_path) as server:
        for kind in ("ahr", "jsonl", "cast", "txt"):
            path = f"/sessions/one/recording?format={kind}"
            masked = server.get(f"{path}&redact=true")
            assert masked.status == 200
            assert secret.encode() not in masked.body
        assert secret.encode() in server.get("/sessions/one/recording?format=txt").body
        (tmp_path / "masked").mkdir()
        (tmp_path / "masked/b.ahr").write_bytes(
            server.get("/sessions/one/recording?redact=true").body
        )
    with Recording.open(str(tmp_path / "masked/b.ahr")) as recording:
        assert secret.encode() not in b"".join(
            it.data for it in recording.events() if isinstance(it.data, bytes)
        )


def test_a_picture_of_the_screen_at_a_time(server):
    answer = server.get("/sessions/agent-1/picture?t=1.5")
    assert answer.body.startswith(b"\x89PNG\r\n")
    assert answer.headers["content-disposition"].endswith('.png"')
    svg = server.get("/sessions/agent-1/picture?format=svg&theme=light")
    assert b"</svg>" in svg.body
    assert b"collected 5 items" in svg.body
    assert server.get("/sessions/agent-1/picture?t=1e8&format=svg&theme=light").body == svg.body
    assert server.get("/sessions/agent-1/picture?format=gif").status == 400
