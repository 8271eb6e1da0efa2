"""A real server on a free port, in a thread, over recordings in a folder; and a client that does what it
is told, also what no client should."""

import http.client
import json
import os
import threading
import time

from agentrec.web.server import Settings, listen

TOKEN = "only-for-these-tests-0123"
API = "/api/v1"
LIMIT = 60  # seconds that anything here may take


class Answer:
    """Status, headers (lower case) and body of a response."""

    def __init__(self, response, body):
        self.status = response.status
        self.headers = {name.lower(): value for name, value in response.getheaders()}
        self.body = body

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def problem(self):
        """The problem's detail; it has to be one."""
        assert self.headers["content-type"] == "application/problem+json"
        told = self.json
        assert told["status"] == self.status
        assert told["title"]
        return told["detail"]


class Serving:
    """``with Serving(folder) as server: server.get("/sessions")``"""

    def __init__(self, *roots, env=None, remote=None, **settings):
        roots = [os.path.realpath(root) for root in roots]
        settings = Settings(**{"token": TOKEN, **settings})
        self.server = listen(roots, settings, os.environ if env is None else env, remote)
        self.port = self.server.port
        self.host = f"127.0.0.1:{self.port}"
        self._thread = threading.Thread(target=self.server.run)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self.server.stop()
        self._thread.join(LIMIT)
        assert not self._thread.is_alive()

    def request(self, method, target, body=None, **headers):
        """One request as it stands. Headers with None are left out."""
        sent = {"Host": self.host, "Authorization": f"Bearer {TOKEN}"}
        if body is not None and not isinstance(body, bytes):
            sent["Content-Type"] = "application/json"
            body = json.dumps(body).encode()
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=LIMIT)
        try:
            connection.putrequest(method, target, skip_host=True, skip_accept_encoding=True)
            for name, value in sent.items():
                if value is not None:
                    connection.putheader(name, value)
            if body is not None and "Content_Length" not in headers:
                connection.putheader("Content-Length", str(len(body)))
            connection.endheaders(body)
            response = connection.getresponse()
            return Answer(response, response.read())
        finally:
            connection.close()

    def get(self, path, **headers):
        return self.request("GET", API + path, **headers)

    def post(self, path, body, **headers):
        return self.request("POST", API + path, body, **headers)


def awaited(look, what="it"):
    """What ``look`` gives as soon as that is something."""
    deadline = time.monotonic() + LIMIT
    while time.monotonic() < deadline:
        if found := look():
            return found
        time.sleep(0.02)
    raise AssertionError(f"{what} did not come")
