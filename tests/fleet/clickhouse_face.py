"""The HTTP interface of ClickHouse in front of the real engine, which runs in this process.

Of the interface it has what clients of ours use: a statement in the body, parameters in the address, a user
and a password in headers, an error as text with a status of its own.
"""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import chdb

USER, PASSWORD = "reader", "of the index"


class ClickHouseFace:
    """A server on loopback with an empty database; ``asked`` are the statements that it got."""

    def __init__(self):
        self.engine = chdb.connect(":memory:")
        self.asked = []
        face = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                face.answer(self)

            def log_message(self, *_):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def answer(self, request):
        sql = request.rfile.read(int(request.headers["Content-Length"])).decode()
        values = {name: one for name, [one] in self._values(request).items()}
        given = request.headers.get("X-ClickHouse-User"), request.headers.get("X-ClickHouse-Key")
        if given != (USER, PASSWORD):
            self._send(request, 403, b"Code: 516. DB::Exception: reader: Authentication failed: no")
            return
        self.asked.append(sql)
        texts = {
            name.removeprefix("param_"): one
            for name, one in values.items()
            if name.startswith("param_")
        }
        try:
            with self._lock:
                data = self.engine.query(sql, values["default_format"], params=texts).bytes()
        except Exception as error:
            self._send(request, 500, str(error).encode())
        else:
            self._send(request, 200, data)

    def _values(self, request):
        return parse_qs(urlsplit(request.path).query, keep_blank_values=True)

    def _send(self, request, status, data):
        request.send_response(status)
        request.send_header("Content-Length", str(len(data)))
        request.end_headers()
        request.wfile.write(data)

    def close(self):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
        self.engine.close()
