"""The common command lines of `record` are parsed without argparse, with the same result."""

import argparse
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentrec.cli.capture import record

_WORDS = [
    *record._FLAGS,
    *record._VALUES,
    *record._REPEATED,
    *(
        "--",
        "-",
        "claude",
        "a.ahr",
        "-x",
        "--no-snapshots",
        "--out-file=a",
        "-oa",
        "--env",
        "",
        "-qo",
    ),
]


def parsed(words):
    """What argparse makes of it; None where it is wrong."""
    parser = argparse.ArgumentParser(allow_abbrev=False, exit_on_error=False)
    record.add_arguments(parser)
    try:
        return vars(parser.parse_args(words))
    except (SystemExit, argparse.ArgumentError):
        return None


@given(st.lists(st.sampled_from(_WORDS), max_size=6))
def test_simple_arguments_are_what_argparse_makes_of_them(words):
    simple = record.parse_simple(words)
    assert simple is None or vars(simple) == parsed(words)


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["--", "claude", "--", "-q"],
        ["-o", "a.ahr", "-q", "--overwrite", "--", "make"],
        [
            "--encrypt-to",
            "age1a",
            "--encrypt-to",
            "age1b",
            "--no-snapshots",
            "--env",
            "HOME",
            "--",
            "x",
        ],
        ["--headless", "--title", "nightly", "--wait", "--", "codex", "exec", "fix"],
    ],
)
def test_common_ones_are_simple(words):
    assert vars(record.parse_simple(words)) == parsed(words)


def test_two_calls_share_nothing():
    record.parse_simple([]).env.append("HOME")
    assert record.parse_simple([]).env == []


def test_argparse_is_not_loaded_for_them():
    code = "import sys; from agentrec.cli.capture import record; record.parse_simple([]); "
    code += "print('argparse' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
