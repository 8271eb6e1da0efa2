"""The mark of a recording's runs in the log of an agent."""

from agentrec.agents.follow.run_mark import mark_in, with_marks

OURS = {"AGENTREC_SOCKET": "/run/agentrec/s1.sock", "AGENTREC_SESSION": "s1"}


def test_a_file_that_does_not_exist_beside_the_socket():
    env = with_marks(dict(OURS))
    assert env["OPENCODE_CONFIG"] == env["KILO_CONFIG"] == "/run/agentrec/agentrec-run-s1.json"
    assert mark_in(env, "KILO_CONFIG") == env["KILO_CONFIG"]


def test_what_the_user_has_chosen_stays():
    env = with_marks(OURS | {"OPENCODE_CONFIG": "/home/me/mine.json"}, ["opencode"])
    assert env["OPENCODE_CONFIG"] == "/home/me/mine.json"
    assert "KILO_CONFIG" not in env
    assert mark_in(env, "OPENCODE_CONFIG") == ""


def test_a_recording_inside_another_has_a_mark_of_its_own():
    outer = with_marks(dict(OURS))
    inner = with_marks(outer | {"AGENTREC_SESSION": "s2"})
    assert inner["OPENCODE_CONFIG"] == "/run/agentrec/agentrec-run-s2.json"


def test_no_mark_without_a_directory_that_is_the_users_alone():
    for env in ({}, {"AGENTREC_SESSION": "s1"}, {"AGENTREC_SOCKET": "", "AGENTREC_SESSION": "s1"}):
        assert with_marks(dict(env)) == env
