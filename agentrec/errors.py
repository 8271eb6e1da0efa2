"""What can go wrong, and the exit code that says so.

Every error a user can meet is an :class:`AgentrecError`: one clear line, and where it helps a second
one that says what to do. The command line prints it and exits with its code; nothing else prints.
"""

import os


def why_of(error: OSError) -> str:
    """``Permission denied: /some/file``; a write that failed does not know its file."""
    why = error.strerror or str(error)
    return f"{why}: {os.fsdecode(error.filename)}" if error.filename else why


class ExitCode:
    """Exit codes of every command except a ``record`` that ran its child (which passes the child's on)."""

    OK = 0
    NO = 1  # the question has a negative answer: damage found, nothing matched
    USAGE = 2
    INPUT = 3  # a file cannot be read, or is not a recording
    OUTPUT = 4  # a file cannot be written
    INCOMPLETE = 5  # `verify`: what is there is as it was signed, but its end is missing
    MISS = 123  # `ghost`: a request has no recorded answer; `golden run`: it does not fit
    LIMIT = 124  # `record`, `ci`: the run reached a limit and was ended
    RECORDER = 125  # `record` failed: no recording, or an incomplete one of a good child
    CANNOT_RUN = 126  # the command exists but cannot be executed
    NOT_FOUND = 127  # the command does not exist


class AgentrecError(Exception):
    """An error with a line for the user. ``hint`` says what to do next."""

    code = ExitCode.NO

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class UsageError(AgentrecError):
    """The command line is invalid."""

    code = ExitCode.USAGE


class InputError(AgentrecError):
    """A file is missing or unreadable."""

    code = ExitCode.INPUT


class FormatError(InputError):
    """A file is not what its reader expects: not a recording, or beyond the format's limits."""


class OutputError(AgentrecError):
    """A file cannot be written."""

    code = ExitCode.OUTPUT


class RecorderError(AgentrecError):
    """``record`` could not do its own work; the child may still have run."""

    code = ExitCode.RECORDER
