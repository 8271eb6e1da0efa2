"""Which recorded request a request is: the same, but for what is declared to be volatile.

A request holds its whole conversation, so equal requests mean equal conversations, also if several go on at
once. Of recorded requests that are equal, each is used in its turn.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from agentrec.gateway.part_store import canonical
from agentrec.ghost.request_diff import MAX_DIFFERENCES, diff_lines
from agentrec.json_values import JsonObject, table, tables, text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from agentrec.gateway.dialects.api import Api
    from agentrec.gateway.recorded_calls import RecordedCall
    from agentrec.ghost.volatile import Normalizer

STRICT, RESULTS = "strict", "results"
USER_AGENT = "user-agent"
_VERSION = re.compile(r"\d+(?:\.\d+)+")


class Asked(NamedTuple):
    """A request: its API if known, method and path, and its body, already without what may differ.

    ``program`` is what the agent calls itself, with its version: it may differ, and is told if more does.
    """

    api: str
    method: str
    path: str
    body: object
    program: str = ""

    @property
    def key(self) -> str:
        """Equal for equal requests."""
        return canonical([self.api, self.method, self.path, self.body])


class Match(NamedTuple):
    """The recorded call, and the results of tools that differ; or how the nearest call differs."""

    call: RecordedCall | None
    difference: list[str]


class RequestMatch:
    """Finds recorded calls. ``how``: `strict`, or `results`: what tools returned may differ."""

    def __init__(
        self, calls: Iterable[RecordedCall], normalizer: Normalizer, how: str = STRICT
    ) -> None:
        self._how = how
        self._calls: list[tuple[Asked, RecordedCall]] = []
        self._keys: list[tuple[str, RecordedCall]] = []
        for call in calls:
            request = call.request
            body = normalizer.body(request.api, call.body)
            path, program = (
                path_of(request.path, call.api),
                text(table(request.headers).get(USER_AGENT)),
            )
            asked = Asked(request.api, request.method, path, body, program)
            self._calls.append((asked, call))
            self._keys.append((asked.key, call))
        self._used: set[str] = set()

    def find(self, asked: Asked, api: Api | None) -> Match:
        """Return what a request matches, and note that it was used."""
        call = self._equal(self._keys, asked.key)
        if call is not None:
            return Match(call, [])
        nearest = self._nearest(asked, api)
        difference = _difference(nearest, asked) if nearest else []
        if self._how == RESULTS and api is not None:
            same = [
                (_without_results(it, api), call) for it, call in self._calls if it.api == api.name
            ]
            call = self._equal(same, _without_results(asked, api))
        return Match(call, difference)

    def _equal(self, calls: list[tuple[str, RecordedCall]], key: str) -> RecordedCall | None:
        """The first equal call that was not used; the last one again if all were: a retry."""
        equal = [call for it, call in calls if it == key]
        call = next((it for it in equal if it.span not in self._used), equal[-1] if equal else None)
        if call is not None:
            self._used.add(call.span)
        return call

    def _nearest(self, asked: Asked, api: Api | None) -> Asked | None:
        """The recorded request with the most messages in common, of those not used yet if possible."""
        found = [
            (_shared(it, asked, api), call.span not in self._used, it)
            for it, call in self._calls
            if (it.api, it.path) == (asked.api, asked.path)
        ]
        return max(found, key=lambda it: it[:2])[2] if found else None


def _difference(nearest: Asked, asked: Asked) -> list[str]:
    """At most nine lines; another version of the agent comes first."""
    if _VERSION.findall(nearest.program) == _VERSION.findall(asked.program):
        return diff_lines(nearest.body, asked.body)
    versions = diff_lines({USER_AGENT: nearest.program}, {USER_AGENT: asked.program})
    return [*versions, *diff_lines(nearest.body, asked.body, MAX_DIFFERENCES - 1)]


def path_of(target: str, api: Api | None = None) -> str:
    """The path of a request without its query, which may hold keys.

    Of a request to ``api`` it is what the API says; what stands before that is the address of a server.
    """
    path = target.partition("?")[0].rstrip("/") or "/"
    found = api.path.search(path) if api else None
    return found[0] if found else path


def _messages(asked: Asked, api: Api | None) -> list[JsonObject]:
    body = asked.body
    return tables(body.get(api.messages)) if api and isinstance(body, dict) else []


def _shared(one: Asked, other: Asked, api: Api | None) -> tuple[int, int]:
    """Messages that are equal from the first on, and minus how many more or fewer there are."""
    ours, theirs = _messages(one, api), _messages(other, api)
    count = 0
    for left, right in zip(ours, theirs, strict=False):
        if left != right:
            break
        count += 1
    return count, -abs(len(ours) - len(theirs))


def _without_results(asked: Asked, api: Api) -> str:
    """A request's key without what tools returned."""
    if not isinstance(asked.body, dict):
        return asked.key
    messages = [
        [it for it in api.said(message) if it.kind != "result"] for message in _messages(asked, api)
    ]
    rest = {name: it for name, it in asked.body.items() if name != api.messages}
    return canonical([asked.api, messages, rest])
