"""What the player keeps out of garbage collection."""

import gc
from types import SimpleNamespace

from agentrec.tui.garbage import keep_all


def test_what_is_there_when_a_recording_is_open_is_not_looked_through_again():
    try:
        keep_all(SimpleNamespace(is_headless=False))
        assert gc.get_freeze_count() > 1000
    finally:
        gc.unfreeze()


def test_a_player_in_another_process_leaves_its_garbage_alone():
    before = gc.get_freeze_count()
    keep_all(SimpleNamespace(is_headless=True))
    assert gc.get_freeze_count() == before
