"""Which typed bytes are secrets."""

from __future__ import annotations

import pytest

from agentrec.capture.password_filter import PasswordFilter


@pytest.mark.parametrize(
    "prompt",
    [
        b"Password: ",
        b"[sudo] password for me: ",
        b"Enter passphrase for key '/home/me/.ssh/id': ",
        b"line\r\n\x1b[1mAPI key?\x1b[0m ",
        b"? Personal access token: ",
        b"Enter PIN:",
        b"Verification code: ",
        b"Password: ***",
        "Secret: ••".encode(),
    ],
)
def test_prompts_that_ask_for_a_secret(prompt: bytes) -> None:
    passwords = PasswordFilter()
    for at in range(0, len(prompt), 3):
        passwords.output(prompt[at : at + 3])
    assert passwords.input(b"s", hidden=False) == (b"", "password")
    assert passwords.input(b"ecret", hidden=False) == (b"", None)
    assert passwords.input(b"\r", hidden=False) == (b"", None)
    assert passwords.input(b"ls\r", hidden=False) == (b"ls\r", None)


@pytest.mark.parametrize(
    "shown",
    [b"", b"$ ", b"password changed\r\n$ ", b"Password:\r\n", b"spinning: ", b"tokens used: 12 "],
)
def test_what_asks_for_no_secret(shown: bytes) -> None:
    passwords = PasswordFilter()
    passwords.output(shown)
    assert passwords.input(b"x", hidden=False) == (b"x", None)


def test_hidden_input_is_one_secret_to_its_enter() -> None:
    passwords = PasswordFilter()
    assert passwords.input(b"a", hidden=True) == (b"", "password")
    assert passwords.input(b"b", hidden=False) == (b"", None)  # echo came back before the Enter
    assert passwords.input(b"\n", hidden=True) == (b"", None)
    assert passwords.input(b"c", hidden=True) == (b"", "password")  # the next prompt
    assert passwords.input(b"\x03", hidden=True) == (b"", None)  # given up
    assert passwords.input(b"ls", hidden=False) == (b"ls", None)


def test_what_follows_the_enter_in_one_piece_is_dropped() -> None:
    passwords = PasswordFilter()
    assert passwords.input(b"pass\rmaybe another", hidden=True) == (b"", "password")
    assert passwords.input(b"x", hidden=False) == (b"x", None)
