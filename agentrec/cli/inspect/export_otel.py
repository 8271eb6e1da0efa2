"""Send recordings to a backend for OpenTelemetry traces: agents, model calls, tools and steps as spans.

agentrec export-otel run.ahr --endpoint http://127.0.0.1:4318
agentrec export-otel last --content           with prompts, answers, arguments and results
agentrec export-otel last -o trace.json       write OTLP/JSON instead; - is standard output

Without --endpoint, OTEL_EXPORTER_OTLP_ENDPOINT and the other variables of OpenTelemetry say where to.
Sending a recording again adds nothing: its spans have the same ids. Secrets are masked. See
docs/opentelemetry.md.
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

from agentrec.cli.common import RECORDING, add_json, opened, print_json, warn, warn_damage
from agentrec.cli.inspect.convert import Output
from agentrec.cli.progress import progress
from agentrec.errors import AgentrecError, ExitCode, OutputError, UsageError
from agentrec.otel.endpoint import PROTOCOLS, endpoint_of, send
from agentrec.otel.otlp import requests_of
from agentrec.otel.run_spans import run_trace
from agentrec.text import plural, printable

if TYPE_CHECKING:
    import argparse

    from agentrec.json_values import JsonObject
    from agentrec.otel.endpoint import Endpoint
    from agentrec.otel.span import RunTrace


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("files", nargs="+", metavar="FILE", help=RECORDING)
    add(
        "--endpoint",
        default="",
        metavar="URL",
        help="where traces are taken: http://127.0.0.1:4318",
    )
    add(
        "--header",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="send this header, such as an API key (repeatable)",
    )
    add("--protocol", choices=PROTOCOLS, default="", help=f"the encoding (default: {PROTOCOLS[0]})")
    add("--content", action="store_true", help="send texts, too; secrets are masked")
    add("-o", "--out-file", metavar="JSON", help="write OTLP/JSON to a file; - is standard output")
    add("--overwrite", action="store_true", help="replace that file if it exists")
    add_json(parser, "as a JSON array, an object for each recording")


def run(args: argparse.Namespace) -> int:
    if args.out_file:
        return _write(args)
    endpoint = endpoint_of(os.environ, args.endpoint, args.header, args.protocol)
    results, code = [], int(ExitCode.OK)
    for name in args.files:
        try:
            results.append(_send(name, endpoint, args))
        except (OutputError, UsageError):
            raise  # it would be the same for every recording
        except AgentrecError as error:
            code = error.code
            warn(str(error))
    if args.json:
        print_json(results)
    return code


def _send(name: str, endpoint: Endpoint, args: argparse.Namespace) -> JsonObject:
    path, trace = _trace(name, args)
    refused = 0
    with progress("sending", len(trace.spans), "spans") as advance:
        done = 0
        for request in requests_of(trace):
            refused += send(endpoint, request)
            done += _count(request)
            advance(done)
    if refused:
        warn(f"{plural(refused, 'span')} of {path} refused by {endpoint.url}")
    spans = len(trace.spans)
    if not args.json:
        print(printable(f"{path}: sent {plural(spans, 'span')}, trace {trace.id}"))
    return {"file": path, "trace": trace.id, "spans": spans, "refused": refused}


def _write(args: argparse.Namespace) -> int:
    if args.endpoint:
        raise UsageError("choose --endpoint or -o, not both")
    if args.json and args.out_file == "-":
        raise UsageError("choose --json or -o -, not both", "-o - prints JSON")
    results: list[JsonObject] = []
    spans: list[object] = []
    with Output(args.out_file, args.overwrite, binary=False) as out:
        for name in args.files:
            path, trace = _trace(name, args)
            results.append({"file": path, "trace": trace.id, "spans": len(trace.spans)})
            for request in requests_of(trace):
                spans += request["resourceSpans"]  # type: ignore[arg-type]
        try:
            out.stream.write(json.dumps({"resourceSpans": spans}, indent=1).encode() + b"\n")
            out.commit()
        except BrokenPipeError:
            raise
        except OSError as error:
            raise OutputError(f"cannot write {args.out_file}: {error.strerror}") from None
    if args.json:
        print_json(results)
    return ExitCode.OK


def _trace(name: str, args: argparse.Namespace) -> tuple[str, RunTrace]:
    with opened(name) as recording:
        trace = run_trace(recording, content=args.content)
        warn_damage(recording)
        path = recording.path
    for what in trace.left_out:
        warn(f"left out of {path}: {what}")
    return path, trace


def _count(request: JsonObject) -> int:
    resources = request["resourceSpans"]
    assert isinstance(resources, list)
    return sum(len(scope["spans"]) for one in resources for scope in one["scopeSpans"])
