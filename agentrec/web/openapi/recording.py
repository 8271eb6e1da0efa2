"""Operations that read one recording."""

from __future__ import annotations

from agentrec.web.openapi.parts import (
    BYTES,
    FLAG,
    NAME,
    SECONDS,
    SEQ,
    TEXT,
    Operations,
    array,
    body_object,
    in_path,
    one_of,
    operation,
    query,
    ref,
    whole,
)

SESSION = in_path("id", "the id of a recording, as in GET /sessions")
DOWNLOADS = ("ahr", "cast", "asciicast3", "jsonl", "txt", "md", "html", "js")
PICTURES = ("png", "svg")
THEMES = ("dark", "light", "xterm")
_TRACK = {"type": "string", "pattern": "^[a-z?][a-z0-9_.-]{0,31}$"}
_UNREADABLE = ("422",)
# Up to a year.
_HOURS = {"type": "number", "minimum": 0.01, "maximum": 8784, "default": 168}

RECORDING: Operations = {
    ("get", "/sessions/{id}"): operation(
        "session",
        "One recording",
        ref("SessionDetail"),
        parameters=(SESSION,),
        problems=_UNREADABLE,
    ),
    ("post", "/sessions/{id}/share"): operation(
        "share",
        "Make a link to this recording alone, which expires: who has it can play it, and do nothing else",
        ref("ShareLink"),
        parameters=(SESSION,),
        body=body_object({"hours": _HOURS}),
        status="201",
    ),
    ("get", "/sessions/{id}/timeline"): operation(
        "timeline",
        "Marks, snapshots and branches, by time",
        ref("Timeline"),
        parameters=(SESSION,),
        problems=_UNREADABLE,
    ),
    ("get", "/sessions/{id}/activity"): operation(
        "activity",
        "Activity over time, for a timeline: bytes in equal parts of the recording, idle spans",
        ref("Activity"),
        parameters=(SESSION, query("parts", whole(1, 4096, 400), "number of parts")),
        problems=("422", "501"),
    ),
    ("get", "/sessions/{id}/events"): operation(
        "events",
        "Events in order, page by page; terminal output only if its track is selected",
        ref("EventPage"),
        parameters=(
            SESSION,
            query("since", SECONDS, "from this time on"),
            query("until", SECONDS, "up to this time"),
            query("track", {**array(_TRACK), "maxItems": 20}, "only this track (repeatable)"),
            query("kind", {**array(NAME), "maxItems": 20}, "only this kind (repeatable)"),
            query("actor", NAME, "only of this actor and those below it"),
            query("line", {**FLAG, "default": False}, "with a line of text for each event"),
            query("limit", whole(1, 5000, 1000), "maximum number"),
            query(
                "cursor",
                {"type": "string", "pattern": "^[0-9]{1,16}$"},
                "`next` of the previous page",
            ),
        ),
        problems=_UNREADABLE,
    ),
    ("get", "/sessions/{id}/screen"): operation(
        "screen",
        "The terminal's screen at a time",
        ref("Screen"),
        parameters=(SESSION, query("t", SECONDS, "the time (default: the end)")),
        problems=("422", "501"),
    ),
    ("get", "/sessions/{id}/film"): operation(
        "film",
        "Frames from a time on, each as its difference to the one before",
        ref("Film"),
        parameters=(
            SESSION,
            query("t", {**SECONDS, "default": 0}, "from this time on"),
            query("until", SECONDS, "up to this time (default: the end)"),
            query("every", {**SECONDS, "default": 0.033}, "minimum seconds between frames"),
            query(
                "step", {"type": "integer", "enum": [-1, 1]}, "only the frame after `t`, or before"
            ),
            query("limit", whole(1, 2000, 300), "maximum number of frames"),
        ),
        problems=("422", "501"),
    ),
    ("get", "/sessions/{id}/output"): operation(
        "output",
        "Terminal output with times, for a player",
        ref("Output"),
        parameters=(
            SESSION,
            query("seq", SEQ, "from this event on: `next` of the previous answer"),
            query("since", SECONDS, "from this time on, if there is no seq"),
            query("until", SECONDS, "up to this time"),
            query("bytes", whole(1, 4 << 20, 1 << 20), "about how many bytes of output"),
        ),
        problems=("422", "501"),
    ),
    ("get", "/sessions/{id}/recording"): operation(
        "recording",
        "The recording as a file",
        None,
        parameters=(
            SESSION,
            query("format", {**one_of(*DOWNLOADS), "default": "ahr"}, "in this format"),
            query("redact", {**FLAG, "default": False}, "with secrets masked"),
        ),
        media=(BYTES,),
        problems=_UNREADABLE,
    ),
    ("get", "/sessions/{id}/picture"): operation(
        "picture",
        "The screen at a time as a picture",
        None,
        parameters=(
            SESSION,
            query("t", SECONDS, "the time; the end without one"),
            query("format", {**one_of(*PICTURES), "default": "png"}, "as this"),
            query("theme", {**one_of(*THEMES), "default": "dark"}, "in these colors"),
        ),
        media=(BYTES,),
        problems=_UNREADABLE,
    ),
    ("get", "/sessions/{id}/summary"): operation(
        "summary",
        "Turns, tokens, cost, tools and errors, as in `agentrec summary --json`",
        ref("Summary"),
        parameters=(SESSION,),
        problems=_UNREADABLE,
    ),
    ("get", "/sessions/{id}/branches"): operation(
        "branches",
        "The lineage of this recording",
        ref("Lineage"),
        parameters=(SESSION,),
    ),
    ("get", "/sessions/{id}/compare"): operation(
        "compare",
        "How this recording and another one differ, as in `agentrec compare --json`",
        ref("Comparison"),
        parameters=(
            SESSION,
            query("with", NAME, "the id of the other recording", required=True),
            query("since", {**SECONDS, "default": 0}, "only steps from this time on"),
            query("withSince", {**SECONDS, "default": 0}, "the same for the other recording"),
        ),
        problems=_UNREADABLE,
    ),
    ("get", "/sessions/{id}/live"): operation(
        "live",
        "Events as they happen, as server-sent events",
        TEXT,
        parameters=(
            SESSION,
            query("seq", SEQ, "from this event on (default: the next one)"),
            query("track", {**array(_TRACK), "maxItems": 20}, "only this track (repeatable)"),
        ),
        media=("text/event-stream",),
        problems=_UNREADABLE,
    ),
    ("post", "/sessions/{id}/seek"): operation(
        "seek",
        "The state of the terminal at a point and the output after it, for a player",
        ref("Seek"),
        parameters=(SESSION,),
        body=body_object(
            {
                "ts": SECONDS,
                "seq": SEQ,
                "momentId": NAME,
                "fsSnapshotId": NAME,
                "bytes": whole(0, 4 << 20, 256 << 10),
                "scrollback": whole(0, 500, 200),
            }
        ),
        problems=("422", "501"),
    ),
}
