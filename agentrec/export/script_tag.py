"""A script that plays a recording where its ``<script>`` tag is in a page, write only.

It puts a frame there, which shows an HTML export (see :mod:`agentrec.export.html`): one that is in the
script, or one that a server has. Its options are attributes of the tag: ``data-poster``, ``data-t``,
``data-speed``, ``data-loop``, ``data-autoplay``, ``data-width``, ``data-height``.
"""

from __future__ import annotations

import codecs
import json
from typing import TYPE_CHECKING, BinaryIO, cast

from agentrec.export import html

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from agentrec.export.conversion import Loss
    from agentrec.json_values import JsonObject
    from agentrec.recording.events import Event

# The frame is a sandbox: the recording has no access to the page around it.
_BEGIN = """(() => {
  const tag = document.currentScript;
  const given = tag.dataset;
  const options = ["embed"];
  for (const name of ["poster", "t", "speed"])
    if (given[name] !== undefined) options.push(name + "=" + encodeURIComponent(given[name]));
  for (const name of ["loop", "autoplay"]) if (name in given) options.push(name);
  const frame = document.createElement("iframe");
  frame.title = given.title || "Recording of a terminal";
  frame.width = given.width || "800";
  frame.height = given.height || "600";
  frame.style.border = "0";
  frame.style.maxWidth = "100%";
  frame.allowFullscreen = true;
  frame.setAttribute("sandbox", "allow-scripts allow-popups");
"""
_END = """
  frame.src = address + "#" + options.join("&");
  tag.after(frame);
})();
"""


def write(
    header: JsonObject,
    events: Iterable[Event],
    out: BinaryIO,
    advance: Callable[[float], object] = bool,
) -> Loss:
    """As :func:`agentrec.export.html.write`, whose file is in the script."""
    out.write(f'{_BEGIN}  const page = "'.encode())
    text = _StringLiteral(out)
    loss = html.write(header, events, cast("BinaryIO", text), advance)
    out.write(b'";\n  const address = URL.createObjectURL(new Blob([page], {type: "text/html"}));')
    out.write(_END.encode())
    return loss


def tag_script(path: str) -> str:
    """A script for the recording at ``path``, on the server that the script itself comes from."""
    address = f"  const address = new URL({json.dumps(path)}, tag.src).href;"
    return f"{_BEGIN}{address}{_END}"


class _StringLiteral:
    """Takes UTF-8 bytes, and writes them as the inside of a string of JavaScript."""

    def __init__(self, out: BinaryIO) -> None:
        self._out = out
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")

    def write(self, data: bytes) -> int:
        self._out.write(json.dumps(self._decoder.decode(data))[1:-1].encode())
        return len(data)
