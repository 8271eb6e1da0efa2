"""Which agent is resumed, with what; and points of strange recordings."""

import os
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agentrec.errors import UsageError
from tests.agents.resume.helpers import go_on, point, write_transcript

FIELDS = ["argv", "home", "cwd", "started_in", "workspace", "prompts", "result", "offset"]
FIELDS += ["last", "role", "agent", "transcript", "missed", "session_id"]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=6,
)


@pytest.fixture
def transcript(tmp_path):
    return write_transcript(tmp_path)


def test_more_arguments_come_after_those_of_the_recording(transcript, tmp_path):
    found = go_on(point(transcript), tmp_path, extra=["--model", "haiku"])
    assert found.argv.index("haiku") > found.argv.index("opus")


def test_without_a_terminal_there_has_to_be_a_message(transcript, tmp_path):
    with pytest.raises(UsageError, match="without a message"):
        go_on(point(transcript), tmp_path, " ")


def test_an_agent_that_nobody_knows_is_refused(transcript, tmp_path):
    with pytest.raises(UsageError, match="cannot give nobody a message"):
        go_on(point(transcript), tmp_path, agent="nobody")


def test_the_recorded_agent_may_be_named_by_its_program_or_its_actor(transcript, tmp_path):
    for agent in ("claude", "claude-code", "/usr/bin/claude"):
        found = go_on(point(transcript), tmp_path, agent=agent)
        assert found.method == "trimmed-transcript"


def test_tools_that_the_conversation_does_not_know_of_are_told(transcript, tmp_path):
    found = go_on(point(transcript, missed=2), tmp_path)
    assert any("2 tools" in note for note in found.notes)


@given(strange=st.dictionaries(st.sampled_from(FIELDS), JSON))
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_point_of_a_strange_recording_is_one_clear_line_or_a_plan(strange, transcript, tmp_path):
    for program in ("claude", "codex", "pi", "qwen", "gemini"):
        here = point(transcript, agent=program, argv=[program]) | strange
        with suppress(UsageError):  # how to start "whatever" is not known
            found = go_on(here, tmp_path)
            assert all(os.fsencode(word).find(b"\0") < 0 for word in found.argv)
