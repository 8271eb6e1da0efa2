"""A run of N steps with a growing conversation, recorded by one library: ``LIBRARY STEPS OUT [PACE]``.

Prints one JSON object: how long the steps took in ms, the time from first to last, and memory.
With ``killed`` as the library it prints the number and time of each step, until it is killed.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable
from typing import Any

MESSAGES = 50  # after so many, the conversation starts again

Record = Callable[[dict[str, Any], dict[str, Any]], object]


def agentrec_recorder(out: str) -> tuple[Record, Callable[[], object]]:
    from agentrec import Recorder

    recorder = Recorder(None if out == "joined" else out, name="bench")
    if out == "joined" and not recorder.joined:
        raise SystemExit("there is no recorder to join")
    return lambda before, after: recorder.record_step("node", before, after), recorder.close


def vcr_recorder(out: str) -> tuple[Record, Callable[[], object]]:
    from agent_vcr import VCRRecorder  # type: ignore[import-not-found]

    recorder = VCRRecorder(output_dir=out)
    recorder.start_session("bench")
    return lambda before, after: recorder.record_step("node", before, after), recorder.save


def main() -> None:
    library, steps, out, *pace = sys.argv[1:]
    make = vcr_recorder if library == "agent-vcr" else agentrec_recorder
    record, close = make(out)
    pause = float(pace[0]) if pace else 0.0
    took = []
    messages: list[dict[str, str]] = []
    began = time.perf_counter()
    for n in range(int(steps)):
        if n % MESSAGES == 0:
            messages = []
        before = {"messages": list(messages), "step": n, "done": False}
        messages.append({"role": "assistant", "content": f"what the agent says in step {n}"})
        after = {"messages": messages, "step": n + 1, "done": False}
        start = time.perf_counter()
        record(before, after)
        took.append(time.perf_counter() - start)
        if library == "killed":
            print(n, time.monotonic_ns(), flush=True)
        if pause:
            time.sleep(pause)
    ran = time.perf_counter() - began
    close()
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"ms": [one * 1000 for one in took], "seconds": ran, "memory MB": memory}))


if __name__ == "__main__":
    main()
