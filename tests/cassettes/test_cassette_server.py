"""A cassette as a model server."""

import os
import socket

import pytest

from agentrec.cassettes.cassette_server import CassetteServer
from agentrec.cassettes.model_environment import (
    NO_KEY,
    changed_environment,
    replay_variables,
)
from agentrec.errors import InputError, UsageError
from tests.cassettes.clients import ask, recorded
from tests.library.helpers import ended, make


@pytest.fixture(scope="module")
def cassette(tmp_path_factory):
    path = tmp_path_factory.mktemp("cassette") / "one.ahr"
    recorded(path, "first", "in /there/x", cwd="/there")
    return path


@pytest.fixture
def server(cassette):
    server = CassetteServer(str(cassette), "/here")
    server.start()
    with changed_environment(replay_variables(server.url, {})):
        yield server
    server.stop()


def test_it_answers_what_was_recorded(server):
    answer = ask("first", key=NO_KEY)
    assert answer["role"] == "assistant"
    assert len(server.recorded) == 2
    assert server.unused == server.recorded[1:]
    assert server.misses == []
    assert ask("first") == answer


def test_the_directory_of_now_is_that_of_then(server):
    assert ask("in /here/x")["role"] == "assistant"
    assert server.unused == server.recorded[:1]


def test_another_request_gets_an_error_that_says_why(server):
    answer = ask("third")
    assert answer["error"]["type"] == "invalid_request_error"
    ((before, now),) = server.misses
    assert before.endswith("first [[scenario:hello]]")
    assert now.endswith("third [[scenario:hello]]")
    assert before in answer["error"]["message"]


def test_any_base_url_is_right(server):
    """Some clients have another path before that of the API."""
    os.environ["ANTHROPIC_BASE_URL"] += "/some/proxy"
    assert ask("first")["role"] == "assistant"


def test_a_port_that_is_taken(cassette):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(UsageError, match=f"cannot listen on port {port}"):
            CassetteServer(str(cassette), "/here", port=port)


def test_a_recording_without_model_calls(tmp_path):
    path = make(str(tmp_path / "plain.ahr"), ended(1))
    with pytest.raises(InputError, match="has no model calls"):
        CassetteServer(path, "/here")
