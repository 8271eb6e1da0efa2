"""What a recording holds that was paused."""

import time

import pytest

from agentrec.capture.event_log import PAUSED
from agentrec.capture.pausing.pausable_sink import PausableSink
from agentrec.recording.reader import Recording
from agentrec.recording.writer import Writer
from agentrec.terminal.seek.timeline import Timeline

HEADER = {"cols": 20, "rows": 4, "id": "x"}


class Made:
    """A recording that can be paused; ``tell`` is what was told at its resumption."""

    def __init__(self, path):
        self.path, self.told = str(path), []
        self.writer = Writer(self.path, HEADER)
        self.writer.start()
        self.t = 0
        self.sink = PausableSink(
            self.writer, lambda: self.t, self.told.append, lambda: self.told.append("lost")
        )

    def output(self, data):
        self.t += 1000
        self.sink.output(self.t, data)

    def close(self):
        self.sink.end()
        self.writer.close()

    def screen(self):
        with Recording.open(self.path) as recording, Timeline(recording) as timeline:
            return timeline.screen_after(timeline.count).text().split()

    def data(self):
        with Recording.open(self.path) as recording:
            return [event.data for event in recording.events()]


@pytest.fixture
def made(tmp_path):
    return Made(tmp_path / "r.ahr")


def wait_for(condition):
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_output_is_left_out_and_the_screen_is_right_after_it(made):
    made.output(b"one\r\n")
    made.sink.pause()
    made.output(b"secret\r\x1b[K")
    made.sink.pipe(made.t, "stdout", b"shown\n", shown=True)
    made.sink.pipe(made.t, "stdin", b"typed secret", shown=False)
    made.sink.input(made.t, b"secret")
    assert made.sink.is_paused
    made.sink.resume()
    made.output(b"late\r\n")
    wait_for(lambda: made.sink.room == made.writer.room)
    made.output(b"later")
    made.close()
    assert made.screen() == ["one", "shown", "late", "later"]
    assert made.told == [16]
    assert not any(b"secret" in data for data in made.data() if isinstance(data, bytes))


def test_what_was_told_late_belongs_to_its_time(made):
    made.t = 5
    made.sink.pause()
    made.t = 10
    add = made.sink.event
    assert add(10, "tool", "call", {}) == PAUSED
    assert add(10, "tool", "result", {"at_ns": 4}) >= 0
    assert add(10, "mark", "note", {"text": "the user's"}) >= 0
    assert add(10, "agent", "conversation", {"messages": 1}) >= 0
    made.sink.encoded_events([(10, b'{"track":"step","kind":"start","data":{}}', "step/start")])
    made.sink.resume()
    made.t = 20
    assert add(20, "tool", "call", {"at_ns": 7}) == PAUSED
    assert add(20, "tool", "call", {}) >= 0
    made.close()
    assert len([data for data in made.data() if isinstance(data, dict)]) == 4


def test_no_event_quotes_what_was_said_in_a_pause(made):
    """Where a conversation is stored is recorded all the same, but not its last words."""
    told = {"session_id": "s", "transcript": "/t"}
    add = made.sink.event
    made.t = 5
    made.sink.pause()
    add(6, "agent", "session", {**told, "argv": ["a", "-p", "secret"], "system_prompt": "secret"})
    add(7, "agent", "message", {"role": "user", "text": "secret " * 1000})
    add(8, "tool", "result", {"output": "secret output"})
    add(9, "agent", "conversation", {**told, "query": "secret", "result": "secret", "messages": 1})
    made.t = 10
    made.sink.resume()
    quotes = {"query": ("secret " * 1000)[:2000], "result": "secret output"}
    add(20, "agent", "conversation", {**told, **quotes, "messages": 2})
    add(21, "agent", "conversation", {**told, **quotes, "result": "said later", "messages": 3})
    made.close()
    data = [one for one in made.data() if isinstance(one, dict) and one]
    assert data == [
        told,
        {**told, "messages": 1},
        {**told, "messages": 2},
        {**told, "messages": 3, "result": "said later"},
    ]


def test_the_end_comes_during_a_pause(made):
    made.output(b"one\r\n")
    made.sink.pause()
    made.output(b"secret")
    assert made.sink.event(9, "term", "exit", {"code": 0}) >= 0
    made.close()
    assert made.screen() == ["one"]
    assert made.told == []


def test_the_end_comes_right_after_it(made):
    made.output(b"one\r\n")
    made.sink.pause()
    made.output(b"two\r\n")
    made.sink.resume()
    made.output(b"three")
    made.close()
    assert made.screen() == ["one", "two", "three"]


def test_paused_again_before_the_screen_was_known(made):
    made.sink.pause()
    made.sink.resume()
    made.output(b"between")
    made.sink.pause()
    made.output(b"secret\r\x1b[K")
    made.sink.resume()
    made.close()
    assert made.told == [0, "lost", 10]
    assert not any(b"secret" in data for data in made.data() if isinstance(data, bytes))


def test_a_file_that_is_gone_leaves_the_screen_unknown(made, tmp_path):
    made.output(b"one\r\n")
    made.sink.pause()
    (tmp_path / "r.ahr").rename(tmp_path / "moved.ahr")
    made.output(b"two")
    assert made.sink.room > 0
    made.sink.resume()
    made.output(b"three")
    made.close()
    assert made.told == [3, "lost"]
    made.path = str(tmp_path / "moved.ahr")
    assert b"three" in made.data()


def test_the_child_waits_for_the_process_that_follows_the_screen(made):
    made.sink.pause()
    before = made.sink.room
    for _ in range(40):
        made.output(b"x" * (1 << 20))
        if made.sink.room <= 0:
            break
    assert made.sink.room < before
    wait_for(lambda: made.sink.room > before // 2)
    made.sink.resume()
    made.close()
    assert set("".join(made.screen())) == {"x"}
