"""Recordings that somebody hostile has made, and files that change while they are served: every answer is
JSON that browsers read, and none is a defect."""

import json
import os
import random

import pytest

from agentrec.recording.format import codec
from agentrec.recording.format.header import dump_json
from agentrec.web.openapi import document
from tests.library.helpers import ended, make, shown
from tests.web.serving import API, Serving

NUMBERS = {b'"INFINITE"': b"1e999", b'"ENORMOUS"': b"9" * 4000}  # no program of ours writes them
NAMES = [
    *(("agent", "session"), ("agent", "message"), ("agent", "lifecycle"), ("llm", "call")),
    *(("tool", "call"), ("tool", "result"), ("sys", "command"), ("sys", "process")),
    *(("sys", "file"), ("fs", "snapshot"), ("mark", "moment"), ("mark", "note"), ("term", "exit")),
]
FIELDS = [
    *(
        "agent",
        "model",
        "role",
        "text",
        "name",
        "input",
        "output",
        "id",
        "usage",
        "cost_usd",
        "label",
    ),
    *("duration_ms", "is_error", "exit_code", "exit", "code", "signal", "at_ns", "status", "state"),
    *("command", "argv", "paths", "files", "changed", "commit", "store", "workspace", "reason"),
]
VALUES = [
    *("INFINITE", "ENORMOUS", 10**30, -1, 1e308, True, None, "", [], {}, ["x"], {"a": ["b"]}),
    *({"input": "ENORMOUS", "output": -5}, {"input": [1]}, "\ud800", "\0", "<!--<script>", "../.."),
]
HEADER = ["title", "command", "cwd", "created", "parent", "env", "agent", "host"]


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    """A folder of recordings whose fields are of any type."""
    folder = tmp_path_factory.mktemp("hostile")

    def dump(value):
        raw = dump_json(value)
        for word, number in NUMBERS.items():
            raw = raw.replace(word, number)
        return raw

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(codec, "dump_json", dump)
        for number in range(12):
            dice = random.Random(number)

            def any_values(names, dice=dice):
                return {name: dice.choice(VALUES) for name in names if dice.random() < 0.6}

            told = [(n / 10, *name, any_values(FIELDS)) for n, name in enumerate(NAMES * 4)]
            header = any_values(HEADER)
            make(str(folder / f"{number}.ahr"), shown(0, "x"), *told, id=f"h{number}", **header)
    return folder


def test_every_answer_is_json_and_none_a_defect(hostile):
    with Serving(hostile) as server:
        lists = ["/sessions", "/cost", "/stats", "/branches", "/search?q=x", "/replay/search"]
        for path in lists:
            assert _read(server.get(path)) is not None, path
        paths = [
            path.removeprefix(API)
            for path, methods in document()["paths"].items()
            if "get" in methods and "{id}" in path and "/live" not in path
        ]
        for number in range(12):
            for template in [*paths, "/sessions/{id}/events?line=true"]:
                path = template.format(id=f"h{number}", sid="first", path="area.py")
                answer = server.get(path)
                assert answer.status < 500, (path, answer.body)
                _read(answer)
            body = {"fromTs": 1, "injectedMessage": "x"}
            assert server.post(f"/sessions/h{number}/session-branch", body).status < 500


def _read(answer):
    """The JSON of an answer, read as strictly as browsers do."""

    def refuse(name):
        raise AssertionError(f"{name} is no JSON")

    if answer.headers["content-type"].endswith("json"):
        return json.loads(answer.body, parse_constant=refuse)
    return None


def _pipe(path):
    os.unlink(path)
    os.mkfifo(path)


def _folder(path):
    os.unlink(path)
    os.mkdir(path)


def _other(path):
    """A link to what is no recording, and nobody's business."""
    with open(f"{path}.private", "w") as file:
        file.write("private key " * 1000)
    os.unlink(path)
    os.symlink(f"{path}.private", path)


@pytest.mark.parametrize("change", [os.unlink, _pipe, _folder, _other])
@pytest.mark.parametrize("known", [False, True])
def test_a_file_that_becomes_something_else(tmp_path, change, known):
    rests = ["", "/timeline", "/events", "/screen", "/summary", "/live", "/recording"]
    rests += ["/recording?format=cast", "/recording?format=txt&redact=true"]
    for number in range(len(rests)):
        make(str(tmp_path / f"{number}.ahr"), shown(0, "x"), ended(1), id=f"n{number}")
    with Serving(tmp_path) as server:
        assert server.get("/sessions").json["total"] == len(rests)
        for number, rest in enumerate(rests):
            if known:
                assert server.get(f"/sessions/n{number}/events").status == 200
            change(tmp_path / f"{number}.ahr")
            answer = server.get(f"/sessions/n{number}{rest}")
            assert answer.status in (404, 422), rest
            assert b"private key" not in answer.body
