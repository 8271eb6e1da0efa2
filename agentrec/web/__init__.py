"""The library over HTTP, for the page, for scripts and for other tools; see docs/http.md.

server          the listening socket, uvicorn and its settings
protocol        connections with time limits
app             the ASGI application: routes, requests, responses
auth            host, origin and token checks, security headers
validation      parameters and bodies against the schemas of the document
request         what a handler gets and returns
traces_endpoint spans of OpenTelemetry, as exporters send them
workers         threads for blocking work
live            events as they come, over SSE and WebSocket
problems        errors as problem details (RFC 9457)
compression     answers in gzip
recording_pool  open recordings, shared between requests
static_files    the page's files
catalogs/       the served recordings and their ids
handlers/       the operations of the API
upload/         files that are sent, and become recordings
openapi/        the API as an OpenAPI document, which the routes are made from
page/           the sources of the page (TypeScript); static/ is its build
"""
