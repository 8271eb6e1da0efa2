"""Which API a request is for, by its path."""

from __future__ import annotations

from typing import NamedTuple

from agentrec.gateway.dialects.anthropic import Anthropic
from agentrec.gateway.dialects.api import Api
from agentrec.gateway.dialects.chat import Chat
from agentrec.gateway.dialects.gemini import Gemini
from agentrec.gateway.dialects.responses import Responses

APIS: dict[str, Api] = {api.name: api for api in (Anthropic(), Chat(), Responses(), Gemini())}

GENERATE, OTHER = "generate", "other"
# Ends of paths that ask a model's server for something else than an answer.
_OPERATIONS = {
    "/count_tokens": "count_tokens",
    ":countTokens": "count_tokens",
    "/models": "models",
    "/embeddings": "embeddings",
    ":embedContent": "embeddings",
}


class Kind(NamedTuple):
    """What a request asks for: an answer of ``api``, or something else (``operation``)."""

    operation: str
    api: Api | None = None


def kind_of(path: str) -> Kind:
    """Return what a request to ``path`` asks for. The path may have a query."""
    bare = path.partition("?")[0]
    for api in APIS.values():
        if api.path.search(bare):
            return Kind(GENERATE, api)
    ends = (operation for end, operation in _OPERATIONS.items() if bare.endswith(end))
    return Kind(next(ends, OTHER))
