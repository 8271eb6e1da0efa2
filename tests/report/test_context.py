"""What a model is told of a run: every kind of run, within any number of tokens."""

from __future__ import annotations

import pytest

from agentrec.recording.reader import Recording
from agentrec.report.context import CHARS_PER_TOKEN, INTRODUCTION, MIN_TOKENS, context
from tests.library.helpers import ended, make, shown

ERROR = {"type": "RuntimeError", "message": "the disk is full", "traceback": "Traceback, line 7"}
RUN = (0, "step", "run", {"name": "research"})
STEP = (2, "step", "end", {"n": 0, "node": "plan", "duration_ms": 4})
FAILED = (3, "step", "end", {"n": 1, "node": "answer", "error": ERROR})


def asked(seconds, text):
    return (seconds, "agent", "message", {"role": "user", "text": text}, {"actor": "user"})


def told(path, *events, tokens=2000, **header):
    with Recording.open(make(path, *events, **header)) as recording:
        text = context(recording, tokens)
    introduction, *lines = text.split("\n")
    assert introduction == INTRODUCTION
    return lines


@pytest.mark.parametrize(
    ("events", "end"),
    [
        ([ended(1)], "1.0 s, exit 0"),
        ([ended(1, code=None, signal=9)], "1.0 s, killed by SIGKILL"),
        ([ended(1, code=None)], "1.0 s, no exit status"),
        ([RUN, STEP, (3, "step", "done", {"steps": 1})], "3.0 s, ended"),
        ([RUN, FAILED, (4, "step", "done", {"steps": 2, "error": ERROR})], "4.0 s, failed"),
        ([RUN, FAILED, (4, "step", "done", {"error": ERROR}), ended(5, code=1)], "5.0 s, exit 1"),
        ([asked(1, "an import")], "1.0 s, no exit status"),
    ],
    ids=["exit", "signal", "unknown", "run", "failed run", "run in a program", "import"],
)
def test_the_end(tmp_path, events, end):
    run = told(tmp_path / "a.ahr", *events, cwd="/home/ada/shop")[0]
    assert run == f"run a in /home/ada/shop: {end}"


def test_one_that_was_cut_off(tmp_path):
    path = make(tmp_path / "a.ahr", shown(1, "x"))
    data = (tmp_path / "a.ahr").read_bytes()
    (tmp_path / "a.ahr").write_bytes(data[: len(data) // 2])
    with Recording.open(path) as recording:
        assert "cut off before its end" in context(recording, 500)


@pytest.mark.parametrize(
    ("events", "header", "line"),
    [
        ([asked(1, "Do it.")], {"title": "a title"}, "task: Do it."),
        ([STEP], {"title": "research"}, "title: research"),
        ([ended(1)], {"command": ["sh", "-c", "a b"]}, "command: sh -c 'a b'"),
        ([ended(1)], {"command": []}, "task: not recorded"),
        ([ended(1)], {"command": "odd"}, "task: not recorded"),
    ],
)
def test_what_it_was_about(tmp_path, events, header, line):
    assert told(tmp_path / "a.ahr", *events, **header)[1] == line


def test_a_header_that_says_nothing(tmp_path):
    assert told(tmp_path / "a.ahr", ended(1), id="")[0] == "run: 1.0 s, exit 0"


def test_steps_and_failures(tmp_path):
    failed = (2, "tool", "result", {"is_error": True, "error": ERROR})
    ok = (2, "tool", "result", {"is_error": False, "output": "fine"})
    stopped = (5, "guard", "limit", {"text": "cost is $2, limit is $1"})
    unreached = (5, "agent", "lifecycle", {"state": "error", "text": "HTTP 529"})
    ran = (6, "sys", "command", {"text": "make", "exit": 2})
    done = (7, "step", "done", {"steps": 2, "error": ERROR})
    events = [RUN, ok, failed, STEP, FAILED, stopped, unreached, ran, done]
    assert told(tmp_path / "a.ahr", *sorted(events, key=lambda it: it[0]))[2:] == [
        "0:02 failed: RuntimeError: the disk is full",
        "0:02 step 0, 4 ms: plan",
        "0:03 step 1, failed: answer, RuntimeError: the disk is full",
        "0:05 limit reached: cost is $2, limit is $1",
        "0:05 error: HTTP 529",
        "0:06 exit 2: make",
    ]


def test_an_error_of_the_run_that_no_step_had(tmp_path):
    done = (4, "step", "done", {"steps": 1, "error": ERROR})
    assert told(tmp_path / "a.ahr", RUN, STEP, done)[-1] == (
        "0:04 run ended, 1 step: RuntimeError: the disk is full"
    )


def test_what_was_added_later_is_where_it_happened(tmp_path):
    late = (9, "mark", "note", {"text": "look here", "at_ns": 2_000_000_000})
    lines = told(tmp_path / "a.ahr", asked(1, "Do it."), STEP, FAILED, late)
    assert lines[-3:] == [
        "0:02 step 0, 4 ms: plan",
        "0:02 look here",
        "0:03 step 1, failed: answer, RuntimeError: the disk is full",
    ]


@pytest.mark.parametrize("tokens", [MIN_TOKENS, 150, 1000])
def test_it_keeps_to_the_number_of_tokens(tmp_path, tokens):
    odd = "\x1b]0;x\x07\u202e " * 3000
    said = [asked(n, f"{odd}{n} {'words ' * n}") for n in range(200)]
    lines = told(
        tmp_path / "a.ahr", *said, tokens=tokens, id="i" * 9000, cwd=f"/{odd}", command=[odd]
    )
    text = "\n".join([INTRODUCTION, *lines])
    assert len(text) <= tokens * CHARS_PER_TOKEN
    assert "earlier events left out" in lines[2]
    assert lines[-1].startswith("3:19 user: ")  # something fits, however few there may be
    assert text.replace("\n", "").isprintable()
