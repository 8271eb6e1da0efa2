"""A recorded command line taken apart."""

import pytest

from agentrec.agents.resume.cli_options import carried_options
from agentrec.agents.resume.launch import launch_of
from tests.agents.resume.helpers import OLD, go_on, point, write_transcript


@pytest.fixture
def transcript(tmp_path):
    return write_transcript(tmp_path)


def test_a_masked_value_is_left_out_and_said(transcript, tmp_path):
    argv = ["claude", "--append-system-prompt", "key ***", "--model", "opus"]
    found = go_on(point(transcript, argv=argv), tmp_path)
    assert "key ***" not in found.argv
    assert "opus" in found.argv
    assert any("--append-system-prompt is left out" in note for note in found.notes)


def test_options_without_their_value_do_no_harm():
    for words in (["--model"], ["-"], ["--"], ["", "-p"], ["--add-dir"]):
        assert isinstance(carried_options(words, launch_of("claude").grammar, OLD).words(), list)
