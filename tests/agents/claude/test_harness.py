"""What Claude Code itself puts into a transcript is not the user's words."""

import pytest

from agentrec.agents.claude.harness import api_error
from tests.agents.claude.records import answer, user
from tests.agents.claude.test_transcript import events_of


@pytest.mark.parametrize(
    ("text", "more"),
    [
        ("<command-name>/clear</command-name>\n<command-message>clear</command-message>", {}),
        ("<command-message>compact</command-message>\n<command-name>/compact</command-name>", {}),
        ("<local-command-stdout>Compacted</local-command-stdout>", {}),
        ("<task-notification>\n<task-id>b1</task-id>", {}),
        ("The build has ended", {"origin": {"kind": "task-notification"}}),
        ("Caveat", {"isMeta": True}),
    ],
)
def test_commands_and_notifications_are_not_the_users_words(text, more):
    events = events_of(user("1", text, **more), user("2", "hello", origin={"kind": "human"}))
    roles = [(e.data["role"], e.data["text"]) for e in events if e.kind == "message"]
    assert roles == [("system", text), ("user", "hello")]


def test_a_change_of_mode_is_on_the_timeline():
    mode = [{"type": "permission-mode", "permissionMode": name} for name in ("default", "plan")]
    events = events_of(mode[0], user("1"), mode[0], mode[1], mode[1], answer("2", "m", (1, 2)))
    changes = [e.data for e in events if e.kind == "lifecycle" and e.data["state"] == "mode"]
    assert changes == [{"state": "mode", "text": "plan"}]


@pytest.mark.parametrize(
    ("error", "words"),
    [
        ("overloaded", "overloaded"),
        ({"status": 529, "error": {"error": {"message": "Overloaded"}}}, "HTTP 529: Overloaded"),
        ({"cause": {"code": "ECONNREFUSED"}}, "ECONNREFUSED"),
        ({"message": "429 too many"}, "429 too many"),
        ({"status": 500}, "HTTP 500"),
        (None, "the API failed"),
        ([1], "the API failed"),
    ],
)
def test_a_failure_of_the_api_in_words(error, words):
    assert api_error(error) == words
