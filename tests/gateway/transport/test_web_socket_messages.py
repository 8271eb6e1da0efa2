"""Messages in the bytes of a WebSocket, whatever pieces they come in."""

import pytest
from websockets.client import ClientProtocol
from websockets.extensions.permessage_deflate import (
    ClientPerMessageDeflateFactory,
    ServerPerMessageDeflateFactory,
)
from websockets.server import ServerProtocol
from websockets.uri import parse_uri

from agentrec.gateway.transport.web_socket_messages import MessageReader

MESSAGES = [b'{"type": "a"}', "wörld ".encode() * 500, b"", b"x" * 70_000, b'{"type": "a"}']
DEFLATE = {
    "plain": None,
    "deflate": {},
    "no takeover": {"server_no_context_takeover": True, "client_no_context_takeover": True},
    "small windows": {"server_max_window_bits": 9, "client_max_window_bits": 10},
}


def opened(options):
    """A client and a server that have agreed, and on which extensions."""
    client_ext = None if options is None else [ClientPerMessageDeflateFactory(**options)]
    server_ext = None if options is None else [ServerPerMessageDeflateFactory()]
    client = ClientProtocol(parse_uri("ws://localhost/"), extensions=client_ext)
    server = ServerProtocol(extensions=server_ext)
    client.send_request(client.connect())
    server.receive_data(b"".join(client.data_to_send()))
    response = server.accept(server.events_received()[0])
    server.send_response(response)
    client.receive_data(b"".join(server.data_to_send()))
    return client, server, response.headers.get("Sec-WebSocket-Extensions", "")


@pytest.mark.parametrize("size", [1, 7, 1 << 20])
@pytest.mark.parametrize("case", DEFLATE)
def test_both_directions(case, size):
    client, server, extensions = opened(DEFLATE[case])
    for sender, from_client in ((client, True), (server, False)):
        for message in MESSAGES:
            sender.send_text(message)
            sender.send_ping(b"are you there")
        # One in fragments, with something between them.
        sender.send_text(b"begin ", fin=False)
        sender.send_ping(b"")
        sender.send_continuation(b"end", fin=True)
        data = b"".join(sender.data_to_send())
        reader = MessageReader(extensions, from_client=from_client)
        found = [m for at in range(0, len(data), size) for m in reader.feed(data[at : at + size])]
        assert found == [*MESSAGES, b"begin end"]


def test_after_garbage_there_is_nothing():
    reader = MessageReader("", from_client=False)
    assert list(reader.feed(b"\xff" * 100)) == []
    assert reader.failed
    assert list(reader.feed(b"\x81\x01a")) == []
