"""Options that limit a run: dollars, tokens, time, files that must stay as they are."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from agentrec.companions.guard.guard_options import GuardOptions
    from agentrec.companions.limits import LimitsCompanion

_UNITS = {"s": 1, "m": 60, "h": 3600}
_THOUSANDS = {"k": 1000, "m": 1_000_000}


def add_limits(parser: "argparse.ArgumentParser") -> None:
    """The options. A run that reaches one is ended with exit code 124; at a terminal you are asked."""
    add = parser.add_argument
    add("--max-cost", type=_dollars, metavar="USD", help="end the run at this cost, by list prices")
    add("--max-time", type=_seconds, metavar="TIME", help="end it after this time: 90, 30s, 5m, 1h")
    add_run_limits(parser)


def add_run_limits(parser: "argparse.ArgumentParser") -> None:
    """Those that are about one run, also among several; and the guard."""
    add = parser.add_argument
    add("--max-tokens", type=_tokens, metavar="N", help="end a run at this many tokens: 200k, 1m")
    add(
        "--forbid",
        action="append",
        default=[],
        metavar="PATTERN",
        help="end it when it changes such a file, a pattern as in .gitignore (repeatable)",
    )
    add_guard(parser)


def run_limits_of(args: "argparse.Namespace") -> list[str]:
    """The options of ``add_run_limits`` as they were given, for another command line."""
    options = ["--max-tokens", str(args.max_tokens)] if args.max_tokens is not None else []
    for name, values in (("--forbid", args.forbid), ("--stop-on", args.stop_on)):
        options += [f"{name}={value}" for value in values]
    flags = (("--guard", args.guard), ("--guard-silent", args.guard_silent))
    return options + [name for name, is_set in flags if is_set]


def limits_of(args: "argparse.Namespace") -> "Sequence[LimitsCompanion]":
    """What watches the limits; nothing if there are none."""
    if args.max_cost is args.max_tokens is args.max_time is None and not args.forbid:
        return ()
    from agentrec.companions.limits import LimitsCompanion
    from agentrec.companions.limits.limit_values import RunLimits

    limits = RunLimits(
        dollars=args.max_cost,
        tokens=args.max_tokens,
        seconds=args.max_time,
        forbidden=args.forbid,
    )
    return (LimitsCompanion(limits),)


def add_guard(parser: "argparse.ArgumentParser") -> None:
    """The options of the guard."""
    how = parser.add_mutually_exclusive_group()
    how.add_argument(
        "--guard",
        action="store_true",
        help="check what the agent writes after each turn, and tell it (`agentrec guard rules`)",
    )
    how.add_argument(
        "--guard-silent", action="store_true", help="likewise, but do not tell the agent"
    )
    parser.add_argument(
        "--stop-on",
        action="append",
        default=[],
        type=_rule,
        metavar="RULE",
        help="end the run at a finding of this rule, or of the level error or warning (repeatable)",
    )


def guard_of(args: "argparse.Namespace") -> "GuardOptions | None":
    """What the guard is to do; None if it is not wanted."""
    if not (args.guard or args.guard_silent or args.stop_on):
        return None
    from agentrec.companions.guard.guard_options import GuardOptions
    from agentrec.errors import UsageError

    if not args.snapshots:
        raise UsageError(
            "the guard needs snapshots", "leave out --no-snapshots, or --guard and --stop-on"
        )
    return GuardOptions(tells=args.guard, stop_on=args.stop_on)


def _rule(text: str) -> str:
    import argparse

    from agentrec.guard.finding import ERROR, RULES, WARNING

    if text not in (*RULES, ERROR, WARNING):
        raise argparse.ArgumentTypeError(
            f"unknown rule {text!r}: use error, warning or one of {', '.join(RULES)}"
        )
    return text


def _dollars(text: str) -> float:
    return _number(text.removeprefix("$"), "a number of dollars: 0.50, 2")


def _tokens(text: str) -> int:
    factor = _THOUSANDS.get(text[-1:].lower(), 1)
    return int(_number(text[:-1] if factor > 1 else text, "200000, 200k or 1m") * factor)


def _seconds(text: str) -> float:
    factor = _UNITS.get(text[-1:].lower(), 0)
    return _number(text[:-1] if factor else text, "90, 30s, 5m or 1h") * (factor or 1)


def _number(text: str, use: str) -> float:
    import argparse

    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < 1e12:
        raise argparse.ArgumentTypeError(f"invalid value {text!r}: use {use}")
    return value
