"""What a page plays: frames of a stretch of a recording, bounded in number and size."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from agentrec.terminal.output.frame_deltas import FrameEncoder, sample_times
from agentrec.times import NS_PER_MS

if TYPE_CHECKING:
    from agentrec.terminal.seek.timeline import Timeline

_MOST = 4 << 20  # characters of frames in one answer


def stretch(
    timeline: Timeline, t: int, *, until: int | None, every: int, limit: int
) -> dict[str, Any]:
    """At most ``limit`` frames from ``t`` on, no closer than ``every``; times in ns."""
    stop = timeline.duration if until is None else min(until, timeline.duration)
    encoder = FrameEncoder()
    frames: list[dict[str, Any]] = []
    size, last = 0, t
    for last in sample_times(timeline, min(t, timeline.duration), max(t, stop), every):
        frame = encoder.frame(last, timeline.screen_at(last))
        if frame:
            frames.append(json.loads(frame))
            size += len(frame)
        if len(frames) >= limit or size >= _MOST:
            break
    return _answer(timeline, frames, last)


def step(timeline: Timeline, t: int, by: int) -> dict[str, Any]:
    """The whole picture after ``t`` (ns), or with ``by`` -1 the one before; no frame where there is none."""
    # Frames tell their times in milliseconds, rounded up: the one at `t` began before it.
    at = timeline.frame_after(t) if by > 0 else timeline.frame_before(t - NS_PER_MS)
    if at is None:
        return _answer(timeline, [], t)
    return _answer(timeline, [json.loads(FrameEncoder().frame(at, timeline.screen_at(at)))], at)


def _answer(timeline: Timeline, frames: list[dict[str, Any]], until: int) -> dict[str, Any]:
    return {
        "frames": frames,
        "until": until / 1e9,
        "durationSec": timeline.duration / 1e9,
        "live": timeline.growing,
    }
