"""Large outputs are read from the files beside the transcript, and from no others."""

import pytest

from agentrec.agents.claude.persisted_output import full_output

TEXT = """<persisted-output>
Output too large (97.7KB). Full output saved to: {}

Preview (first 2KB):
line 1
</persisted-output>"""


@pytest.fixture
def project(tmp_path):
    folder = tmp_path / "project" / "S" / "tool-results"
    folder.mkdir(parents=True)
    (folder / "t1.txt").write_text("all of it\n" * 10_000)
    return tmp_path / "project"


def test_the_file_is_read(project):
    output = TEXT.format(project / "S" / "tool-results" / "t1.txt")
    assert full_output(output, str(project / "S.jsonl")) == "all of it\n" * 10_000
    # A fork's outputs are its parent's.
    assert full_output(output, str(project / "other.jsonl")) == "all of it\n" * 10_000


def test_no_other_file_is_read(project, tmp_path):
    (tmp_path / "secret").write_text("secret")
    (project / "S" / "tool-results" / "link.txt").symlink_to(tmp_path / "secret")
    elsewhere = tmp_path / "tool-results"
    elsewhere.mkdir()
    (elsewhere / "x.txt").write_text("secret")
    for path in (
        tmp_path / "secret",
        project / "S" / "tool-results" / "link.txt",
        project / "S" / "tool-results" / "missing.txt",
        project / "S" / "tool-results" / ".." / ".." / ".." / "secret",
        elsewhere / "x.txt",
        "/etc/passwd",
    ):
        output = TEXT.format(path)
        assert full_output(output, str(project / "S.jsonl")) == output


def test_what_only_mentions_a_file_stays(project):
    output = f"Full output saved to: {project / 'S' / 'tool-results' / 't1.txt'}"
    assert full_output(output, str(project / "S.jsonl")) == output
