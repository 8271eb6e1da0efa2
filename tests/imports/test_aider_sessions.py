"""aider's chat histories, as 0.86.2 writes them: sessions, times, tokens as printed, commits."""

from __future__ import annotations

import os
import re
import time

import pytest

from agentrec.agents.aider import chat_times, history
from agentrec.imports.aider_sessions import chat_histories, sections
from agentrec.imports.session_import import NEW, UNCHANGED, UPDATED, import_session
from agentrec.imports.stored_sessions import stored_sessions
from agentrec.recording.reader import Recording

COMMAND = "aider --model openai/gpt-4o --message Mend the sum."
CHAT = f"""
# aider chat started at 2026-01-31 10:00:00

> {COMMAND}
In area.py.
> Main model: openai/gpt-4o with diff edit format

#### Mend the sum.
#### In area.py.

It should multiply.

area.py
```python
    return a * b
```

> Tokens: 2.7k sent, 30 received. Cost: $0.0037 message, $0.0037 session.
> Applied edit to area.py
> Commit b13c11b fix: multiply
"""
LATER = """
# aider chat started at 2026-01-31 11:00:00

> Main model: anthropic/claude with diff edit format

#### Greet me.

Hello.\x0c\u2028Still one line.

> Tokens: 12k sent, 1.1k cache write, 3.0k cache hit, 950 received.
Cost: $0.12 message, $0.12 session.

#### And again.

Again.

> Tokens: 640 sent, 8 received.
"""
PROMPTS = """
# 2026-01-31 10:00:07.500000
+Mend the sum.
+In area.py.

# 2026-01-31 10:00:07.500040
+Mend the sum.
+In area.py.
"""
LATER_PROMPTS = """
# 2026-01-31 11:00:09.000000
+Greet me.
"""
ANSWERS = """TO LLM 2026-01-31T10:00:08
-------
SYSTEM Act as an expert.
USER Mend the sum.
LLM RESPONSE 2026-01-31T10:00:10
ASSISTANT It should multiply.
ASSISTANT
ASSISTANT area.py
ASSISTANT ```python
ASSISTANT     return a * b
ASSISTANT ```
"""


def as_written(text):
    """With the two blanks that aider writes at the end of lines."""
    return re.sub(r"(?m)^([#>] .*|#### .*)$", r"\1  ", text)


class Place:
    def __init__(self, folder):
        self.home = folder / "home"
        self.work = self.home / "src" / "shop"
        self.work.mkdir(parents=True)
        (self.work / ".git").mkdir()
        self.env = {"HOME": str(self.home), "XDG_DATA_HOME": str(folder / "data")}
        self.chat = self.work / ".aider.chat.history.md"

    def write(self, text, prompts=PROMPTS, answers=ANSWERS):
        with self.chat.open("ab") as file:
            file.write(text if isinstance(text, bytes) else as_written(text).encode())
        (self.work / chat_times.INPUT_HISTORY).write_text(prompts)
        (self.work / chat_times.MODEL_HISTORY).write_text(
            answers.replace("ASSISTANT\n", "ASSISTANT \n")
        )

    def run(self):
        found = sorted(stored_sessions("aider", self.env), key=lambda session: session.offset)
        return [import_session(one, self.env) for one in found]


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    monkeypatch.chdir(tmp_path)
    yield Place(tmp_path)
    monkeypatch.undo()
    time.tzset()


def events(path):
    with Recording.open(path) as recording:
        assert not recording.damage
        return recording.header, list(recording.events())


def said(found):
    return [
        (event.t / 1e9, event.data["role"], event.data["text"])
        for event in found
        if event.name == ("agent", "message")
    ]


def calls(found):
    return [
        (event.data["usage"]["input"], event.data["usage"]["output"], event.data["cost_usd"])
        for event in found
        if event.name == ("llm", "call")
    ]


def test_what_was_said_when_it_was_said(place):
    place.write(CHAT)
    (result,) = place.run()
    header, found = events(result.path)
    assert (header["created"], header["cwd"]) == ("2026-01-31T01:00:00.000000000Z", str(place.work))
    assert header["title"] == "Mend the sum. In area.py."
    assert said(found) == [
        (
            0.0,
            "system",
            f"{COMMAND}\nIn area.py.\nMain model: openai/gpt-4o with diff edit format",
        ),
        (7.5, "user", "Mend the sum.\nIn area.py."),
        (10.0, "assistant", "It should multiply.\n\narea.py\n```python\n    return a * b\n```"),
        (10.0, "system", "Applied edit to area.py\nCommit b13c11b fix: multiply"),
    ]
    assert calls(found) == [(2700, 30, 0.0037)]
    points = [event.data for event in found if event.kind == "conversation"]
    assert [point.get("commit") for point in points] == [None, "b13c11b"]


def test_a_file_holds_many_sessions_and_each_is_read_once(place):
    place.write(CHAT)
    (first,) = place.run()
    place.write(LATER, PROMPTS + LATER_PROMPTS)
    same, later = place.run()
    assert (same.state, same.path, later.state) == (UNCHANGED, first.path, NEW)
    _, found = events(later.path)
    assert [text for _, role, text in said(found) if role == "assistant"] == [
        "Hello.\x0c\u2028Still one line.",
        "Again.",
    ]
    assert calls(found) == [(12000, 950, 0.12), (640, 8, None)]
    with place.chat.open("a") as file:
        file.write("\n#### A third thing.  \n")
    assert [one.state for one in place.run()] == [UNCHANGED, UPDATED]
    assert [one.state for one in place.run()] == [UNCHANGED, UNCHANGED]


def test_odd_files_are_borne(place, monkeypatch):
    for module in (chat_times, history):
        monkeypatch.setattr(module, "LINE_LIMIT_BYTES", 2000)
    monkeypatch.setattr(history, "READ_LIMIT_BYTES", 100)
    place.write(
        b"no session\n\0\0\0\n" + as_written(CHAT).encode() + b"\n#### " + b"x" * 5000 + b"\n"
    )
    place.write(b"\n\0\0#### After \xff it.  \n\n# aider chat started at some time\n\n#### to")
    (result,) = place.run()
    _, found = events(result.path)
    assert [text for _, role, text in said(found) if role == "user"] == [
        "Mend the sum.\nIn area.py.",
        "After \ufffd it.",
    ]
    troubles = [event.data["text"] for event in found if event.kind == "trouble"]
    assert troubles == ["aider: lines that are too long"]


def test_only_files_of_ours_that_are_where_aider_works(place):
    for name in ("src/.hidden", "src/shop/inside", "a/b/c/d/far", "src/other"):
        (place.home / name).mkdir(parents=True)
        (place.home / name / ".aider.chat.history.md").write_text(CHAT)
    os.mkfifo(place.home / ".aider.chat.history.md")
    (place.home / "loop").symlink_to(place.home)
    place.write(CHAT)
    found = chat_histories(place.env, str(place.home / "src" / "shop" / "inside"))
    names = [os.path.relpath(os.path.dirname(path), place.home) for path in found]
    assert names == ["src/shop/inside", "src/shop", "src/other"]


def test_sessions_of_the_same_second_are_two(place):
    place.write(CHAT + CHAT)
    assert len({one.id for one in sections(str(place.chat))}) == 2
    assert [one.state for one in place.run()] == [NEW, NEW]


def test_a_history_without_a_session(place):
    place.write("# aider chat started at never\n\n#### Go.\n")
    assert place.run() == []
