"""More work than the threads can do."""

from agentrec.web import app, workers
from tests.web.serving import Serving


def test_too_much_work_is_refused(monkeypatch, folder):
    monkeypatch.setattr(app, "Workers", lambda: workers.Workers(threads=1, max_waiting=0))
    with Serving(folder) as server:
        answer = server.get("/sessions")
        assert answer.status == 503
        assert answer.headers["retry-after"]
