"""Calls of tools that only messages tell."""

from agentrec.intake.said_tools import SaidTools


def asked(*ids):
    blocks = [{"type": "tool_call", "id": id_, "name": "look", "arguments": 1} for id_ in ids]
    return [{"role": "assistant", "content": blocks}]


def answered(*ids):
    return [
        {"role": "tool", "content": [{"type": "tool_result", "id": id_, "content": 5}]}
        for id_ in ids
    ]


def test_each_call_and_each_result_once():
    tools = SaidTools()
    assert [call.id for call in tools.called(asked("a", "b"))] == ["a", "b"]
    assert list(tools.called(asked("a"))) == []
    assert [(call.id, content) for call, content in tools.returned(answered("b", "x"))] == [
        ("b", 5)
    ]
    assert [call.id for call, _ in tools.returned(answered("a", "b"))] == ["a"]
    assert list(tools.called(asked("a"))) == []


def test_calls_without_an_id_have_no_result():
    tools = SaidTools()
    first, second = tools.called(asked("", ""))
    assert first.key != second.key
    assert list(tools.returned(answered(""))) == []


def test_messages_of_text():
    tools = SaidTools()
    assert list(tools.called([{"role": "assistant", "content": "hi"}, {}])) == []
