"""Variables that point clients at a model server that takes the place of all common ones."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from agentrec.gateway.endpoints import stand_in_variables

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

# Clients refuse to start without a key. None is needed where nothing is asked.
NO_KEY = "no-key-is-needed-for-recorded-answers"
_KEYS = ("ANTHROPIC_API_KEY", "OPENAI_API_KEY", "GEMINI_API_KEY")


def replay_variables(origin: str, env: Mapping[str, str]) -> dict[str, str]:
    """Return what to set in ``env`` so that clients ask the server at ``origin``, keys or not."""
    keys = {name: NO_KEY for name in _KEYS if not env.get(name)}
    return stand_in_variables(origin, env) | keys


@contextmanager
def changed_environment(variables: Mapping[str, str]) -> Iterator[None]:
    """Set variables of this process, and set them back."""
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
