"""Commands from marks in terminal output: tables, any cut, and never twice."""

import pytest

from agentrec.moments.shell_commands import CommandTracker, parse_fields


def mark(text):
    return b"\x1b]133;" + text.encode() + b"\x07"


def ours(text, nonce="n1"):
    head, _, rest = text.partition(";")
    code = rest if head == "D" else ""
    more = "" if head == "D" else rest
    parts = [head, *([code] if code else []), f"agentrec={nonce}", *([more] if more else [])]
    return mark(";".join(parts))


def run(*pieces, cut=None):
    """Commands of ``pieces``, one a nanosecond; with ``cut`` in pieces of so many bytes at time 0."""
    found = CommandTracker()
    ended = []
    if cut:
        stream = b"".join(pieces)
        for at in range(0, len(stream), cut):
            ended += found.feed(0, stream[at : at + cut])
    else:
        for t, piece in enumerate(pieces):
            ended += found.feed(t, piece)
    return [(c.text, c.exit) for c in ended + found.finish(len(pieces))]


OURS = (
    ours("D;0") + ours("A"),
    b"$ make\r\n",
    ours("C;again=0;cwd=/w;cmdline=make\\ all"),
    b"cc x.c\r\n",
    ours("D;2") + ours("A"),
    b"$ \r\n" + ours("D;2") + ours("A"),
    b"$ exit\r\n",
    ours("C;again=0;cwd=/w;cmdline=exit"),
)


@pytest.mark.parametrize("cut", [None, 1, 2, 3, 7, 64])
def test_our_marks_in_any_cut(cut):
    assert run(*OURS, cut=cut) == [("make all", 2), ("exit", None)]


def test_times_and_places():
    found = CommandTracker()
    ended = [command for t, piece in enumerate(OURS) for command in found.feed(t, piece)]
    assert ended == [("cmd-1", "make all", "/w", 2, 4, 2)]
    assert found.running == "cmd-2"
    assert found.finish(99) == [("cmd-2", "exit", "/w", 7, 99, None)]
    assert found.running is None


FOREIGN = {
    "the standard's, with the text as typed": (
        mark("A"),
        b"$ ",
        mark("B"),
        b"ls \x1b[1m-l\x1b[0m\r\n",
        mark("C"),
        b"a\r\n",
        mark("D;1"),
        mark("A"),
    ),
    "kitty's": (mark("A"), b"$ ls -l\r\n", mark("C;cmdline=ls\\ -l"), mark("D;1"), mark("A")),
    "fish's own, ended by ST": (
        b"\x1b]133;A;click_events=1\x1b\\",
        b"\x1b]133;C;cmdline_url=ls%20-l\x1b\\",
        b"\x1b]133;D;1\x1b\\",
    ),
}


@pytest.mark.parametrize("name", FOREIGN)
def test_foreign_marks_count(name):
    assert run(*FOREIGN[name]) == [("ls -l", 1)]


def test_two_integrations_in_one_shell_count_once():
    for first, second in (("ours", "theirs"), ("theirs", "ours")):
        begin = {"ours": ours("C;again=0;cmdline=make"), "theirs": mark("C;cmdline=make")}
        end = {"ours": ours("D;2") + ours("A"), "theirs": mark("D;2") + mark("A")}
        pieces = [end[first] + end[second]]
        for _ in range(3):
            pieces += [begin[first], begin[second], b"x", end[first], end[second]]
        assert run(*pieces) == [("make", 2)] * 3


def test_a_shell_within_a_command_counts_apart():
    inner = [mark("A"), mark("C;cmdline=uptime"), mark("D;0"), mark("A"), mark("C;cmdline=false")]
    inner += [mark("D;1"), mark("A")]
    pieces = [ours("A"), ours("C;again=0;cmdline=ssh\\ host"), *inner, ours("D;0"), ours("A")]
    assert run(*pieces) == [("uptime", 0), ("false", 1), ("ssh host", 0)]


def test_a_recording_shown_within_does_not_count():
    shown = [ours("C;cmdline=old", "n0"), ours("D;9", "n0"), ours("A", "n0")]
    pieces = [ours("A"), ours("C;cmdline=cat"), *shown, ours("D;0"), ours("A")]
    assert run(*pieces) == [("cat", 0)]


def test_a_line_kept_out_of_history_has_no_text():
    again = "C;again=1;cwd=/;cmdline=make\\ all"
    assert run(ours("A"), b"$ make  all\r\n", ours(again), ours("D;0")) == [("make all", 0)]
    assert run(ours("A"), b"$  export X=1\r\n", ours(again), ours("D;0")) == [("", 0)]


def test_a_lost_end_is_not_carried_on():
    pieces = [ours("A"), ours("C;cmdline=a"), ours("A"), ours("C;cmdline=b"), ours("D;0")]
    assert run(*pieces) == [("a", None), ("b", 0)]


@pytest.mark.parametrize(
    ("rest", "fields"),
    [
        (r"cwd=/a\;b;cmdline=echo\ \$x\;", {"cwd": "/a;b", "cmdline": "echo $x;"}),
        (r"cmdline=$'a\nb\'c\\ \e \x41\101é'", {"cmdline": "a\nb'c\\ \x1b AAé"}),
        (r"cmdline=$'\303\251 \u00e9'", {"cmdline": "é é"}),
        ("cmdline='a;b'c", {"cmdline": "a;bc"}),
        ("cmdline_url=a%20%3B%C3%A9;k=s", {"cmdline": "a ;é", "k": "s"}),
        ("0;aid=7", {"aid": "7"}),
        ("cmdline=$'unended", {"cmdline": "$unended"}),
        ("", {}),
    ],
)
def test_fields(rest, fields):
    assert parse_fields(rest) == fields


def test_what_makes_no_sense_is_harmless():
    assert (
        run(mark("D;0"), mark("C" * 3), mark("E"), b"\x1b]133;", b"\x1b]133;C" + b"x" * 99999) == []
    )
    assert len(run(*[mark("A") + mark("C;cmdline=x")] * 5000)) <= 100
