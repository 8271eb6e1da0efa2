"""A receiver of OTLP over HTTP that keeps what it gets, and answers what it is told to."""

import gzip
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from google.protobuf.json_format import MessageToDict
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)


class Receiver:
    """``spans`` by trace and span id: one that is sent again takes the place of the first."""

    def __init__(self):
        self.spans, self.requests, self.answers = {}, [], []
        self.resources = []
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True)
        self.url = f"http://127.0.0.1:{self._http.server_address[1]}"

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._http.shutdown()
        self._http.server_close()

    def named(self, start):
        """The spans whose name begins so, in order of their start."""
        found = [span for span in self.spans.values() if span["name"].startswith(start)]
        return sorted(found, key=lambda span: int(span["startTimeUnixNano"]))

    def total(self, name):
        """The sum of an attribute over all spans."""
        return sum(attributes(span).get(name, 0) for span in self.spans.values())

    def _handler(receiver):  # noqa: N805 - the handler has a self of its own
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                receiver.requests.append((self.path, headers))
                status, headers, reply = (
                    receiver.answers.pop(0) if receiver.answers else (200, {}, None)
                )
                if status == 200:
                    receiver.take(self.headers, body)
                is_json = "json" in self.headers["Content-Type"]
                if reply is None:
                    empty = ExportTraceServiceResponse().SerializeToString()
                    reply = b"{}" if is_json else empty
                self.send_response(status)
                for name, value in (headers | {"Content-Length": str(len(reply))}).items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(reply)

            def log_message(self, *_):
                pass

        return Handler

    def take(self, headers, body):
        if headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        if "json" in headers["Content-Type"]:
            document = json.loads(body)
        else:
            request = ExportTraceServiceRequest()
            request.ParseFromString(body)
            document = with_hex_ids(MessageToDict(request, use_integers_for_enums=True))
        for resource in document["resourceSpans"]:
            self.resources.append(values(resource["resource"]["attributes"]))
            for scope in resource["scopeSpans"]:
                for span in scope["spans"]:
                    self.spans[span["traceId"], span["spanId"]] = span


def with_hex_ids(value):
    import base64

    if isinstance(value, list):
        return [with_hex_ids(one) for one in value]
    if not isinstance(value, dict):
        return value
    return {
        name: base64.b64decode(part).hex()
        if name in ("traceId", "spanId", "parentSpanId")
        else with_hex_ids(part)
        for name, part in value.items()
    }


def attributes(span):
    return values(span.get("attributes", []))


def values(pairs):
    found = {}
    for pair in pairs:
        ((kind, value),) = pair["value"].items()
        if kind == "intValue":
            value = int(value)
        elif kind == "arrayValue":
            value = [one["stringValue"] for one in value["values"]]
        found[pair["key"]] = value
    return found
