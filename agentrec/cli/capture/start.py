"""Puts a recording together and runs it: the terminal, the program, the file, masks and companions.

On the start path of `record`: imports are light here, and the rest is loaded where it is used.
"""

from __future__ import annotations

import os
import sys

from agentrec.cli.capture import output_file
from agentrec.cli.capture.sign_options import chosen_key, signer_for
from agentrec.errors import ExitCode, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from agentrec.capture.companion_host import Companion
    from agentrec.capture.io.child import Program
    from agentrec.capture.io.user_terminal import UserTerminal
    from agentrec.capture.recorder import Outcome
    from agentrec.capture.recording_plan import ChildSize, RecordingPlan
    from agentrec.companions.guard.guard_options import GuardOptions
    from agentrec.json_values import JsonObject
    from agentrec.recording.sink import RecordingSink
    from agentrec.snapshots.first_look.look_process import LookProcess

DEFAULT_SIZE = (80, 24)  # of a terminal that does not report its size
HEADLESS_SIZE = (120, 40)
MAX_COLS_OR_ROWS = 10_000
# Set inside Claude Code. One that inherits it writes no transcript.
CHILD_SESSION = "CLAUDE_CODE_CHILD_SESSION"
DEFAULT_PREFIX = "ctrl-\\"


def begin_look(rest: Sequence[str]) -> LookProcess | None:
    """Begin to look at the directory's files, before the command line ``rest`` is parsed: it saves time.

    What this overlooks, ``start`` does.
    """
    ours = rest[: rest.index("--")] if "--" in rest else rest
    if not {"--no-snapshots", "-h", "--help"}.isdisjoint(ours):
        return None
    from agentrec.snapshots.first_look import look_process

    return look_process.begin_look(os.environ)


class RecordOptions:
    """What the user asked for; see ``agentrec record --help``. By hand: dataclasses load too slowly."""

    def __init__(
        self,
        command: list[str],
        *,
        out_file: str | None = None,
        overwrite: bool = False,
        headless: bool = False,
        tty: bool = False,
        cols: int | None = None,
        rows: int | None = None,
        capture_input: bool = False,
        title: str = "",
        kept_env: Sequence[str] = (),
        redact: bool | None = None,
        snapshots: bool = True,
        network: bool | None = None,
        model_calls: bool | None = None,
        stand_in: str = "",
        parent: JsonObject | None = None,
        more_companions: Sequence[Companion] = (),
        branch: str | None = None,
        prefix_key: str | None = None,
        quiet: bool = False,
        wait: bool = False,
        plain_log: bool = False,
        look: LookProcess | None = None,
        guard: GuardOptions | None = None,
        recipients: Sequence[str] = (),
        sign: str | bool | None = None,
    ) -> None:
        self.command, self.title, self.branch = command, title, branch
        self.out_file, self.overwrite = out_file, overwrite
        self.headless, self.tty, self.cols, self.rows = headless, tty, cols, rows
        self.capture_input, self.prefix_key = capture_input, prefix_key
        self.recipients = list(recipients)
        self.kept_env, self.redact, self.snapshots = kept_env, redact, snapshots
        self.quiet, self.wait, self.plain_log = quiet, wait, plain_log
        self.network = network
        self.look, self.model_calls, self.stand_in = look, model_calls, stand_in
        self.parent, self.more_companions, self.guard = parent, more_companions, guard
        self.sign = sign
        self.sign_key: str | None = None


def start(options: RecordOptions, env: Mapping[str, str]) -> int:
    """Record a command from start to end, and return the exit code. Raises AgentrecError."""
    from agentrec import memory_limit
    from agentrec.capture.io.user_terminal import keep_standard_descriptors
    from agentrec.recording_registry import remember

    keep_standard_descriptors()
    memory_limit.take_little()
    if not options.command and not _has_input(headless=options.headless):
        raise UsageError(
            "nothing to run: no command, and no terminal for a shell",
            "agentrec record -- COMMAND",
        )
    look = _look(options, env)
    kinds = _streams(options)
    user = _user_terminal(kinds, headless=options.headless)
    if options.plain_log:
        from agentrec.terminal.output.log_text import LogText

        user.log = LogText()
    try:
        wait = options.wait or _is_ci(env)
        plan, header = _plan(options, user, kinds, env)
        signer = signer_for(options.sign_key, header, env)
        writer = output_file.create(
            options.out_file,
            header,
            env,
            overwrite=options.overwrite,
            wait=wait,
            recipients=options.recipients,
        )
        if signer:
            writer.sign_with(signer)
        remember(plan.session, writer.path, env)  # now, for it is found while it is running, too
        sink = output_file.masked(writer, plan.size.initial[:2], redact=options.redact)
        outcome = _run(plan, sink, user, options, look)
        if outcome.discarded:
            return _discard(plan, sink, outcome, env, quiet=options.quiet)
        _clean_up(plan, sink, env, wait=wait)
        if options.snapshots and not options.quiet:
            _say_if_no_snapshots(env)
        told = {text for it in options.more_companions for text in it.told_elsewhere}
        outcome.troubles = [text for text in outcome.troubles if text not in told]
        return _report(outcome, sink, quiet=options.quiet)
    finally:
        user.close(clean=True)


