"""Where two runs first differ, in words."""

from __future__ import annotations

from collections import Counter
from itertools import takewhile
from typing import TYPE_CHECKING, NamedTuple

from agentrec.compare.steps import ANSWER, CALL, COMMAND, PROMPT, RESULT, Step
from agentrec.json_values import JsonObject
from agentrec.report.event_text import short
from agentrec.text import plural, shorten
from agentrec.times import NS_PER_SECOND

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agentrec.compare.alignment import Pair

_MAX_CHARS = 160
_RETRY_STEPS = 4  # a call is a retry if it is the same as one in so many steps before
_WORD_CHARS = 20  # to go back to the start of a word
_BEFORE_CHARS = 30  # shown before the first character that differs


class Divergence(NamedTuple):
    """The first difference: ``what`` kind it is, in ``words``, after which step, and the step on each side.

    A side is None where its run has ended.
    """

    what: str
    words: str
    after: str
    left: Step | None
    right: Step | None

    def as_data(self) -> JsonObject:
        """As a JSON object; times in seconds."""
        sides = {"left": _step_data(self.left), "right": _step_data(self.right)}
        return {"what": self.what, "words": self.words, "after": self.after, **sides}


def first_divergence(
    left: Sequence[Step], right: Sequence[Step], pairs: Sequence[Pair]
) -> Divergence | None:
    """The first difference of two aligned runs; None if they have the same steps."""
    equal = list(takewhile(lambda pair: None not in pair, pairs))
    if len(equal) == len(pairs):
        return None
    at = len(equal)
    a = left[at] if at < len(left) else None
    b = right[at] if at < len(right) else None
    what, words = _extra(left, right, at, pairs) or _words(left[at:], right[at:])
    return Divergence(what, words, left[at - 1].line if at else "", a, b)


def _words(left: Sequence[Step], right: Sequence[Step]) -> tuple[str, str]:
    if not left or not right:
        return _ended(left, right)
    a, b = left[0], right[0]
    if _reordered(left, right):
        return "order", f"the same calls in another order: A begins with {a.line}, B with {b.line}"
    if a.kind != b.kind:
        return "step", f"A: {a.line}; B: {b.line}"
    return _DIFFERENT[a.kind](a, b)


def _ended(left: Sequence[Step], right: Sequence[Step]) -> tuple[str, str]:
    ended, longer, rest = ("A", "B", right) if right else ("B", "A", left)
    return (
        "end",
        f"{ended} ends here, {longer} goes on with {plural(len(rest), 'step')}: {rest[0].line}",
    )


def _reordered(left: Sequence[Step], right: Sequence[Step]) -> bool:
    """Whether the calls of one answer are the same in another order."""
    first, second = _calls_of_turn(left), _calls_of_turn(right)
    return len(first) > 1 and Counter(first) == Counter(second)


def _calls_of_turn(steps: Sequence[Step]) -> list[object]:
    turn = steps[0].turn
    calls = takewhile(lambda step: step.kind == CALL and step.turn == turn, steps)
    return [step.key for step in calls]


def _extra(
    left: Sequence[Step], right: Sequence[Step], at: int, pairs: Sequence[Pair]
) -> tuple[str, str] | None:
    """What only one side does before both go on alike; None if that is not the difference."""
    if at < len(left) and at < len(right) and _reordered(left[at:], right[at:]):
        return None
    rest = pairs[at:]
    between = list(takewhile(lambda pair: None in pair, rest))
    sides = {pair[0] is None for pair in between}
    if len(between) == len(rest) or len(sides) > 1:
        return None
    who, steps = ("B", right) if sides == {True} else ("A", left)
    steps, before = steps[at : at + len(between)], steps[max(0, at - _RETRY_STEPS) : at]
    done = {step.key for step in before if step.kind in (CALL, COMMAND)}
    again = next((step for step in steps if step.key in done), None)
    if again:
        return "retry", f"{who} does the same once more: {again.line}"
    return "extra", f"{who} does {plural(len(steps), 'step')} more here: {steps[0].line}"


def _said(a: Step, b: Step) -> tuple[str, str]:
    who = "the user says" if a.kind == PROMPT else "the model says"
    first, second = apart(a.text, b.text)
    return a.kind, f"{who} “{first}” in A, “{second}” in B"


def _called(a: Step, b: Step) -> tuple[str, str]:
    if a.name != b.name:
        return "tool", f"A calls {a.line}, B calls {b.line}"
    name, first, second = _input_difference(a.value, b.value)
    about = f" on {shorten(a.text, 80)}" if a.text == b.text else ""
    return (
        "input",
        f"{a.name}{about} is called with another {name}: “{first}” in A, “{second}” in B",
    )


def _input_difference(a: object, b: object) -> tuple[str, str, str]:
    """The first argument that differs, and its end on both sides."""
    if isinstance(a, dict) and isinstance(b, dict):
        for name in sorted(a.keys() | b.keys()):
            if a.get(name) != b.get(name):
                return name, *apart(_as_text(a.get(name)), _as_text(b.get(name)))
    return "input", *apart(_as_text(a), _as_text(b))


def _as_text(value: object) -> str:
    return value if isinstance(value, str) else short(value)


def _returned(a: Step, b: Step) -> tuple[str, str]:
    call = f"{a.name} ({shorten(a.about, 80)})" if a.about else a.name
    if (a.exit, a.failed) != (b.exit, b.failed):
        return "result", f"{call} returns {a.how} in A, {b.how} in B"
    first, second = apart(a.text, b.text)
    return "result", f"{call} returns “{first}” in A, “{second}” in B"


def _ran(a: Step, b: Step) -> tuple[str, str]:
    if a.text == b.text:
        return "result", f"{shorten(a.text, 80)} ends with {a.how} in A, {b.how} in B"
    return "command", f"A runs {shorten(a.text, 80)}, B runs {shorten(b.text, 80)}"


_DIFFERENT = {PROMPT: _said, ANSWER: _said, CALL: _called, RESULT: _returned, COMMAND: _ran}


def apart(a: str, b: str) -> tuple[str, str]:
    """The parts of two texts around the first character that differs."""
    equal = takewhile(lambda pair: pair[0] == pair[1], zip(a, b, strict=False))
    at = sum(1 for _ in equal)
    start = max(0, at - _BEFORE_CHARS) if at > _BEFORE_CHARS + 10 else 0
    start = a.rfind(" ", max(0, start - _WORD_CHARS), start) + 1 or start
    lead = "…" if start else ""
    first, second = (lead + shorten(text[start:], _MAX_CHARS) for text in (a, b))
    return first, second


def _step_data(step: Step | None) -> JsonObject | None:
    if step is None:
        return None
    t = step.t / NS_PER_SECOND
    return {"step": step.number, "t": t, "kind": step.kind, "text": step.line}
