"""What comes next on a command line, read from the command's parser."""

import argparse

import pytest

from agentrec.cli.completion.position import position


def parser_of(*, command=False):
    parser = argparse.ArgumentParser(allow_abbrev=False)
    parser.add_argument("--flag", action="store_true")
    parser.add_argument("--one")
    parser.add_argument("--each", action="append")
    parser.add_argument("--rules", nargs="+")
    if command:
        parser.add_argument("command", nargs="...")
    else:
        parser.add_argument("file")
        parser.add_argument("more", nargs="*")
    return parser


@pytest.mark.parametrize(
    ("words", "value"),
    [
        ([], "file"),
        (["--flag"], "file"),
        (["--one"], "one"),
        (["--one", "1"], "file"),
        (["--one=1"], "file"),
        (["--unknown"], "file"),
        (["a"], "more"),
        (["a", "b", "c"], "more"),
        (["-"], "more"),
        (["--", "--flag"], "more"),
        (["a", "--rules"], "rules"),
        (["a", "--rules", "x"], "rules"),
        (["a", "--rules", "x", "--flag"], "more"),
    ],
)
def test_the_value_that_is_next(words, value):
    assert position(parser_of(), words, rest=False).value.dest == value


@pytest.mark.parametrize(
    ("words", "at"),
    [
        ([], 0),
        (["--one"], -1),
        (["--one", "1"], 2),
        (["--one=1", "--flag"], 2),
        (["--"], 1),
        (["make"], 0),
        (["--flag", "make", "--one", "--"], 1),
        (["--flag", "--", "make", "-x"], 2),
    ],
)
def test_where_the_command_to_run_begins(words, at):
    assert position(parser_of(command=True), words, rest=False).command_at == at


def test_what_comes_after_two_dashes_belongs_to_another_program():
    assert position(parser_of(), ["a", "--", "x"], rest=True).command_at == 2
    assert position(parser_of(), ["a", "--", "x"], rest=False).command_at == -1


def test_an_option_is_offered_once_unless_it_can_be_repeated():
    words = ["--flag", "--one", "1", "--each", "2"]
    names = {one.dest for one in position(parser_of(), words, rest=False).options}
    assert names == {"help", "each", "rules"}
    assert not position(parser_of(), ["--one"], rest=False).options
    assert not position(parser_of(), ["--"], rest=False).options


def test_arguments_before_are_known_by_name():
    assert position(parser_of(), ["a", "b", "c"], rest=False).given == {"file": "a", "more": "b"}
