"""The tools an agent can call: what they take, and which command each of them is."""

from __future__ import annotations

from agentrec.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Final

    from agentrec.json_values import JsonObject

    Arguments = Mapping[str, str]

# No name, time or message is longer.
MAX_VALUE_CHARS = 20_000
BRANCH_OPTION = "--allow-branch"


class Parameter:
    """One parameter. Without a ``default`` it is required, unless that is None."""

    def __init__(
        self,
        about: str,
        *,
        default: str | None = None,
        required: bool = False,
        choices: tuple[str, ...] = (),
        number: bool = False,
    ) -> None:
        self.about, self.default, self.required = about, default, required
        self.choices, self.number = choices, number

    def schema(self) -> JsonObject:
        """Its JSON schema."""
        schema: JsonObject = {"type": "integer" if self.number else "string"}
        schema["description"] = self.about
        if self.number:
            schema["minimum"] = 1
        if self.choices:
            schema["enum"] = list(self.choices)
        if self.default is not None:
            schema["default"] = self.default
        return schema

    def text_of(self, name: str, value: object) -> str:
        """The value as a text. Raises UsageError."""
        if self.number and type(value) is int and value > 0:
            return str(value)
        if self.number or not isinstance(value, str):
            raise UsageError(
                f"{name} must be {'a positive whole number' if self.number else 'a string'}"
            )
        if self.choices and value not in self.choices:
            raise UsageError(f"{name} must be one of {', '.join(self.choices)}")
        if len(value) > MAX_VALUE_CHARS or "\0" in value:
            raise UsageError(f"{name} is too long or has a NUL in it")
        return value


class Tool:
    """One tool. ``command`` makes the arguments of agentrec; ``changes`` if it is more than reading."""

    def __init__(
        self,
        about: str,
        command: Callable[[Arguments], list[str]],
        *,
        changes: bool = False,
        **parameters: Parameter,
    ) -> None:
        self.about, self.command, self.changes = about, command, changes
        self.parameters = parameters

    def described(self, name: str) -> JsonObject:
        """The tool as ``tools/list`` has it."""
        properties = {key: it.schema() for key, it in self.parameters.items()}
        required = [key for key, it in self.parameters.items() if it.required]
        schema = {"type": "object", "properties": properties, "additionalProperties": False}
        return {
            "name": name,
            "description": self.about,
            "inputSchema": schema | ({"required": required} if required else {}),
            "annotations": {
                "readOnlyHint": not self.changes,
                "destructiveHint": False,
                "openWorldHint": False,
            },
        }

    def arguments(self, given: Mapping[str, object]) -> list[str]:
        """The command line. Raises UsageError for values that do not fit."""
        for key in given:
            if key not in self.parameters:
                known = ", ".join(self.parameters) or "none"
                raise UsageError(f"unknown argument {key[:100]!r}: use {known}")
        values = {}
        for key, parameter in self.parameters.items():
            if given.get(key) is not None:
                values[key] = parameter.text_of(key, given[key])
            elif parameter.required:
                raise UsageError(f"missing argument {key}")
            elif parameter.default is not None:
                values[key] = parameter.default
        return self.command(values)


def _options(values: Arguments, *names: str) -> list[str]:
    """Options of the command that have the names of the parameters."""
    return [f"--{name.replace('_', '-')}={values[name]}" for name in names if name in values]


def _name(values: Arguments) -> str:
    """The recording. Raises UsageError for what would be an option or standard input."""
    return _operand(values["recording"], "recording")


def _operand(value: str, what: str) -> str:
    if value.startswith("-") or not value:
        raise UsageError(f"invalid {what} {value[:100]!r}")
    return value


def _at(values: Arguments, point: str) -> str:
    return f"{_name(values)}@{_operand(values[point], point)}"


def _diff(values: Arguments) -> list[str]:
    until = [_operand(values["until"], "until")] if "until" in values else []
    paths = ["--", _operand(values["path"], "path")] if "path" in values else []
    if paths and not until:
        until = ["now"]
    return [
        "diff",
        *(["--stat"] if "path" not in values and values.get("detail") == "files" else []),
        _at(values, "since"),
        *until,
        *paths,
    ]


def _branch(values: Arguments) -> list[str]:
    dry_run = [] if values["execute"] == "yes" else ["--dry-run"]
    options = _options(values, "at", "message")
    return ["branch", _name(values), *options, "--headless", *dry_run]


def _session_recorder(values: Arguments) -> list[str]:
    label = values.get("label", "")
    match values["action"]:
        case "start" | "stop":
            return ["mark", "--", label or values["action"]]
        case "snapshot":
            return ["snapshot", "--", *([label] if label else [])]
        case "pause":
            return ["pause"]
        case "resume":
            return ["resume"]
        case "discard":
            return ["discard", "--yes"]
        case "list":
            return ["ls"]
        case "export":
            return ["events", "--json", "--all", _name(values)]
        case _:
            return ["ls", "--state", "live"]


_RECORDING = Parameter("a recording: its id, its path, or `last`, the newest", default="last")
_SINCE = Parameter("start at this time of the recording: 90, 1:30 or 1:02:03.5")
_UNTIL = Parameter("stop at this time of the recording")
_LIMIT = Parameter("at most so many", number=True)
_SNAPSHOT = Parameter("a snapshot: s3, first, last, a mark (m12) or a time (1:30)", required=True)
_AGE = Parameter("from this time on: 2026-01-31, 14:30, today, or an age: 90m, 2h, 7d")
_AGENT = Parameter("only this agent: claude, codex …")
_PROJECT = Parameter("only this project: the name or path of its directory")
_LABEL = Parameter("what to call it")
ACTIONS = ("start", "stop", "snapshot", "status", "export", "list", "pause", "resume", "discard")

