"""The branch dialog, and running branches."""

from __future__ import annotations

import os
import threading
from contextlib import suppress
from typing import TYPE_CHECKING

from textual import on, work

from agentrec.errors import AgentrecError
from agentrec.tui.actions.mark_actions import MarkActions
from agentrec.tui.playback.messages import BranchEnded, BranchesFound, TaskFailed
from agentrec.tui.words import error_text

if TYPE_CHECKING:
    from agentrec.branches.branch_plan import BranchPlan


class BranchActions(MarkActions):
    """Asks for a branch and runs it: in this terminal, or in the background."""

    def action_intervene(self) -> None:
        from agentrec.branches.from_commit.imported_origin import is_imported

        why = "Intervene branches from here with a new message to the agent"
        if not is_imported(self.state.recording) and not self.has_snapshots(why):
            return
        from agentrec.tui.screens.branch_dialog import BranchDialog

        self.state.clock.pause()
        self.wake()
        dialog = BranchDialog(self.role_styles, self.state.path, self.state.clock.t)
        self.push_screen(dialog, self._run_branch)

    def _run_branch(self, plan: BranchPlan | None) -> None:
        if plan is None:
            return
        if plan.request.headless:
            self.say("creating the branch; it runs in the background")
            # Not a worker: those are waited for when the player is closed.
            threading.Thread(target=self._run_in_background, args=(plan,), daemon=True).start()
        else:
            # Once the dialog is gone: nothing may be drawn while another program has the terminal.
            self.call_after_refresh(self._run_here, plan)

    def _run_here(self, plan: BranchPlan) -> None:
        from textual.app import SuspendNotSupported

        from agentrec.tui.playback.branch_runner import run_here

        try:
            with self.suspend():
                run = run_here(plan)
        except (AgentrecError, OSError, SuspendNotSupported) as error:
            plan.close()
            self.say(error_text(error))
            return
        self.post_message(BranchEnded(*run))

    def _run_in_background(self, plan: BranchPlan) -> None:
        """In a thread that may outlive the player."""
        from agentrec.tui.playback.branch_runner import run_in_background

        message: BranchEnded | TaskFailed
        try:
            message = BranchEnded(*run_in_background(plan))
        except (AgentrecError, OSError) as error:
            message = TaskFailed(error_text(error))
        with suppress(RuntimeError):  # the player was closed meanwhile
            self.post_message(message)

    @on(BranchEnded)
    def _say_ended(self, message: BranchEnded) -> None:
        self.find_branches()
        file = f", recorded in {message.file}" if message.file else ""
        self.say(f"branch {message.branch}: exit {message.code}{file}")

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
