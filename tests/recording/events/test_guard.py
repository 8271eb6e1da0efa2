"""Findings as typed records."""

import pytest

from agentrec.recording.events import Event
from agentrec.recording.events.guard import GuardFinding
from agentrec.report.event_text import line
from agentrec.tui.draw.event_items import of_event


@pytest.mark.parametrize(
    ("level", "failed"), [("error", True), ("warning", True), ("note", None), ("", None)]
)
def test_what_is_worse_than_a_note_is_red_on_timelines(level, failed):
    data = {"rule": "secret", "level": level, "path": "a.py", "line": 3, "text": "a secret"}
    assert GuardFinding(data).failed is failed
    event = Event(0, 0, "guard", "finding", data)
    assert (of_event(event).role == "error") is bool(failed)
    assert str(line(event)).endswith("a.py:3: a secret")


def test_a_finding_about_a_whole_file_has_no_line():
    assert GuardFinding({"path": "a.py"}).place == "a.py"
    assert GuardFinding({"path": 7, "line": "x"}).place == ""
