"""Keeping secrets out of recordings: what is a secret, and masks over it.

``rules``     what a secret looks like, as data; ``find`` finds them in text
``words``     command lines and environments
``values``    JSON of events
``canvas``    what a terminal shows, and which byte drew which cell
``masker``    secrets of terminal output, matched on what it shows
``live``      both while recording          ``export``  both for a recording that exists

Importing this package costs next to nothing: `record` starts with it.
"""

from agentrec.redact.command_line import MASK, mask_command, mask_text, mask_value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["MASK", "mask_command", "mask_text", "mask_value", "redact_json"]


def redact_json(value: "Any") -> "tuple[Any, dict[str, int]]":
    """A JSON value without its secrets, and how many were masked by each rule. See ``values``."""
    from agentrec.redact.json_redaction import redact_json as redact

    return redact(value)
