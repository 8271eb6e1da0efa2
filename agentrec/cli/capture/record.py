"""Run a command and record its terminal.

  agentrec record -- claude               record an agent
  agentrec record                         record your shell
  agentrec record -o run.ahr -- make      choose the file
  agentrec record --headless -- codex exec "fix the tests"

Ctrl-\\ m sets a mark while recording, Ctrl-\\ p pauses and resumes it, Ctrl-\\ Ctrl-\\ types one Ctrl-\\.
The exit code is the command's own, 128 + N when signal N ended it. 124: it reached a limit and was
ended; 125: the recording could not be made or is incomplete; 126, 127: the command cannot be run or
does not exist; 2: invalid options.
"""

from types import SimpleNamespace

from agentrec.cli.capture.limit_options import add_limits, guard_of, limits_of
from agentrec.cli.capture.sign_options import add_signing
from agentrec.cli.capture.start import RecordOptions, begin_look, start
from agentrec.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence
    from typing import Any

HANDLES_SIGNALS = True
# What the parent ignores, the command ignores, too.
PASSES_SIGNALS_ON = True

begin = begin_look

# What `parse_simple` knows: what to set, and every other value that a command line can set.
_FLAGS = {
    "-q": "quiet",
    "--quiet": "quiet",
    "--overwrite": "overwrite",
    "--headless": "headless",
    "--tty": "tty",
    "--capture-input": "capture_input",
    "--model-calls": "model_calls",
    "--wait": "wait",
}
_VALUES = {"-o": "out_file", "--out-file": "out_file", "--title": "title"}
_REPEATED = {"--encrypt-to": "encrypt_to", "--env": "env"}
_UNSET: "dict[str, Any]" = {
    **dict.fromkeys(("out_file", "cols", "rows", "encrypt_to", "redact", "network", "model_calls")),
    **dict.fromkeys(("sign", "max_cost", "max_time", "max_tokens", "parent", "prefix_key")),
    **dict.fromkeys(("overwrite", "headless", "tty", "capture_input", "wait", "quiet"), False),
    **dict.fromkeys(("guard", "guard_silent"), False),
    "snapshots": True,
    "title": "",
}


def parse_simple(words: "Sequence[str]") -> "SimpleNamespace | None":
    """What ``add_arguments`` makes of the common command lines; None for all others.

    Loading argparse takes its time, and the command would wait for it.
    """
    stop = words.index("--") if "--" in words else len(words)
    found = {**_UNSET, "env": [], "forbid": [], "stop_on": [], "command": list(words[stop:])}
    options = iter(words[:stop])
    for word in options:
        if word in _FLAGS:
            found[_FLAGS[word]] = True
        elif word == "--no-snapshots":
            found["snapshots"] = False
        elif word not in {**_VALUES, **_REPEATED} or (value := next(options, "-")).startswith("-"):
            return None
        elif word in _VALUES:
            found[_VALUES[word]] = value
        else:
            found[_REPEATED[word]] = [*(found[_REPEATED[word]] or []), value]
    return SimpleNamespace(**found)


