"""The scripted model behind a WebSocket, as Codex's built-in provider speaks it."""

from __future__ import annotations

import json
import threading
from types import TracebackType
from typing import Any, Self

from websockets.sync.server import ServerConnection, serve

from fixtures.modelserver import scenario
from fixtures.modelserver.conversation import Ids
from fixtures.modelserver.dialects.responses import RESPONSES
from fixtures.modelserver.server import SCENARIOS


class WebSocketModel:
    """A server on loopback; ``received`` and ``sent`` are requests and whole answers, in order."""

    def __init__(self) -> None:
        self.received: list[dict[str, Any]] = []
        self.sent: list[dict[str, Any]] = []
        self._scenarios = scenario.load(SCENARIOS)
        # What was said under the id of each answer: requests name it and add only what is new.
        self._said: dict[str, list[Any]] = {}
        self._server = serve(self._talk, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.socket.getsockname()[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def _talk(self, connection: ServerConnection) -> None:
        for message in connection:
            body = json.loads(message)
            if body.pop("type", None) != "response.create":
                continue
            self.received.append(body)
            before = self._said.get(body.get("previous_response_id") or "", [])
            whole = body | {"input": [*before, *body["input"]]}
            ask = RESPONSES.ask(whole)
            answer = scenario.answer(ask, self._scenarios)
            seed = f"{len(self.received)} {json.dumps(whole, sort_keys=True)}"
            response = RESPONSES.whole(ask, answer, Ids(seed))
            self.sent.append(response)
            self._said[response["id"]] = [*whole["input"], *response["output"]]
            for frame in RESPONSES.stream(ask, answer, Ids(seed)):
                connection.send(json.dumps(frame.data))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._thread.join()
