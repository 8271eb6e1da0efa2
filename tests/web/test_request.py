"""Work that takes too long."""

from tests.web.serving import Serving


def test_work_that_takes_too_long_is_given_up(monkeypatch, folder):
    monkeypatch.setattr("agentrec.web.request.WORK_TIMEOUT_SECONDS", -1.0)
    with Serving(folder) as server:
        answer = server.get("/sessions/agent-1/events")
        assert answer.status == 503
        assert "too long" in answer.problem
