"""How soon the page shows a large recording, and how three browsers play one at once, one of them slowly."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from agentrec.recording.reader import Recording
from scripts.bench_parts import streams
from scripts.bench_parts.bench import AGENTREC, ROOT, Bench
from scripts.bench_parts.figures import Row, median

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext

FIRST = 1000.0  # ms from opening the address to the first text of the recorded screen
WAITING = 5.0  # % of the time that a page with a fast line may wait for pictures
TOKEN = "only-for-this-benchmark"
SLOW = {"latency": 400, "downloadThroughput": 50_000, "uploadThroughput": 50_000, "offline": False}
# When the first row with text was drawn, in ms since the page began to load.
FIRST_TEXT = """() => new Promise((done) => {
  const look = () => [...document.querySelectorAll(".line")].some((line) => line.textContent.trim())
    ? done(performance.now()) : requestAnimationFrame(look);
  look();
})"""
# What happens from now on: pictures drawn, and for how long the page says that it waits.
WATCH = """(ms) => new Promise((done) => {
  let [drawn, waited, said, last] = [0, 0, "", performance.now()];
  const end = last + ms;
  new MutationObserver(() => (drawn += 1)).observe(
    document.querySelector(".screen"), {subtree: true, childList: true, characterData: true});
  const look = (now) => {
    const waiting = document.querySelector(".waiting");
    if (waiting) [waited, said] = [waited + now - last, waiting.textContent];
    last = now;
    if (now < end) requestAnimationFrame(look);
    else done({drawn: drawn * 1000 / ms, waited: waited * 100 / ms, said});
  };
  requestAnimationFrame(look);
})"""


def run(bench: Bench) -> None:
    if not shutil.which("chromium"):
        bench.note("The page is left out: chromium is not installed (scripts/packages).")
        return
    from tests.web_page.browser import chromium

    with chromium() as browser:
        for name, megabytes in _sizes(bench):
            _first_picture(bench, browser, name, megabytes)
        _three_at_once(bench, browser)


def _sizes(bench: Bench) -> list[tuple[str, int]]:
    """Streams by name, and how much of each; random text hardly gets smaller in the file."""
    if bench.quick:
        return [("mixed", 2)]
    return [("mixed", 100), ("mixed", 200), ("random", 135)]


def _first_picture(bench: Bench, browser: Browser, name: str, megabytes: int) -> None:
    bench.say(f"page: first picture of {megabytes} MB of {name} output")
    ident = f"{name}{megabytes}"
    file = _record(bench, ident, _program(bench, name, megabytes))
    times = []
    for _ in range(1 if bench.quick else 7):
        bench.calm()
        with _server(bench) as url, _let_in(browser, url) as context:
            page = context.new_page()
            page.goto(f"{url}#/r/{_id(file)}", wait_until="commit")
            times.append(page.evaluate(FIRST_TEXT))
    bench.samples.setdefault("page", {})[ident] = times
    what = f"first picture, {megabytes} MB of {name} output"
    figures = {"recording MB": file.stat().st_size / 1e6}
    limit = ("<=", FIRST)
    bench.add(Row("page", what, median(times), "ms", limit, min(times), max(times), figures))
    file.unlink()


def _program(bench: Bench, name: str, megabytes: int) -> list[str]:
    if name == "random":
        return ["sh", "-c", f"head -c {megabytes * 740_000} /dev/urandom | base64"]
    parts = [
        str(streams.write(bench.folder / f"{stream}.txt", stream, megabytes * 500_000))
        for stream in ("log", "color")
    ]
    return ["cat", *parts]


def _three_at_once(bench: Bench, browser: Browser) -> None:
    """Three pages play a busy recording, one of them over a slow line."""
    seconds = 2 if bench.quick else 10
    bench.say(f"page: three browsers for {seconds} s")
    file = _recordings(bench) / "busy.ahr"
    make = [sys.executable, "-m", "scripts.large", str(file), "20", "120"]
    subprocess.run(make, cwd=ROOT, env=bench.env, check=True, capture_output=True)
    bench.calm()
    with _server(bench) as url, ExitStack() as stack:
        contexts = [stack.enter_context(_let_in(browser, url)) for _ in range(3)]
        pages = [context.new_page() for context in contexts]
        slow, *_ = pages
        for page in pages:
            page.goto(f"{url}#/r/{_id(file)}?t=0")
            page.wait_for_selector(".line")
        contexts[0].new_cdp_session(slow).send("Network.emulateNetworkConditions", SLOW)
        for page in pages:
            page.evaluate(f"void (window.found = ({WATCH})({seconds * 1000}))")
            page.keyboard.press("Space")
        said = [page.evaluate("window.found") for page in pages]
    bench.samples.setdefault("page", {})["three at once"] = said
    for name, one in zip(("slow line", "second", "third"), said, strict=True):
        figures = {"pictures a second": one["drawn"]}
        if one["said"]:
            figures["says"] = one["said"]
        target = None if name == "slow line" else ("<=", WAITING)
        what = f"three at once, {name}: waiting"
        bench.add(Row("page", what, one["waited"], "%", target, figures=figures))


def _record(bench: Bench, name: str, command: list[str]) -> Path:
    path = _recordings(bench) / f"{name}.ahr"
    options = ["--quiet", "--headless", "--no-snapshots", "--overwrite", "-o", str(path)]
    subprocess.run(
        [AGENTREC, "record", *options, "--", *command],
        env=bench.env,
        check=True,
        stdout=subprocess.DEVNULL,
    )
    return path


def _recordings(bench: Bench) -> Path:
    folder = bench.folder / "home/.local/share/agentrec/recordings"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _id(path: Path) -> str:
    with Recording.open(str(path)) as recording:
        return str(recording.header["id"])


@contextmanager
def _server(bench: Bench) -> Iterator[str]:
    """`agentrec serve`, newly started."""
    process = subprocess.Popen(
        [AGENTREC, "serve", "--port", "0", "--token", TOKEN],
        env=bench.env,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout
    try:
        found = None
        while found is None:
            line = process.stdout.readline()
            if not line:
                raise RuntimeError("the server ended before it was there")
            found = re.search(r"http://[^\s?]+", line)
        yield found[0]
    finally:
        process.terminate()
        process.communicate()


@contextmanager
def _let_in(browser: Browser, url: str) -> Iterator[BrowserContext]:
    """A browser of its own, with nothing in its cache but the token."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    page = context.new_page()
    page.goto(f"{url}?token={TOKEN}")
    page.wait_for_selector(".session")
    page.close()
    yield context
    context.close()