TOOLS: Final[dict[str, Tool]] = {
    "search_recordings": Tool(
        "Search everything that was said, done or shown in all recordings.",
        lambda it: ["search", *_options(it, "agent", "project", "since", "kind", "limit"), "--", it["query"]],
        query=Parameter('words to find; "in quotes": a phrase; -word: not this word', required=True),
        kind=Parameter("only this kind: message, thinking, tool, command, error, note, mark, screen"),
        agent=_AGENT,
        project=_PROJECT,
        since=_AGE,
        limit=_LIMIT,
    ),
    "list_recordings": Tool(
        "List the recordings on this machine, newest first: id, time, length, agent, exit code, cost, task.",
        lambda it: ["ls", *_options(it, "agent", "project", "since", "exit", "limit")],
        agent=_AGENT,
        project=_PROJECT,
        since=_AGE,
        exit=Parameter("only with this exit code: a number, ok or failed"),
        limit=_LIMIT,
    ),
    "timeline": Tool(
        "List what happened in a recording: messages, tool calls and results, model calls, marks, snapshots.",
        lambda it: ["events", *_options(it, "since", "until", "tool"), _name(it)],
        recording=_RECORDING,
        since=_SINCE,
        until=_UNTIL,
        tool=Parameter("only calls of this tool, and their results"),
    ),
    "summary": Tool(
        "Sum up a recording: duration, turns, tokens, cost, tools, slow steps, failures.",
        lambda it: ["summary", _name(it)],
        recording=_RECORDING,
    ),
    "context": Tool(
        "What a recording was about and what happened last, in few tokens.",
        lambda it: ["context", *_options(it, "tokens"), _name(it)],
        recording=_RECORDING,
        tokens=Parameter("at most about so many tokens", number=True),
    ),
    "messages": Tool(
        "The conversation of a recording up to a time: what the user and the agent wrote.",
        lambda it: ["events", "--kind=message", *_options(it, "since", "until"), _name(it)],
        recording=_RECORDING,
        since=_SINCE,
        until=_UNTIL,
    ),
    "status": Tool(
        "Which recordings are being made right now.",
        lambda _: ["ls", "--state=live"],
    ),
    "points": Tool(
        "List the marks and snapshots of a recording: points to compare, restore or branch from.",
        lambda it: ["branch-points", _name(it)],
        recording=_RECORDING,
    ),
    "what_changed": Tool(
        "Which files changed between two snapshots of a recording, or since one, and by how many lines.",
        lambda it: _diff({**it, "detail": "files"}),
        recording=_RECORDING,
        since=_SNAPSHOT,
        until=Parameter("the later snapshot, or `now`: the files as they are", default="now"),
    ),
    "diff": Tool(
        "What changed in the files between two snapshots of a recording, or since one, as a diff.",
        _diff,
        recording=_RECORDING,
        since=_SNAPSHOT,
        until=Parameter("the later snapshot, or `now`: the files as they are", default="now"),
        path=Parameter("only this file"),
    ),
    "file_at": Tool(
        "A file as it was in a snapshot.",
        lambda it: ["show", f"{_at(it, 'snapshot')}:{it['path']}"],
        recording=_RECORDING,
        snapshot=_SNAPSHOT,
        path=Parameter("the file, relative to the recorded directory", required=True),
    ),
    "restore_preview": Tool(
        "What restoring the files of a snapshot would change. Changes nothing.",
        lambda it: ["restore", "--dry-run", _at(it, "snapshot")],
        recording=_RECORDING,
        snapshot=_SNAPSHOT,
    ),
    "branch": Tool(
        "Continue a recording from a point in a new directory, with a new message. Without the user's "
        f"permission ({BRANCH_OPTION}) it only shows what would be done.",
        _branch,
        changes=True,
        recording=_RECORDING,
        at=Parameter("a snapshot (s3, first), a mark (m12), a time (1:30) or last", default="last"),
        message=Parameter("what to tell the agent", required=True),
        execute=Parameter("do it, instead of showing it", default="no", choices=("no", "yes")),
    ),
    "mark": Tool(
        "Add a mark to the recording that is running, so that this point is found again.",
        lambda it: ["mark", "--", it["label"]],
        changes=True,
        label=Parameter("what to call it", required=True),
    ),
    "snapshot": Tool(
        "Save the files of this directory as they are, without changing them.",
        lambda it: ["snapshot", "--", *([it["label"]] if "label" in it else [])],
        changes=True,
        label=_LABEL,
    ),
    "session_recorder": Tool(
        "Record a session: `start` and `stop` mark a stretch of the running recording, `snapshot` saves the "
        "files, `status` shows what is being recorded, `list` what was, `export` a recording's events. "
        "`pause` and `resume`: what happens in between is not recorded. `discard`: nothing of the running "
        "recording is kept after its end. Only if the user asks for one of these three.",
        _session_recorder,
        changes=True,
        action=Parameter("what to do", required=True, choices=ACTIONS),
        label=_LABEL,
        recording=_RECORDING,
    ),
}  # fmt: skip
