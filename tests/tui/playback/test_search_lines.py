"""What the player's search looks through."""

from agentrec.recording.reader import Recording
from agentrec.tui.playback.search_lines import search_lines
from tests.library.helpers import ended, make, shown


def test_what_was_said_done_and_shown(tmp_path):
    path = make(
        str(tmp_path / "a.ahr"),
        shown(1, "on screen\r\n"),
        (2, "agent", "message", {"role": "assistant", "text": "one\ntwo", "thinking": True}),
        (3, "tool", "call", {"name": "Bash", "input": {"command": "make"}}, {"span": "s"}),
        (4, "tool", "result", {"output": "no rule"}, {"span": "s"}),
        (5, "mark", "moment", {"label": "a mark", "source": "cli"}),
        ended(6),
    )
    with Recording.open(path) as recording:
        lines = [(t / 1e9, text) for t, text in search_lines(recording)]
    assert lines == [
        (2, "one"),
        (2, "two"),
        (3, "Bash"),
        (3, "make"),
        (4, "no rule"),
        (1, "on screen"),
    ]
