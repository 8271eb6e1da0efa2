"""Answers of something that is no recorder, or one of another version."""

import socket
import threading

import pytest

from agentrec.cli.main import main

ANSWERS = [b"[1]", b"null", b"[" * 60_000, b"", b"{}", b'{"ok": true}', b'{"ok": true, "t": "x"}']
COMMANDS = ["pause", "resume", "discard --yes", "mark x", "note x", "snapshot x", "event sys x"]


@pytest.fixture
def answering(tmp_path):
    """A socket that answers what the list says, once each."""
    path, answers = str(tmp_path / "s"), []
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(path)
        server.listen()

        def serve():
            while True:
                client, _ = server.accept()
                with client:
                    if not client.recv(1000):
                        return
                    client.sendall(answers.pop() + b"\n")

        thread = threading.Thread(target=serve)
        thread.start()
        yield path, answers
        with socket.socket(socket.AF_UNIX) as last:
            last.connect(path)
        thread.join()


@pytest.mark.parametrize("command", COMMANDS)
def test_one_clear_line(answering, command, capsys):
    path, answers = answering
    for answer in ANSWERS:
        answers.append(answer)
        assert main([*command.split(), "--socket", path]) == 3
        (line,) = capsys.readouterr().err.splitlines()
        assert line.startswith("agentrec: the ")
