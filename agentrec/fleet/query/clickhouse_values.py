"""Values of parameters as ClickHouse reads them, in process and over HTTP."""

from __future__ import annotations

_ESCAPES = str.maketrans(
    {"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r", "\0": "\\0", "\b": "\\b", "\f": "\\f"}
)


def parameter_text(value: object) -> str:
    """A string, a number, or a list of those, as the text of a parameter."""
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(_element, value))}]"
    return _encodable(str(value)).translate(_ESCAPES)


def _element(value: object) -> str:
    if isinstance(value, str):
        quoted = _encodable(value).translate(_ESCAPES).replace("'", "\\'")
        return f"'{quoted}'"
    return str(value)


def _encodable(text: str) -> str:
    return text.encode("utf-8", "replace").decode()
