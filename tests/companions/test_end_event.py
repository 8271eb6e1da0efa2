"""What wakes a companion that waits for descriptors."""

import select

from agentrec.companions.end_event import EndEvent


def test_it_is_readable_once_it_is_set():
    end, poll = EndEvent(), select.poll()
    poll.register(end.fileno(), select.POLLIN)
    assert not poll.poll(0)
    end.set()
    assert poll.poll(0)
    assert poll.poll(0)
    end.close()


def test_setting_it_after_the_end_touches_no_other_descriptor():
    end = EndEvent()
    end.close()
    end.close()
    end.set()
