"""Links to one recording that expire."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING
from urllib.parse import quote

from agentrec.times import NS_PER_SECOND, format_rfc3339
from agentrec.web.catalogs.catalog import id_of
from agentrec.web.problems import ProblemError
from agentrec.web.request import JsonReply

if TYPE_CHECKING:
    from agentrec.web.request import ApiRequest

SECONDS_PER_HOUR = 3600


def share(request: ApiRequest) -> JsonReply:
    """A link to this recording alone; its key is made from the server's token."""
    make = request.service.share
    if make is None:
        raise ProblemError(404, "this server makes no links")
    name = id_of(request.row)
    expires = int(time.time()) + round(request.body["hours"] * SECONDS_PER_HOUR)
    data = {
        "address": f"/?share={make(name, expires)}#/r/{quote(name, safe='')}",
        "expires": format_rfc3339(expires * NS_PER_SECOND),
    }
    return JsonReply(data, 201)


HANDLERS = {"share": share}
