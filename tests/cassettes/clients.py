"""A client of a model server as somebody's own code has one, and cassettes made with it."""

from __future__ import annotations

import json
import os
import urllib.error
import urllib.request

from agentrec.cassettes.cassette_recorder import CassetteRecorder
from agentrec.cassettes.model_environment import changed_environment
from fixtures.modelserver import ModelServer


def ask(prompt, *, key="sk-ant-of-the-user-1234567890"):
    """What the model says."""
    url = os.environ["ANTHROPIC_BASE_URL"] + "/v1/messages"
    message = {"role": "user", "content": f"{prompt} [[scenario:hello]]"}
    body = {"model": "claude-sonnet-4-5", "max_tokens": 100, "messages": [message]}
    headers = {"content-type": "application/json", "x-api-key": key}
    request = urllib.request.Request(url, json.dumps(body).encode(), headers)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        return json.load(error)


def recorded(path, *prompts, cwd="/", keep=True):
    """Make a cassette with the answers to ``prompts``, and return them."""
    with ModelServer() as server:
        env = {**os.environ, "ANTHROPIC_BASE_URL": server.url}
        recorder = CassetteRecorder(str(path), "test", "a cassette", str(cwd), env)
        with changed_environment(recorder.variables):
            answers = [ask(prompt) for prompt in prompts]
        recorder.stop(keep=keep)
    return answers