def _has_input(*, headless: bool) -> bool:
    """Whether a shell would be told anything: typed in a terminal, or from a pipe or file."""
    from agentrec.capture.io.child_streams import DEVICE, TERMINAL, stream_kinds

    return stream_kinds()[0] not in (DEVICE, TERMINAL if headless else "")


def _streams(options: RecordOptions) -> list[str]:
    """What the command's standard streams are to be."""
    from agentrec.capture.io.child_streams import stream_kinds
    from agentrec.capture.recording_plan import ALL_TERMINAL

    return ALL_TERMINAL if options.headless or options.tty else stream_kinds()


def _user_terminal(kinds: list[str], *, headless: bool) -> UserTerminal:
    from agentrec.capture.recording_plan import ALL_TERMINAL

    if kinds == ALL_TERMINAL:
        from agentrec.capture.io.user_terminal import UserTerminal

        return UserTerminal(headless=headless)
    from agentrec.capture.io.shared_terminal import SharedTerminal

    return SharedTerminal(kinds)


def _look(options: RecordOptions, env: Mapping[str, str]) -> LookProcess | None:
    """The look at the directory's files before the command starts, if there is to be one."""
    if options.look is not None and not options.snapshots:
        options.look.close()
    if not options.snapshots:
        return None
    from agentrec.snapshots.first_look import look_process

    return options.look or look_process.begin_look(env)


def _plan(
    options: RecordOptions, user: UserTerminal, kinds: list[str], env: Mapping[str, str]
) -> tuple[RecordingPlan, JsonObject]:
    """What to run and how, and the recording's header. Raises for whatever the user got wrong."""
    from agentrec.capture import prefix_key
    from agentrec.capture.recording_plan import RecordingPlan
    from agentrec.cli.capture.recording_header import new_header
    from agentrec.config import VARIABLES, record_settings
    from agentrec.recording_registry import new_id

    settings = record_settings(env)
    if options.model_calls is None:
        options.model_calls = settings.get("model-calls", False)
    if options.network is None:
        options.network = settings.get("network", True)
    options.sign_key = chosen_key(options.sign, settings)
    outer = env.get("AGENTREC_SESSION")
    child_env = _child_env(env, headless=user.is_emulated)
    if options.recipients:  # what is recorded inside of it is encrypted, too
        child_env[VARIABLES["encrypt-to"]] = ",".join(options.recipients)
    program = _program(options.command, child_env)
    prefix = prefix_key.parse(options.prefix_key or settings.get("prefix-key", DEFAULT_PREFIX))
    size = _size(options, user)
    parent: JsonObject | None
    if options.branch:
        session, parent = _branch(options.branch, outer)
    else:
        session = new_id(_program_name(program.argv[0], options))
        if options.recipients:  # the name of the file shows it
            from agentrec.recording.encryption.recipients import NO_PROGRAM

            session = new_id(NO_PROGRAM)
        parent = options.parent or ({"id": outer, "relation": "nested"} if outer else None)
    plan = RecordingPlan(
        session,
        program,
        size,
        capture_input=options.capture_input,
        prefix=prefix,
        streams=kinds,
    )
    header = new_header(
        plan,
        title=options.title,
        kept_env=[*options.kept_env, *settings.get("env", [])],
        headless=options.headless,
        redact=options.redact,
        parent=parent,
    )
    if outer and not options.quiet:
        _say(f"nested in recording {outer}: both are kept")
    if env.get(CHILD_SESSION) and not options.quiet:
        _say(
            f"{CHILD_SESSION} is set: Claude Code keeps no transcript; unset it to record what it does"
        )
    return plan, header


def _program(command: list[str], env: dict[str, str]) -> Program:
    from agentrec.capture.io import child

    argv = command or [env.get("SHELL") or "/bin/sh"]
    return child.Program(argv, child.find(argv[0], env.get("PATH")), env)


def _child_env(env: Mapping[str, str], *, headless: bool) -> dict[str, str]:
    """Without a terminal around us, the child's is the one we are: its environment has to match."""
    child_env = dict(env)
    if not headless:
        return child_env
    if child_env.get("TERM", "dumb") in ("", "dumb", "unknown"):
        child_env["TERM"] = "xterm-256color"
    for name in ("COLUMNS", "LINES"):  # the size of some other terminal
        child_env.pop(name, None)
    for name in ("PAGER", "GIT_PAGER"):  # no one could press its keys
        child_env[name] = "cat"
    return child_env


def _size(options: RecordOptions, user: UserTerminal) -> ChildSize:
    from agentrec.capture.recording_plan import ChildSize

    for name, value in (("--cols", options.cols), ("--rows", options.rows)):
        if value is not None and not 1 <= value <= MAX_COLS_OR_ROWS:
            raise UsageError(f"invalid {name} {value}: use 1 to {MAX_COLS_OR_ROWS}")
    default = DEFAULT_SIZE if user.is_interactive else HEADLESS_SIZE
    return ChildSize(options.cols, options.rows, window=user.window(), default=default)


