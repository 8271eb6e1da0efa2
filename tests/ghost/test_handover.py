"""What is added to an agent's requests once the real model has taken over."""

import pytest

from agentrec.gateway.dialects.known import APIS
from agentrec.ghost.handover import Handover

MORE = {
    "anthropic": {"role": "user", "content": [{"type": "text", "text": "new"}]},
    "chat": {"role": "user", "content": "new"},
    "responses": {"role": "user", "content": "new"},
    "gemini": {"role": "user", "parts": [{"text": "new"}]},
}


def user(api, text):
    return api.user_message(text)


@pytest.mark.parametrize("api", APIS.values(), ids=lambda it: it.name)
def test_the_message_keeps_its_place(api):
    first, second, third = (user(api, word) for word in ("one", "two", "three"))
    point = {api.messages: [first, second], "model": "m"}
    handover = Handover(api, point, [api.user_message("new")])
    new = MORE[api.name]
    assert handover.changed(point) == {api.messages: [first, second, new], "model": "m"}
    later = {api.messages: [first, second, third], "model": "n"}
    assert handover.changed(later) == {api.messages: [first, second, new, third], "model": "n"}


@pytest.mark.parametrize("api", APIS.values(), ids=lambda it: it.name)
def test_what_the_api_says_of_the_message(api):
    (said,) = api.said(api.user_message("new"))
    assert (said.kind, said.text) == ("user", "new")


def test_other_conversations_are_left_alone():
    api = APIS["chat"]
    handover = Handover(api, {"messages": [user(api, "one")]}, [user(api, "new")])
    for body in ({"messages": [user(api, "a title")]}, {"messages": []}, {"prompt": "x"}, {}):
        assert handover.changed(body) is None


def test_marks_for_the_cache_may_move():
    api = APIS["anthropic"]

    def message(**more):
        return {"role": "user", "content": [{"type": "text", "text": "one", **more}]}

    marked = message(cache_control={"type": "ephemeral"})
    handover = Handover(api, {"messages": [marked]}, [user(api, "new")])
    later = {"messages": [message(), user(api, "two")]}
    changed = handover.changed(later)
    assert changed == {"messages": [message(), user(api, "new"), user(api, "two")]}


def test_an_input_that_is_a_text():
    api = APIS["responses"]
    handover = Handover(api, {"input": "one"}, [user(api, "new")])
    assert handover.changed({"input": "one"}) == {"input": [user(api, "one"), user(api, "new")]}
