"""Where Claude Code keeps its transcripts."""

import pytest

from agentrec.agents.claude.companion import project_folder


@pytest.mark.parametrize(
    ("cwd", "folder"),
    [
        ("/a/b.c_d e", "-a-b-c-d-e"),
        ("/a/é😀", "-a----"),
        ("/" + "a" * 199, "-" + "a" * 199),
        (
            "/tmp/r/claude-long/" + "g" * 90 + "/" + "h" * 91,
            "-tmp-r-claude-long-" + "g" * 90 + "-" + "h" * 90 + "-bronz5",
        ),
        (
            "/tmp/r/claude-long/" + "g" * 90 + "/" + "h" * 92,
            "-tmp-r-claude-long-" + "g" * 90 + "-" + "h" * 90 + "-9oodgn",
        ),
    ],
)
def test_claude_names_the_folder_of_a_directory_as_seen(cwd, folder):
    assert project_folder(cwd) == folder
