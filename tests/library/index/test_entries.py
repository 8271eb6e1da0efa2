"""Events in, entries out."""

import pytest

from agentrec.library.index import entries as module
from agentrec.library.index.entries import ENTRY_CHARS, EntryBuilder
from agentrec.recording.events.decode import decode
from tests.library.helpers import events


def entries(*told):
    found = EntryBuilder()
    for event in events(*told):
        found.feed(event, decode(event))
    return found


def rows(*told):
    return [(it.t / 1e9, it.kind, it.text) for it in entries(*told).items()]


@pytest.mark.parametrize(
    ("track", "kind", "data", "expected"),
    [
        ("agent", "message", {"role": "user", "text": "do it"}, ("message", "do it")),
        (
            "agent",
            "message",
            {"role": "assistant", "text": "hm", "thinking": True},
            ("thinking", "hm"),
        ),
        ("agent", "message", {"role": "user", "text": " "}, None),
        ("agent", "message", {"role": "user", "text": 5}, None),
        ("agent", "lifecycle", {"state": "error", "text": "overloaded"}, ("error", "overloaded")),
        ("agent", "lifecycle", {"state": "idle"}, None),
        ("agent", "turn", {"n": 1}, None),
        ("llm", "call", {"model": "m"}, None),
        ("mark", "note", {"text": "odd"}, ("note", "odd")),
        ("mark", "moment", {"label": "here", "source": "cli"}, ("moment", "here")),
        ("mark", "moment", {"label": "Bash: x", "source": "auto", "rule": "tool"}, None),
        (
            "mark",
            "moment",
            {"label": "3 passed", "source": "auto", "rule": "pytest"},
            ("moment", "3 passed"),
        ),
        ("fs", "snapshot", {"id": "s1", "label": "before"}, ("snapshot", "before")),
        ("sys", "command", {"text": "make all", "exit": 2}, ("command", "make all")),
        ("sys", "process", {"argv": ["cc"]}, None),
        ("guard", "redacted", {"rule": "r"}, None),
        ("sys", "deploy", {"target": "stage"}, ("event", "sys/deploy\nstage")),
        ("own", "thing", {"a": 1, "b": [2]}, ("event", "own/thing\na: 1\nb: 2")),
        ("term", "exit", {"code": 0}, None),
    ],
)
def test_an_event_on_its_own(track, kind, data, expected):
    found = rows((3, track, kind, data))
    assert found == ([(3, *expected)] if expected else [])


def test_a_call_and_its_result_are_one():
    (entry,) = entries(
        (1, "tool", "call", {"name": "Bash", "input": {"command": "make"}}, {"span": "s"}),
        (2, "mark", "note", {"text": ""}),
        (
            4,
            "tool",
            "result",
            {"is_error": True, "exit_code": 2, "output": "no\nrule"},
            {"span": "s"},
        ),
    ).items()
    assert (entry.t, entry.kind, entry.tool) == (1_000_000_000, "tool", "Bash")
    assert entry.text == "Bash\nmake\nno\nrule"
    assert entry.offsets == [0, 0, 3000, 3000]
    assert (entry.exit, entry.failed) == (2, True)


def test_a_call_without_a_result_and_a_result_without_a_call():
    found = entries(
        (1, "tool", "result", {"output": "late", "is_error": False}, {"span": "x"}),
        (2, "tool", "call", {"name": "Read", "input": "f"}, {"span": "y"}),
    ).items()
    assert [(it.text, it.failed, it.exit) for it in found] == [
        ("late", False, None),
        ("Read\nf", None, None),
    ]


def test_a_span_that_is_used_twice_loses_nothing():
    told = [
        (at, "tool", "call", {"name": "Bash", "input": text}, {"span": "s"})
        for at, text in enumerate(["one", "two"])
    ]
    found = rows(*told, (5, "tool", "result", {"output": "done"}, {"span": "s"}))
    assert [text for *_, text in found] == ["Bash\none\ndone", "Bash\ntwo"]


def test_a_command_stands_where_it_began():
    data = {"text": "sleep 5", "exit": 0, "at_ns": 2_000_000_000}
    assert rows((7, "sys", "command", data)) == [(2, "command", "sleep 5")]


def test_a_moment_added_later_stands_where_it_marks():
    data = {"label": "there", "source": "player", "at_ns": 1_000_000_000}
    assert rows((9, "mark", "moment", data)) == [(1, "moment", "there")]


@pytest.mark.parametrize(
    ("data", "code", "failed"),
    [
        ({"exit": 0}, 0, False),
        ({"exit": 3}, 3, True),
        ({"exit": None}, None, None),
        ({"exit": "odd"}, None, None),
        ({"exit": 1 << 40}, None, None),
    ],
)
def test_how_a_command_ended(data, code, failed):
    (entry,) = entries((1, "sys", "command", {"text": "x", **data})).items()
    assert (entry.exit, entry.failed) == (code, failed)


def test_long_texts_are_several_entries():
    text = "\n".join(f"line{at}" for at in range(5000))
    told = [
        (1, "agent", "message", {"role": "user", "text": text}),
        (2, "tool", "call", {"name": "Bash", "input": {"a": text}}, {"span": "s"}),
        (3, "tool", "result", {"is_error": True, "output": text}, {"span": "s"}),
    ]
    items = entries(*told).items()
    assert max(len(it.text) for it in items) <= ENTRY_CHARS
    for kind, t, count in (("message", 1, 5000), ("tool", 2, 5001), ("tool", 3, 5000)):
        of_kind = [it for it in items if (it.kind, it.t) == (kind, t * 1_000_000_000)]
        assert sum(len(it.text.split("\n")) for it in of_kind) == count
    assert {(it.tool, it.failed) for it in items if it.kind == "tool"} == {("Bash", True)}


def test_a_flood_keeps_its_beginning_and_its_end(monkeypatch):
    monkeypatch.setattr(module, "HEAD_CHARS", 300_000)
    monkeypatch.setattr(module, "TAIL_CHARS", 100_000)
    told = [(at, "mark", "note", {"text": f"{at:06} " * 100}) for at in range(3000)]
    found = entries(*told)
    texts = [it.text[:6] for it in found.items()]
    assert texts[0] == "000000"
    assert texts[-1] == "002999"
    assert sum(len(it.text) for it in found.items()) < 400_000 + 2000
    assert found.left_out > 1_000_000


def test_calls_that_never_return_are_bounded():
    told = [(at, "tool", "call", {"name": "x"}, {"span": f"s{at}"}) for at in range(3000)]
    assert len(entries(*told).items()) == 3000
