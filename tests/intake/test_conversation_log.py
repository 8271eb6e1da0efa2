"""What is new in the messages of a call."""

from agentrec.intake.conversation_log import ConversationLog


def said(*pairs):
    return [{"role": role, "content": words} for role, words in pairs]


def texts(found):
    return [one["text"] for one in found]


def test_each_message_once():
    log = ConversationLog()
    first = said(("system", "s"), ("user", "a"))
    assert texts(log.sent(first)) == ["s", "a"]
    assert texts(log.answered(said(("assistant", "b")))) == ["b"]
    assert texts(log.sent([*first, *said(("ai", "b"), ("tool", "t"), ("human", "c"))])) == ["c"]


def test_the_same_words_again():
    log = ConversationLog()
    list(log.sent(said(("user", "go on"))))
    list(log.answered(said(("assistant", "x"))))
    again = said(("user", "go on"), ("assistant", "x"), ("user", "go on"))
    assert texts(log.sent(again)) == ["go on"]
    assert texts(log.sent(again)) == []


def test_a_conversation_that_was_shortened():
    log = ConversationLog()
    list(log.sent(said(("user", "a"), ("user", "b"))))
    assert texts(log.sent(said(("user", "summary of a"), ("user", "b"), ("user", "c")))) == [
        "summary of a",
        "c",
    ]


def test_thoughts_are_not_answers():
    blocks = [{"type": "reasoning", "text": "hm"}, {"type": "text", "text": "yes"}]
    found = list(ConversationLog().answered([{"role": "assistant", "content": blocks}]))
    assert found == [
        {"role": "assistant", "text": "hm", "thinking": True},
        {"role": "assistant", "text": "yes"},
    ]
