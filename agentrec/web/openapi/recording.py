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
    in_path,
    one_of,
    operation,
    query,
    ref,
    request,
    whole,
)

SESSION = in_path("id", "a recording's id, as GET /sessions tells")
DOWNLOADS = ("ahr", "cast", "asciicast3", "jsonl", "txt", "html")
_TRACK = {"type": "string", "pattern": "^[a-z?][a-z0-9_.-]{0,31}$"}
_UNREADABLE = ("422",)

RECORDING: Operations = {
    ("get", "/sessions/{id}"): operation(
        "session",
        "One recording",
        ref("SessionDetail"),
        parameters=(SESSION,),
        problems=_UNREADABLE,
    ),
    ("get", "/sessions/{id}/timeline"): operation(
        "timeline",
        "Moments, snapshots and branches, by time",
        ref("Timeline"),
        parameters=(SESSION,),
        problems=_UNREADABLE,
    ),
    ("get", "/sessions/{id}/activity"): operation(
        "activity",
        "How much was going on when, for a timeline bar: bytes in equal parts of the whole, idle spans",
        ref("Activity"),
        parameters=(SESSION, query("parts", whole(1, 4096, 400), "how many parts")),
        problems=("422", "501"),
    ),
    ("get", "/sessions/{id}/events"): operation(
        "events",
        "Events in order, a page at a time; the terminal's bytes only when its track is asked for",
        ref("EventPage"),
        parameters=(
            SESSION,
            query("since", SECONDS, "from this time on"),
            query("until", SECONDS, "up to this time"),
            query("track", {**array(_TRACK), "maxItems": 20}, "only this track (repeatable)"),
            query("kind", {**array(NAME), "maxItems": 20}, "only this kind (repeatable)"),
            query("actor", NAME, "only what this actor, or one below it, did"),
            query("line", {**FLAG, "default": False}, "with each event in words, in one line"),
            query("limit", whole(1, 5000, 1000), "at most so many"),
            query(
                "cursor",
                {"type": "string", "pattern": "^[0-9]{1,16}$"},
                "`next` of the page before",
            ),
        ),
        problems=_UNREADABLE,
    ),
    ("get", "/sessions/{id}/screen"): operation(
        "screen",
        "What the terminal showed",
        ref("Screen"),
        parameters=(SESSION, query("t", SECONDS, "at this time (default: the end)")),
        problems=("422", "501"),
    ),
    ("get", "/sessions/{id}/film"): operation(
        "film",
        "Pictures of the terminal from a time on, each as what differs from the one before",
        ref("Film"),
        parameters=(
            SESSION,
            query("t", {**SECONDS, "default": 0}, "from this time on"),
            query("until", SECONDS, "up to this time (default: the end)"),
            query("every", {**SECONDS, "default": 0.033}, "seconds between pictures at least"),
            query(
                "step", {"type": "integer", "enum": [-1, 1]}, "only the picture after, or before"
            ),
            query("limit", whole(1, 2000, 300), "at most so many pictures"),
        ),
        problems=("422", "501"),
    ),
    ("get", "/sessions/{id}/output"): operation(
        "output",
        "What the terminal got, with times, for a player",
        ref("Output"),
        parameters=(
            SESSION,
            query("seq", SEQ, "from this event on: `next` of what was given before"),
            query("since", SECONDS, "from this time on, where there is no seq"),
            query("until", SECONDS, "up to this time"),
            query("bytes", whole(1, 4 << 20, 1 << 20), "about so many bytes of output"),
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
    ("get", "/sessions/{id}/summary"): operation(
        "summary",
        "What the run came to, as `agentrec summary --json` says it",
        ref("Summary"),
        parameters=(SESSION,),
        problems=_UNREADABLE,
    ),
    ("get", "/sessions/{id}/branches"): operation(
        "branches",
        "What this recording branched from, and what branched from it",
        ref("Lineage"),
        parameters=(SESSION,),
    ),
    ("get", "/sessions/{id}/live"): operation(
        "live",
        "Events as they come, as server-sent events",
        TEXT,
        parameters=(
            SESSION,
            query("seq", SEQ, "from this event on (default: from the next one)"),
            query("track", {**array(_TRACK), "maxItems": 20}, "only this track (repeatable)"),
        ),
        media=("text/event-stream",),
        problems=_UNREADABLE,
    ),
    ("post", "/sessions/{id}/seek"): operation(
        "seek",
        "What a player needs to go on from a point: the terminal's state, and what follows",
        ref("Seek"),
        parameters=(SESSION,),
        body=request(
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