def add_arguments(parser: "argparse.ArgumentParser") -> None:
    parser.usage = "agentrec record [options] [-- COMMAND [ARGUMENT ...]]"
    add = parser.add_argument
    add(
        "-o",
        "--out-file",
        metavar="FILE",
        help="the recording (default: named by date, in the data directory)",
    )
    add("--overwrite", action="store_true", help="replace the file if it exists")
    add(
        "--headless",
        action="store_true",
        help="use no terminal; reply to the command's terminal queries",
    )
    add(
        "--tty",
        action="store_true",
        help="give the command a terminal even where input or output is a pipe or file",
    )
    add("--cols", type=int, metavar="N", help="fixed width of the command's terminal")
    add("--rows", type=int, metavar="N", help="fixed height of the command's terminal")
    add("--capture-input", action="store_true", help="also record what is typed, except passwords")
    encryption = parser.add_mutually_exclusive_group()
    encryption.add_argument(
        "--encrypt-to",
        action="append",
        metavar="RECIPIENT|FILE",
        help="encrypt it so that only this public key's owner can read it: age1..., ssh-ed25519 or "
        "ssh-rsa, or a file with such keys (repeatable; no snapshots are taken)",
    )
    encryption.add_argument(
        "--no-encrypt",
        dest="encrypt_to",
        action="store_const",
        const=[],
        help="do not, whatever the settings say",
    )
    add("--title", default="", help="a title for the recording")
    add(
        "--env",
        action="append",
        default=[],
        metavar="NAME",
        help="record this environment variable (repeatable)",
    )
    masking = parser.add_mutually_exclusive_group()
    masking.add_argument(
        "--redact",
        action="store_true",
        default=None,
        help="also mask secrets in what the terminal shows",
    )
    masking.add_argument(
        "--no-redact",
        dest="redact",
        action="store_false",
        default=None,
        help="mask nothing, not even in events, command line and environment",
    )
    add(
        "--no-snapshots",
        dest="snapshots",
        action="store_false",
        help="take no snapshots of the directory's files",
    )
    add(
        "--no-network",
        dest="network",
        action="store_false",
        default=None,
        help="do not record which connections are opened",
    )
    calls = parser.add_mutually_exclusive_group()
    calls.add_argument(
        "--model-calls",
        action="store_true",
        default=None,
        help="also record the agent's model calls, through a proxy on this machine",
    )
    calls.add_argument(
        "--no-model-calls",
        dest="model_calls",
        action="store_false",
        default=None,
        help="do not, whatever the settings say",
    )
    add_signing(parser)
    add_limits(parser)
    add("--parent", metavar="BRANCH", help="used by `agentrec branch`: the branch to record")
    add("--prefix-key", metavar="KEY", help="ctrl-X, or none (default: ctrl-\\)")
    add(
        "--wait",
        action="store_true",
        help="pack the recording before returning, not in the background (as in CI)",
    )
    add("-q", "--quiet", action="store_true", help="print nothing unless something fails")
    add("command", nargs="...", metavar="-- COMMAND", help="what to run (default: your shell)")


def run(args: "argparse.Namespace") -> int:
    import os

    recipients = _recipients(args)
    options = RecordOptions(
        args.command[1:] if args.command[:1] == ["--"] else args.command,
        out_file=args.out_file,
        overwrite=args.overwrite,
        headless=args.headless,
        tty=args.tty,
        cols=args.cols,
        rows=args.rows,
        capture_input=args.capture_input,
        title=args.title,
        kept_env=args.env,
        redact=args.redact,
        recipients=recipients,
        snapshots=args.snapshots and not recipients,
        network=args.network,
        model_calls=args.model_calls,
        branch=args.parent,
        prefix_key=args.prefix_key,
        quiet=args.quiet,
        wait=args.wait,
        look=args.begun,
        more_companions=limits_of(args),
        guard=guard_of(args),
        sign=args.sign,
    )
    return _start_branch(options, args.parent) if args.parent else start(options, os.environ)


def _recipients(args: "argparse.Namespace") -> list[str]:
    """To whom it is encrypted. Raises UsageError, also for what would be written in the clear then."""
    import os

    from agentrec.config import record_settings

    if args.encrypt_to == [] or not (
        args.encrypt_to or record_settings(os.environ).get("encrypt-to")
    ):
        return []
    from agentrec.recording.encryption.recipients import recipients_for

    if args.guard or args.guard_silent or args.stop_on:
        raise UsageError(
            "the guard needs snapshots, which an encrypted recording does not have",
            "leave out --guard and --stop-on, or pass --no-encrypt",
        )
    return recipients_for(args.encrypt_to, os.environ)


def _start_branch(options: RecordOptions, entry_file: str) -> int:
    """Recorded answers may drive the agent up to the point of the branch."""
    import os

    from agentrec.cli.branches.replay_child import begin, finish

    ghost = begin(entry_file, options, os.environ)
    code = start(options, os.environ)
    return finish(ghost, code) if ghost else code
