"""mini-swe-agent: a trajectory that is written anew, as a whole, after each step."""

from __future__ import annotations

import os

from agentrec.agents.follow.agent import AgentCompanion

TYPE_CHECKING = False
if TYPE_CHECKING:
    from agentrec.agents.follow.event_builder import Told
    from agentrec.agents.mini.trajectory import Trajectory

OPTIONS = ("-o", "--output")
QUESTIONS = frozenset({"-h", "--help"})


def companion(argv: list[str]) -> AgentCompanion | None:
    return None if QUESTIONS & set(argv[1:]) else Mini(argv)


class Mini(AgentCompanion):
    name = "mini-swe-agent"
    homes = ("MSWEA_GLOBAL_CONFIG_DIR",)

    def open(self) -> None:
        from agentrec.agents.mini.trajectory import Trajectory

        self._trajectory: Trajectory = Trajectory(
            self.story(), self._path(), self.cwd, since=self.began
        )

    def _path(self) -> str:
        for index, word in enumerate(self.argv):
            if word in OPTIONS and index + 1 < len(self.argv):
                return os.path.join(self.cwd, self.argv[index + 1])
            if word.startswith("--output="):
                return os.path.join(self.cwd, word.partition("=")[2])
        home = self.home("MSWEA_GLOBAL_CONFIG_DIR", os.path.join(".config", "mini-swe-agent"))
        return os.path.join(home, "last_mini_run.traj.json")

    def look(self) -> list[Told]:
        return self._trajectory.read()

    def finish(self) -> list[Told]:
        return self._trajectory.finish()
