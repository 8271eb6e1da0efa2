"""The first difference, in words."""

import pytest

from agentrec.compare.alignment import align
from agentrec.compare.divergence import apart, first_divergence
from tests.compare.test_steps import called, returned, said, steps

BEFORE = [said(0, "I look."), called(1, "a"), returned(2, "a")]
AFTER = [said(8, "Done."), said(9, "Really.")]


def difference(left, right):
    a, b = steps(*BEFORE, *left, *AFTER), steps(*BEFORE, *right, *AFTER)
    return first_divergence(a, b, align([it.key for it in a], [it.key for it in b]))


def test_none():
    same = [called(3, "x", parent="m2"), returned(4, "x")]
    assert difference(same, same) is None
    assert first_divergence([], [], []) is None


@pytest.mark.parametrize(
    ("left", "right", "what", "words"),
    [
        (
            [said(3, "I try it.")],
            [said(3, "I test it.")],
            "answer",
            "the model says “I try it.” in A, “I test it.” in B",
        ),
        (
            [called(3, "x", "Read", "m2", file_path="a")],
            [called(3, "y", "Write", "m2", file_path="a")],
            "tool",
            "A calls Read: a, B calls Write: a",
        ),
        (
            [called(3, "x", "Edit", "m2", file_path="a", new="1")],
            [called(3, "y", "Edit", "m2", file_path="a", new="2")],
            "input",
            "Edit on a is called with another new: “1” in A, “2” in B",
        ),
        (
            [called(3, "x", parent="m2", command="t"), returned(4, "x", "ok")],
            [called(3, "y", parent="m2", command="t"), returned(4, "y", "no", exit_code=3)],
            "result",
            "Bash (t) returns ok in A, exit 3 in B",
        ),
        (
            [called(3, "x", parent="m2", command="t"), returned(4, "x", "12 files")],
            [called(3, "y", parent="m2", command="t"), returned(4, "y", "13 files")],
            "result",
            "Bash (t) returns “12 files” in A, “13 files” in B",
        ),
        (
            [called(3, "x", parent="m2"), called(3, "y", parent="m2")],
            [called(3, "y", parent="m2"), called(3, "x", parent="m2")],
            "order",
            "the same calls in another order: A begins with Bash: x, B with Bash: y",
        ),
        ([], [said(3, "Wait.")], "extra", "B does 1 step more here: the model says: Wait."),
        ([said(3, "Wait.")], [], "extra", "A does 1 step more here: the model says: Wait."),
        (
            [],
            [called(3, "z", parent="m2", command="a"), returned(4, "z")],
            "retry",
            "B does the same once more: Bash: a",
        ),
        (
            [(3, "sys", "command", {"text": "make", "exit": 0})],
            [(3, "sys", "command", {"text": "make", "exit": 2})],
            "result",
            "make ends with exit 0 in A, exit 2 in B",
        ),
        ([said(3, "x")], [called(3, "x", parent="m2")], "step", "A: the model says: x; B: Bash: x"),
    ],
)
def test_kinds(left, right, what, words):
    found = difference(left, right)
    assert (found.what, found.words) == (what, words)
    of_tool = what == "result" and words.startswith("Bash")
    assert found.after == ("Bash: t" if of_tool else "Bash (a) returned ok: done")
    assert (found.left if left else found.right).number == (5 if of_tool else 4)


def test_an_end():
    a, b = steps(*BEFORE), steps(*BEFORE, *AFTER)
    found = first_divergence(a, b, align([it.key for it in a], [it.key for it in b]))
    assert found.words == "A ends here, B goes on with 2 steps: the model says: Done."
    assert (found.left, found.right.number) == (None, 4)


def test_long_texts_are_shown_where_they_differ():
    start = "the same words again and again, " * 20
    first, second = apart(start + "left " + "x" * 500, start + "right")
    assert first.startswith("…the same words again and again, left xxx")
    assert len(first) <= 161
    assert second == "…the same words again and again, right"
    assert apart("a b", "a c") == ("a b", "a c")
