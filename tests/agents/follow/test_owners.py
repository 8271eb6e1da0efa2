"""Which of several files a record belongs to."""

from agentrec.agents.follow.owners import Owners


def test_a_record_belongs_to_who_read_it_first():
    owners = Owners()
    assert owners.claim("record", "a")
    assert owners.claim("record", "a")
    assert not owners.claim("record", "b")
    assert owners.claim("other", "b")


def test_what_nobody_has_claimed_is_free():
    owners = Owners()
    assert owners.is_free("file")
    owners.claim("file", "a")
    assert not owners.is_free("file")


def test_what_was_left_belongs_to_who_goes_on_from_there():
    owners = Owners()
    owners.claim("file", "a")
    assert owners.left_at("file") == 0
    owners.leave("file", 100)
    assert owners.left_at("file") == 100
    assert owners.claim("file", "b")
    assert not owners.claim("file", "a")
