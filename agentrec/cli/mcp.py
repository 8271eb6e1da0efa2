"""Serve recordings to an agent: Model Context Protocol on standard input and output."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agentrec.errors import ExitCode, UsageError

if TYPE_CHECKING:
    import argparse

EPILOG = """\
agentrec mcp install claude      register with Claude Code; codex, gemini and qwen as well
agentrec mcp remove claude       undo that
agentrec mcp                     what the agent runs
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.epilog = EPILOG
    parser.add_argument(
        "action",
        nargs="?",
        choices=("install", "remove"),
        help="register with an agent, or undo that",
    )
    parser.add_argument("agent", nargs="?", metavar="AGENT", help="claude, codex, gemini or qwen")
    parser.add_argument(
        "--allow-branch",
        action="store_true",
        help="let the agent start branches, not only plan them",
    )


def run(args: argparse.Namespace) -> int:
    if args.action is None:
        from agentrec.mcp.mcp_server import serve

        serve(may_branch=args.allow_branch)
        return ExitCode.OK
    if args.agent is None:
        raise UsageError("missing AGENT", "use claude, codex, gemini or qwen")
    from agentrec.mcp import install

    if args.action == "remove":
        install.remove(args.agent)
        print(f"removed agentrec from {args.agent}")
        return ExitCode.OK
    undo = install.add(args.agent, ["--allow-branch"] if args.allow_branch else [])
    print(f"{args.agent} can use agentrec now; to remove it: {undo}")
    return ExitCode.OK
