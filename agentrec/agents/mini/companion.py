"""mini-swe-agent: a trajectory that is rewritten as a whole after each step.

On the start path of `record`: light imports.
"""

from __future__ import annotations

import os

from agentrec.agents.follow.agent import AgentCompanion, option_value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from agentrec.agents.follow.event_builder import AgentEvent
    from agentrec.agents.mini.trajectory import Trajectory

OUTPUT_OPTIONS = ("-o", "--output")
INFO_OPTIONS = frozenset({"-h", "--help"})


def companion(argv: list[str]) -> AgentCompanion | None:
    return None if INFO_OPTIONS & set(argv[1:]) else Mini(argv)


class Mini(AgentCompanion):
    name = "mini-swe-agent"
    home_variables = ("MSWEA_GLOBAL_CONFIG_DIR",)

    def open(self) -> None:
        from agentrec.agents.mini.trajectory import Trajectory

        self._trajectory: Trajectory = Trajectory(
            self.new_builder(), self._path(), self.cwd, since=self.began
        )

    def _path(self) -> str:
        named = option_value(self.argv, OUTPUT_OPTIONS)
        if named:
            return os.path.join(self.cwd, named)
        home = self.home("MSWEA_GLOBAL_CONFIG_DIR", os.path.join(".config", "mini-swe-agent"))
        return os.path.join(home, "last_mini_run.traj.json")

    def poll(self) -> list[AgentEvent]:
        return self._trajectory.read()

    def finish(self) -> list[AgentEvent]:
        return self._trajectory.finish()
