"""An hour of an agent with needles in it: ``python -m scripts.needles FOLDER``.

Prints which needles `agentrec search`, the player, the page and an exported page find, and how large the
index became.
"""

from __future__ import annotations

import os
import random
import re
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from agentrec.library.filters import Filters
from agentrec.library.index.library_db import LibraryDb
from agentrec.library.index.update import update
from agentrec.library.search import SearchQuery, search
from agentrec.recording.events import Event
from agentrec.recording.reader import Recording
from agentrec.recording.rewrite import save
from agentrec.tui.playback.search_lines import search_lines
from agentrec.tui.playback.search_worker import pattern_of
from scripts.library import vocabulary
from tests.web_page.browser import chromium

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser, Page

NS = 1_000_000_000
HOUR_NS = 3600 * NS
TURNS = 360
COLS, ROWS = 120, 40
_TOKEN = "needles-needles-needles"
_PATIENCE_MS = 60_000
SHAPES = (
    "pomelo{:02}",
    "fig-{:02}-tart",
    "src/plum_{:02}.py",
    "QUINCE{:02}",
    "übel{:02}größe",
    "檸檬{:02}果",
)


class Needle(NamedTuple):
    """A text that occurs once, and where."""

    text: str
    place: str


class AgentHour:
    """Events of an hour: turns that repaint, run commands and talk; needles are spread over them."""

    def __init__(self, turns: int = TURNS) -> None:
        self.needles: list[Needle] = []
        self._turns = turns
        self._dice = random.Random(1)
        self._words = vocabulary()
        self._t = self._seq = 0
        self._places: tuple[Callable[[str], Iterator[Event]], ...] = (
            self._plain_output,
            self._scrolled_output,
            self._full_screen_frame,
            self._painted_over,
            self._counting_line,
            self._long_line,
            self._long_tool_output,
            self._long_tool_input,
            self._long_message,
            self._one_line_message,
            self._thinking,
            self._nested_tool_output,
        )

    def events(self) -> Iterator[Event]:
        """All events; ``needles`` is complete after the last one."""
        every = max(1, self._turns // (4 * len(self._places)))
        for turn in range(self._turns):
            self._t = max(self._t, HOUR_NS * turn // self._turns)
            yield from self._turn(turn)
            if turn % every == every // 2:
                number = turn // every
                place = self._places[number % len(self._places)]
                shape = SHAPES[(number + number // len(self._places)) % len(SHAPES)]
                needle = Needle(shape.format(number), place.__name__.strip("_").replace("_", " "))
                self.needles.append(needle)
                yield from place(needle.text)
        yield self._event("term", "exit", {"code": 0, "signal": None})

    def _turn(self, turn: int) -> Iterator[Event]:
        yield self._event("agent", "turn", {"n": turn + 1})
        said = self._text(4)
        yield from self._spin(said)
        yield self._message("assistant", said)
        yield from self._tool({"command": f"make part-{turn}"}, self._text(20))
        yield self._output(self._text(20) + "\n")

    def _spin(self, text: str) -> Iterator[Event]:
        """A box at the bottom that is painted again and again."""
        lines = [line[:110] for line in text.splitlines()]
        for frame in range(1, 40):
            shown = "\n".join(line[: len(line) * frame // 39] for line in lines)
            back = f"\x1b[{len(lines)}A\r\x1b[J" if frame < 39 else "\n"
            yield self._output(
                f"\x1b[?2026h{shown}\n\x1b[2m✻ Thinking… ({frame}s)\x1b[0m\x1b[?2026l{back}"
            )

    def _plain_output(self, needle: str) -> Iterator[Event]:
        yield self._output(f"result: {needle}\n")

    def _scrolled_output(self, needle: str) -> Iterator[Event]:
        yield self._output(f"{self._text(600)}\nresult: {needle}\n{self._text(600)}\n")

    def _full_screen_frame(self, needle: str) -> Iterator[Event]:
        yield self._output("\x1b[?1049h")
        for frame in range(30):
            middle = f"status {needle}" if frame == 15 else self._text(1)[:100]
            rows = [*self._text(10).splitlines(), middle, *self._text(10).splitlines()]
            yield self._output("\x1b[H" + "".join(f"\x1b[2K{row[:110]}\n" for row in rows))
        yield self._output("\x1b[?1049l")

    def _painted_over(self, needle: str) -> Iterator[Event]:
        yield self._output(f"downloading {needle}")
        yield self._output(f"\r\x1b[2K{self._text(1)[:80]}\n")

    def _counting_line(self, needle: str) -> Iterator[Event]:
        for number in range(20):
            text = needle if number == 10 else f"file{number:02}.py"
            yield self._output(
                f"\r\x1b[2Kreading the files of the project, one after another: {text}"
            )
        yield self._output("\n")

    def _long_line(self, needle: str) -> Iterator[Event]:
        yield self._output(f"{self._long()} {needle} {self._long()}\n")

    def _long_tool_output(self, needle: str) -> Iterator[Event]:
        output = f"{self._text(300)}\n{needle}\n{self._text(300)}"
        yield from self._tool({"command": "cat log"}, output)

    def _long_tool_input(self, needle: str) -> Iterator[Event]:
        content = f"{self._text(200)}\n{needle}\n{self._text(200)}"
        yield from self._tool({"path": "a.txt", "content": content}, "written")

    def _nested_tool_output(self, needle: str) -> Iterator[Event]:
        rows = [{"n": n, "name": f"row{n}"} for n in range(1500)]
        yield from self._tool({"q": "all"}, {"rows": [*rows, {"name": needle}, *rows[:5]]})

    def _long_message(self, needle: str) -> Iterator[Event]:
        yield self._message("assistant", f"{self._text(200)}\n{needle}\n{self._text(200)}")

    def _one_line_message(self, needle: str) -> Iterator[Event]:
        yield self._message("user", f"{self._long()} {needle} {self._long()}")

    def _thinking(self, needle: str) -> Iterator[Event]:
        yield self._message("assistant", f"perhaps {needle} is the cause", thinking=True)

    def _long(self) -> str:
        return " ".join(self._text(150).splitlines())

    def _text(self, lines: int) -> str:
        return "\n".join(self._dice.choice(self._words) for _ in range(lines))

    def _tool(self, given: dict[str, object], output: object) -> Iterator[Event]:
        span = f"call-{self._seq}"
        yield self._event("tool", "call", {"name": "Bash", "input": given, "id": span}, span=span)
        yield self._event("tool", "result", {"is_error": False, "output": output}, span=span)

    def _message(self, role: str, text: str, **more: bool) -> Event:
        return self._event("agent", "message", {"role": role, "text": text, **more})

    def _output(self, text: str) -> Event:
        self._t += 60_000_000
        return self._add("term", "output", text.replace("\n", "\r\n").encode())

    def _event(self, track: str, kind: str, data: object, **links: str) -> Event:
        self._t += 100_000_000
        return self._add(track, kind, data, **links)

    def _add(self, track: str, kind: str, data: object, **links: str) -> Event:
        self._seq += 1
        return Event(self._seq - 1, self._t, track, kind, data, **links)


def make(path: Path, turns: int = TURNS) -> list[Needle]:
    """Write the recording; return its needles."""
    hour = AgentHour(turns)
    header = {"id": path.stem, "created": "2026-03-04T05:06:07Z", "cols": COLS, "rows": ROWS}
    save(str(path), {**header, "command": ["agent"]}, hour.events(), overwrite=True)
    return hour.needles


def found_by_search(library: LibraryDb, folder: Path, needles: list[Needle]) -> set[Needle]:
    filters = Filters([str(folder)])
    return {it for it in needles if search(library, SearchQuery(it.text, filters)).hits}


def found_by_player(path: Path, needles: list[Needle]) -> set[Needle]:
    with Recording.open(str(path)) as recording:
        shown = "\n".join(text for _, text in search_lines(recording))
    return {it for it in needles if pattern_of(it.text).search(shown)}


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """`agentrec serve` for a folder: the address that lets a browser in."""
    command = [sys.executable, "-m", "agentrec", "serve", str(folder), "--token", _TOKEN]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            told = re.search(r"http://[^\s?]+", server.stdout.readline() if server.stdout else "")
            yield f"{told and told[0]}?token={_TOKEN}"
        finally:
            server.terminate()


def found_by_page(browser: Browser, folder: Path, needles: list[Needle]) -> set[Needle]:
    """What the page finds that `agentrec serve` shows: in all recordings, and in this one."""
    with served(folder) as address:
        page = browser.new_page()
        page.goto(address)
        everywhere = {it for it in needles if _asked(page, "Search all recordings", it)}
        page.get_by_label("Search all recordings").fill("")
        page.locator(".session a").first.click()
        return everywhere & _asked_of_player(page, needles)


def found_by_export(browser: Browser, path: Path, needles: list[Needle]) -> set[Needle]:
    """What the file finds that `agentrec convert` makes."""
    target = path.with_suffix(".html")
    command = ["convert", str(path), str(target), "--overwrite"]
    subprocess.run([sys.executable, "-m", "agentrec", *command], check=True, capture_output=True)
    page = browser.new_page()
    page.goto(target.as_uri())
    return _asked_of_player(page, needles)


def _asked_of_player(page: Page, needles: list[Needle]) -> set[Needle]:
    page.get_by_role("button", name="Search").first.click()
    return {it for it in needles if _asked(page, "Search this recording", it)}


def _asked(page: Page, label: str, needle: Needle) -> bool:
    page.get_by_label(label).fill(needle.text)
    answer = page.locator(".hits li, .found li", has_text=needle.text)
    nothing = page.get_by_text("no matches").or_(page.get_by_text("No matches."))
    answer.or_(nothing).first.wait_for(timeout=_PATIENCE_MS)
    return answer.count() > 0


def main(folder: str) -> None:
    out = Path(folder)
    out.mkdir(parents=True, exist_ok=True)
    path = out / "hour.ahr"
    needles = make(path)
    library = LibraryDb(str(out), rebuild=True)
    began = time.monotonic()
    update(library, [str(out)])
    took = time.monotonic() - began
    library.db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    size = os.path.getsize(library.path)
    began = time.monotonic()
    results = {"search": found_by_search(library, out, needles)}
    per_search = (time.monotonic() - began) / len(needles)
    results["player"] = found_by_player(path, needles)
    with chromium() as browser:
        results["page"] = found_by_page(browser, out, needles)
        results["export"] = found_by_export(browser, path, needles)
    for name, found in results.items():
        missing = [f"{it.text} ({it.place})" for it in needles if it not in found]
        print(f"{name}: {len(found)} of {len(needles)}", *missing, sep="\n  missing ")
    print(
        f"recording {path.stat().st_size / 1e6:.2f} MB, index {size / 1e6:.2f} MB in {took:.1f} s,"
        f" {per_search * 1000:.1f} ms a search"
    )


if __name__ == "__main__":
    main(sys.argv[1])
