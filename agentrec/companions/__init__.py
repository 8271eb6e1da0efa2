"""Companions of a recording: each adds events about more than the terminal.

They are put together in :func:`default_companions`, and run by :mod:`agentrec.capture.companion_host`;
those that follow coding agents are in :mod:`agentrec.agents`, the one that records model calls is in
:mod:`agentrec.gateway`.

- ``shells``: marks in a shell's output where each command begins and ends.
- ``snapshots``: snapshots of the working directory's files.
- ``processes``: programs that run below the recorded one.
- ``network``: connections that they open.
- ``files``: files that change in the working directory.
- ``limits``: ends a run that reaches a limit.
- ``guard``: checks what changed, and tells the agent.
- ``worker_process``: a process beside the recorder, as some companions have one.
- ``end_event``: wakes a companion that waits for descriptors.
- ``moments``: moments and commands, found in what was recorded.

On the start path of `record`: imports are light here.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from agentrec.capture.companion_host import Companion
    from agentrec.capture.recording_plan import RecordingPlan
    from agentrec.companions.guard.guard_options import GuardOptions
    from agentrec.recording.sink import RecordingSink
    from agentrec.snapshots.first_look.look_process import LookProcess

SHELLS = ("bash", "fish", "zsh")  # those in :mod:`agentrec.companions.shells`


def default_companions(
    plan: RecordingPlan,
    writer: RecordingSink,
    *,
    snapshots: bool,
    look: LookProcess | None = None,
    model_calls: bool = False,
    mask_secrets: bool = True,
    stand_in: str = "",
    network: bool = True,
    guard: GuardOptions | None = None,
) -> list[Companion]:
    """All companions of the recording that ``writer`` writes, in the order of their calls.

    ``look`` is a look at the directory before the command starts.
    """
    from agentrec.agents import companion_for
    from agentrec.companions.files import FilesCompanion
    from agentrec.companions.moments import MomentsCompanion
    from agentrec.companions.processes import ProcessesCompanion

    program = plan.program
    companions: list[Companion] = []
    calls = None
    if model_calls:
        from agentrec.gateway.companion import ModelCallsCompanion

        # Before the agent's own, which merges settings.
        calls = ModelCallsCompanion(program.argv, mask_secrets=mask_secrets, stand_in=stand_in)
        companions.append(calls)
    if guard and snapshots:
        from agentrec.companions.guard import GuardCompanion

        companions.append(GuardCompanion(guard, program.env))  # likewise
    processes = ProcessesCompanion()
    companions.append(companion_for(program.argv, lambda: processes.changes))
    if os.path.basename(program.argv[0]) in SHELLS:
        from agentrec.companions.shells import ShellIntegration

        companions.append(ShellIntegration())
    if snapshots:
        from agentrec.companions.snapshots import SnapshotsCompanion

        companions.append(SnapshotsCompanion(plan.session, program.env, look))
    companions.append(processes)
    if network:
        from agentrec.companions.network import NetworkCompanion

        companions.append(
            NetworkCompanion(lambda: processes.pids, lambda: calls.port if calls else 0)
        )
    return [*companions, FilesCompanion(), MomentsCompanion(writer)]
