"""The branch dialog, and the branches that there are."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from textual import on, work

from agentrec.errors import AgentrecError
from agentrec.tui.actions.mark_actions import MarkActions
from agentrec.tui.playback.messages import BranchEnded, BranchesFound

if TYPE_CHECKING:
    from agentrec.branches.branch_plan import BranchPlan


class BranchActions(MarkActions):
    """Asks for a branch and runs it: in this terminal, or in the background."""

    def action_intervene(self) -> None:
        from agentrec.branches.from_commit.commit_origin import why_from_commit

        why = "Intervene branches from here with a new message to the agent"
        if not why_from_commit(self.state.recording) and not self.has_snapshots(why):
            return
        from agentrec.tui.screens.branch_dialog import BranchDialog

        self.state.clock.pause()
        self.wake()
        dialog = BranchDialog(self.role_styles, self.state.path, self.state.clock.t)
        self.push_screen(dialog, self._run_branch)

    def _run_branch(self, plan: BranchPlan | None) -> None:
        from agentrec.tui.actions.branch_start import start_branch

        start_branch(self, plan)

    @on(BranchEnded)
    def _say_ended(self, message: BranchEnded) -> None:
        from agentrec.tui.actions.branch_start import ending

        self.find_branches()
        self.say(ending(message))

    @work(thread=True, exclusive=True, group="branches", exit_on_error=False)
    def find_branches(self) -> None:
        """Find the branches of this recording, in a thread."""
        from agentrec.tui.playback.branch_runner import branches_of

        name = str(self.state.recording.header.get("id", ""))
        try:
            branches = branches_of(name, os.environ)
        except (AgentrecError, OSError):
            return  # the player is as good without them
        self.post_message(BranchesFound(branches))