def _program_name(path: str, options: RecordOptions) -> str:
    """What the recording is called after: no secret, should its name have one."""
    from agentrec.redact import mask_text

    name = os.path.basename(path)
    return name if options.redact is False else mask_text(name)


def _branch(branch: str, outer: str | None) -> tuple[str, JsonObject]:
    """The id reserved for a branch's recording, and its header's parent."""
    from agentrec.branches.journal import child_parent

    session, parent = child_parent(branch)
    return session, parent | ({"nested_in": outer} if outer else {})


def _run(
    plan: RecordingPlan,
    writer: RecordingSink,
    user: UserTerminal,
    options: RecordOptions,
    look: LookProcess | None,
) -> Outcome:
    from agentrec.capture import recorder
    from agentrec.capture.io.child import CannotRunError, NotFoundError
    from agentrec.companions import default_companions

    companions = default_companions(
        plan,
        writer,
        snapshots=options.snapshots,
        look=look,
        model_calls=bool(options.model_calls),
        mask_secrets=options.redact is not False,
        stand_in=options.stand_in,
        network=options.network is not False,
        guard=options.guard,
    )
    companions += options.more_companions
    try:
        return recorder.run(plan, writer, user, companions)
    except (CannotRunError, NotFoundError):
        output_file.discard(writer)
        raise
    except BaseException:
        writer.close(compact=False)
        raise


def _is_ci(env: Mapping[str, str]) -> bool:
    """Whether this is a CI job, whose processes and files may be gone right after the command."""
    return env.get("CI", "").lower() not in ("", "0", "false")


def _clean_up(
    plan: RecordingPlan, writer: RecordingSink, env: Mapping[str, str], *, wait: bool
) -> None:
    """What can wait until the command has ended."""
    output_file.finish(writer, env, wait=wait)
    _sweep_sockets(plan)


def _sweep_sockets(plan: RecordingPlan) -> None:
    from agentrec.capture.control import socket_dir

    try:
        if folder := socket_dir.prepare(plan.program.env):
            socket_dir.sweep(folder)
    except OSError:
        pass  # the next recording tries again


def _discard(
    plan: RecordingPlan,
    writer: RecordingSink,
    outcome: Outcome,
    env: Mapping[str, str],
    *,
    quiet: bool,
) -> int:
    """Keep nothing of the recording, as the user wished; the exit code is still the command's."""
    from agentrec.snapshots.pruning import forget

    output_file.discard(writer)
    _sweep_sockets(plan)
    for trouble in forget(plan.session, env):
        _say(trouble)
    if os.path.lexists(writer.path):
        _say(f"cannot remove {writer.path}")
        return outcome.exit_code or ExitCode.RECORDER
    if not quiet:
        _say("recording discarded")
    return outcome.exit_code


def _report(outcome: Outcome, writer: RecordingSink, *, quiet: bool) -> int:
    """Tell the user, and decide the exit code: a failed child counts more than a failed recording."""
    for line in outcome.lost_output:
        _say(f"{line}; what the command wrote is incomplete there")
    if writer.failure:
        reason = getattr(writer.failure, "strerror", None) or str(writer.failure)
        _say(f"the recording is incomplete: {reason} → {writer.path}")
        return outcome.exit_code or ExitCode.RECORDER
    if outcome.ended_by:
        _say(f"ended: {outcome.ended_by}")
    if not quiet:
        from agentrec.times import format_duration

        duration, size = format_duration(outcome.duration), _file_size(writer.path)
        _say(f"recorded {duration}, {size} → {writer.path}")
        if outcome.troubles:
            _say(_troubles(outcome.troubles))
    return outcome.exit_code or (ExitCode.RECORDER if outcome.lost_output else ExitCode.OK)


def _say_if_no_snapshots(env: Mapping[str, str]) -> None:
    """Say why the recording has no snapshots, if none are taken of this directory."""
    from agentrec.snapshots.model import RefusedDirectoryError
    from agentrec.snapshots.scan.workspace import workspace_of

    try:
        workspace_of(os.getcwd(), env)
    except RefusedDirectoryError as refused:
        _say(f"{refused}; {refused.hint}" if refused.hint else str(refused))
    except OSError:
        return  # the directory is gone


def _troubles(troubles: Sequence[str]) -> str:
    """All in one line: the first, and how many more there are."""
    from agentrec.text import printable

    first, more = printable(troubles[0].partition("\n")[0]), len(troubles) - 1
    return f"trouble: {first}" + (f", and {more} more: see agentrec summary" if more else "")


def _file_size(path: str) -> str:
    from agentrec.text import format_size

    try:
        return format_size(os.stat(path).st_size)
    except OSError:
        return "no longer on disk"


def _say(line: str) -> None:
    try:
        print(f"agentrec: {line}", file=sys.stderr, flush=True)
    except OSError:
        return  # standard error is closed; the exit code remains
