"""The way to the server: TLS with a certificate of the user's own, and proxies."""

import socket
import ssl
import subprocess
import threading

import pytest

from agentrec.gateway.transport.upstream import address_of, proxy_for
from tests.gateway.running import Gateway, Server, answering, http, read_request

NAMED = {"HTTPS_PROXY": "http://me:p%40ss@proxy.example:3128", "NO_PROXY": "inner.example, .corp"}


@pytest.fixture
def certificate(tmp_path):
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"),
            *("-nodes", "-days", "2", "-subj", "/CN=localhost", "-keyout", tmp_path / "key"),
            *("-addext", "subjectAltName=DNS:localhost", "-out", tmp_path / "cert"),
        ],
        check=True,
        capture_output=True,
    )
    return tmp_path


def secure(folder, *answers):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert", folder / "key")

    def handle(connection):
        with context.wrap_socket(connection, server_side=True) as inner:
            answering(*answers)(inner)

    return handle


def url_of(server):
    return f"https://localhost:{server.port}"


def test_a_certificate_that_the_agent_trusts_is_trusted(certificate):
    answer = http(b"{}")
    env = {"NODE_EXTRA_CA_CERTS": str(certificate / "cert")}
    server = Server(secure(certificate, answer))
    with server, Gateway(url_of(server), **env) as gateway:
        assert gateway.ask("/v1/messages") == answer


def test_another_certificate_is_a_connection_error(certificate):
    server = Server(secure(certificate, http(b"{}")))
    with server, Gateway(url_of(server)) as gateway:
        assert gateway.ask("/v1/messages") == b""
        (response,) = gateway.wait_for("llm/response")
    assert response.data["ended"] == "failed"
    assert "certificate" in response.data["error"]


class Tunnel:
    """A proxy that joins what CONNECT asks for; ``heads`` are the requests it got."""

    def __init__(self):
        self.heads = []

    def __call__(self, connection):
        head = read_request(connection)
        self.heads.append(head)
        port = int(head.split(b" ")[1].rsplit(b":", 1)[1])
        with socket.create_connection(("127.0.0.1", port)) as server:
            connection.sendall(b"HTTP/1.1 200 Established\r\n\r\n")
            back = threading.Thread(target=copy, args=(server, connection), daemon=True)
            back.start()
            copy(connection, server)
            back.join()


def copy(source, target):
    while data := source.recv(65536):
        target.sendall(data)
    target.shutdown(socket.SHUT_WR)


def test_the_users_proxy_is_used_and_gets_its_password(certificate, monkeypatch):
    tunnel, answer = Tunnel(), http(b"{}")
    # Loopback is never reached through a proxy, so the server has another name.
    name = socket.gethostname()
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"),
            *("-nodes", "-days", "2", "-subj", f"/CN={name}", "-keyout", certificate / "key"),
            *("-addext", f"subjectAltName=DNS:{name}", "-out", certificate / "cert"),
        ],
        check=True,
        capture_output=True,
    )
    with Server(secure(certificate, answer)) as server, Server(tunnel) as proxy:
        env = {
            "https_proxy": f"http://me:p%40ss@127.0.0.1:{proxy.port}",
            "no_proxy": "",
            "NO_PROXY": "",
            "NODE_EXTRA_CA_CERTS": str(certificate / "cert"),
        }
        with Gateway(f"https://{name}:{server.port}", **env) as gateway:
            assert gateway.ask("/v1/messages") == answer
            assert "127.0.0.1" in gateway.env["no_proxy"]
    (head,) = tunnel.heads
    assert head.startswith(f"CONNECT {name}:{server.port} HTTP/1.1\r\n".encode())
    assert b"Proxy-Authorization: Basic bWU6cEBzcw==\r\n" in head


@pytest.mark.parametrize(
    ("host", "is_used"),
    [("api.example", True), ("inner.example", False), ("a.corp", False), ("localhost", False)],
)
def test_which_servers_the_proxy_is_for(host, is_used):
    proxy = proxy_for(address_of(f"https://{host}/v1"), NAMED)
    assert (proxy is not None) == is_used
    if proxy:
        assert proxy[:2] == ("proxy.example", 3128)


@pytest.mark.parametrize("url", ["", "ftp://x", "http://", "localhost:80"])
def test_what_is_no_address(url):
    with pytest.raises(ValueError, match="address"):
        address_of(url)
