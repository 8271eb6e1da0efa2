"""The system around the terminal: commands, processes, files, and what the recorder could not do."""

from __future__ import annotations

from agentrec.recording.events.fields import (
    COUNT,
    FLAG,
    NUMBER,
    STATUS,
    TEXT,
    TEXTS,
    TIME_NS,
    Field,
)
from agentrec.recording.events.record import EventRecord


class SysCommand(
    EventRecord, kind="sys/command", source="shell integration", links="span: `cmd-N`"
):
    """A command typed in a shell ended."""

    text = Field(TEXT, "the command line")
    cwd = Field(TEXT, "its directory")
    exit = Field(STATUS, "exit status; null if unknown")
    duration_ms = Field(NUMBER, "milliseconds it ran")
    at_ns = Field(TIME_NS, "its start")

    @property
    def failed(self) -> bool | None:
        return None if self.exit is None else self.exit != 0


class SysProcess(EventRecord, kind="sys/process", source="the process watcher"):
    """A program below the recorded command ended."""

    pid = Field(STATUS, "process id")
    ppid = Field(STATUS, "process id of its parent")
    argv = Field(TEXTS, "command line, masked")
    cwd = Field(TEXT, "its directory")
    exit = Field(STATUS, "exit status; null if unknown")
    signal = Field(STATUS, "the number of the signal that ended it")
    duration_ms = Field(NUMBER, "milliseconds it ran")
    running = Field(FLAG, "it outlived the recording")


class SysConnection(EventRecord, kind="sys/connection", source="the network watcher"):
    """A connection that a program below the recorded command had opened has ended (TCP)."""

    pid = Field(STATUS, "process id")
    address = Field(TEXT, "IP address of the other side")
    port = Field(COUNT, "its port")
    sent = Field(COUNT, "bytes that the other side has received, at least")
    received = Field(COUNT, "bytes that came from there, at least")
    duration_ms = Field(NUMBER, "milliseconds it was seen open")
    open = Field(FLAG, "it outlived the recording")


class SysFile(EventRecord, kind="sys/file", source="the file watcher"):
    """A file in the working directory was changed."""

    path = Field(TEXT, "below the working directory")
    what = Field(TEXT, "`created`, `changed` or `deleted`")
    size = Field(COUNT, "bytes; absent for a deleted file")


class SysEnv(EventRecord, kind="sys/env", source="the Python library, when asked"):
    """Variables of the environment that the program has read."""

    names = Field(TEXTS, "their names; never their values")


class SysDropped(
    EventRecord, kind="sys/dropped", source="any part that had to leave something out"
):
    """Something was left out of the recording."""

    what = Field(TEXT, "such as `requests`, `processes`, `file changes`, `marks`, `snapshots`")
    count = Field(COUNT, "how many")
    bytes = Field(COUNT, "how many bytes")
    reason = Field(TEXT, "why")


class SysTrouble(EventRecord, kind="sys/trouble", source="the recorder"):
    """A part of the recorder failed; the terminal's recording is not affected."""

    text = Field(TEXT, "what failed")
    count = Field(COUNT, "how often")

    @property
    def failed(self) -> bool | None:
        return True


class SysSigner(EventRecord, kind="sys/signer", source="the recorder, with `--sign`"):
    """The user's SSH key signed the key of this recording, see [signatures.md](signatures.md)."""

    fingerprint = Field(TEXT, "of the user's key")
    statement = Field(TEXT, "the text that is signed: the recording, its header and its key")
    signature = Field(TEXT, "the signature, as `ssh-keygen -Y` reads it")


class SysSignature(EventRecord, kind="sys/signature", source="the recorder, with `--sign`"):
    """The recording's key signed digests of events, every minute and at the end."""

    statement = Field(TEXT, "the text that is signed: digests of events")
    signature = Field(TEXT, "the signature, as `ssh-keygen -Y` reads it")
