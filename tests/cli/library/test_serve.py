"""``agentrec serve`` as a user starts it."""

import json
import os
import re
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from agentrec.cli.main import main
from tests.library.helpers import ended, make
from tests.web.serving import LIMIT

PACKAGE = str(Path(__file__).resolve().parents[3])


@pytest.fixture
def recording(tmp_path):
    return make(str(tmp_path / "one.ahr"), ended(1), id="one")


@pytest.fixture
def start(tmp_path):
    """Starts a server; gives its process and what it printed first."""
    begun = []

    def run(*arguments, **env):
        process = subprocess.Popen(
            [sys.executable, "-m", "agentrec", "serve", *arguments],
            env=os.environ | {"PYTHONPATH": PACKAGE, "XDG_DATA_HOME": str(tmp_path / "data")} | env,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        begun.append(process)
        return process, process.stdout.readline().strip()

    yield run
    for process in begun:
        process.kill()
        process.communicate(timeout=LIMIT)


def ask(address, path, token):
    request = urllib.request.Request(address + path)
    request.add_header("Authorization", f"Bearer {token}")
    with urllib.request.urlopen(request, timeout=LIMIT) as answer:
        return answer.status


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_prints_an_address_that_opens_the_page_and_ends_when_told(start, recording, number):
    process, printed = start(recording)
    found = re.fullmatch(r"(http://127\.0\.0\.1:\d+)/\?token=([\w-]{32})", printed)
    assert found, printed
    with urllib.request.urlopen(printed, timeout=LIMIT) as page:
        assert page.status == 200
        assert "HttpOnly" in page.headers["Set-Cookie"]
    assert ask(found[1], "/api/v1/sessions/one", found[2]) == 200
    with pytest.raises(urllib.error.HTTPError):
        ask(found[1], "/api/v1/sessions/one", "wrong")
    process.send_signal(number)
    _, said = process.communicate(timeout=LIMIT)
    assert process.returncode in (0, -number)
    assert said == ""


def test_a_token_of_ones_own(start, recording):
    _, printed = start(recording, AGENTREC_TOKEN="chosen-by-the-user")
    assert printed.endswith("/?token=chosen-by-the-user")


def test_sites_that_may_embed(start, recording):
    _, printed = start("--embed", "https://blog.example", "--token", "x" * 16, recording)
    address = printed.partition("/?")[0]
    request = urllib.request.Request(f"{address}/api/v1/sessions/one")
    request.add_header("Authorization", f"Bearer {'x' * 16}")
    with urllib.request.urlopen(request, timeout=LIMIT) as answer:
        embed = json.load(answer)["embed"]
    with urllib.request.urlopen(address + embed, timeout=LIMIT) as answer:
        assert "https://blog.example" in answer.headers["Content-Security-Policy"]


def test_an_open_address_is_warned_of(start, recording):
    process, printed = start(recording, "--host", "0.0.0.0")
    assert printed.startswith("http://127.0.0.1:")
    process.send_signal(signal.SIGINT)
    assert "anyone on your network" in process.communicate(timeout=LIMIT)[1]


def test_it_opens_a_browser_by_a_code_and_not_by_the_token(start, recording, tmp_path):
    seen = tmp_path / "seen"
    browser = tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\nprintf "%s" "$1" > {seen}.part && mv {seen}.part {seen}\n')
    browser.chmod(0o755)
    _, printed = start(recording, "--open", BROWSER=str(browser))
    token = printed.split("token=")[1]
    from tests.web.serving import awaited

    awaited(seen.exists, "the browser")
    asked = seen.read_text()
    assert token not in asked
    with urllib.request.urlopen(asked, timeout=LIMIT) as page:
        assert token in page.headers["Set-Cookie"]
    with pytest.raises(urllib.error.HTTPError):
        urllib.request.urlopen(asked, timeout=LIMIT)


def test_a_port_that_is_taken(start, recording, capsys):
    _, printed = start(recording)
    port = re.search(r":(\d+)/", printed)[1]
    assert main(["serve", recording, "--port", port]) == 4
    assert "--port" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "code", "word"),
    [
        (["/nowhere"], 3, "does not exist"),
        (["--port", "99999"], 2, "invalid port"),
        (["--embed", "blog.example"], 2, "invalid site"),
        (["--token", "short"], 2, "at least 16"),
        (["--token", "with blanks in it, no"], 2, "letters"),
        (["--host", "no.such.host.invalid"], 4, "cannot listen"),
    ],
)
def test_what_makes_no_sense(arguments, code, word, capsys):
    assert main(["serve", *arguments]) == code
    assert word in capsys.readouterr().err


def test_recording_needs_none_of_it(tmp_path):
    """What serves is not loaded by what records."""
    code = (
        "import sys; from agentrec.cli.main import main; "
        f"main(['record', '-q', '--headless', '-o', {str(tmp_path / 'x.ahr')!r}, '--', 'true']); "
        "print([it for it in ('starlette', 'uvicorn', 'websockets', 'asyncio') if it in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | {"PYTHONPATH": PACKAGE},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=LIMIT,
    )
    assert done.stdout.strip().splitlines()[-1] == "[]"
