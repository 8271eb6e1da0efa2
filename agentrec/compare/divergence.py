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
    what, words = _words(left[at:], right[at:], pairs[at:])
    if what in ("extra", "retry"):
        again = at and a and b and _is_retry(left, right, at, pairs[at:])
        what = "retry" if again else "extra"
        words = f"{words}, again" if again else words
    return Divergence(what, words, left[at - 1].line if at else "", a, b)


def _words(left: Sequence[Step], right: Sequence[Step], pairs: Sequence[Pair]) -> tuple[str, str]:
    if not left or not right:
        return _ended(left, right)
    a, b = left[0], right[0]
    if _reordered(left, right):
        return "order", f"the same calls in another order: A begins with {a.line}, B with {b.line}"
    extra_left, extra_right = _extra(pairs)
    if extra_left and not extra_right:
        return "extra", f"A has {plural(extra_left, 'step')} more here: {a.line}"
    if extra_right and not extra_left:
        return "extra", f"B has {plural(extra_right, 'step')} more here: {b.line}"
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


def _extra(pairs: Sequence[Pair]) -> tuple[int, int]:
    """How many steps only A and only B has before they are equal again; (0, 0) if they never are."""
    apart = list(takewhile(lambda pair: None in pair, pairs))
    if len(apart) == len(pairs):
        return 1, 1
    only_left = sum(pair[0] is not None for pair in apart)
    return only_left, len(apart) - only_left


def _is_retry(left: Sequence[Step], right: Sequence[Step], at: int, pairs: Sequence[Pair]) -> bool:
    """Whether the extra step is a call that was made just before."""
    only_left, _ = _extra(pairs)
    side = left if only_left else right
    extra = side[at : at + max(_extra(pairs))]
    before = {step.key for step in side[max(0, at - 4) : at] if step.kind in (CALL, COMMAND)}
    return any(step.key in before for step in extra if step.kind in (CALL, COMMAND))


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
    lead = "…" if start else ""
    first, second = (lead + shorten(text[start:], _MAX_CHARS) for text in (a, b))
    return first, second


def _step_data(step: Step | None) -> JsonObject | None:
    if step is None:
        return None
    t = step.t / NS_PER_SECOND
    return {"step": step.number, "t": t, "kind": step.kind, "text": step.line}
