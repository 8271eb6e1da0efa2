"""Carries out a branch that the user has confirmed: in this terminal, or in the background."""

from __future__ import annotations

import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Protocol

from textual.app import SuspendNotSupported

from agentrec.errors import AgentrecError
from agentrec.tui.playback.branch_runner import run_here, run_in_background
from agentrec.tui.playback.messages import BranchEnded, TaskFailed
from agentrec.tui.words import error_text

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from textual.message import Message

    from agentrec.branches.branch_plan import BranchPlan


class Starter(Protocol):
    """The player that asked for it. It gets a BranchEnded, or a TaskFailed."""

    def say(self, message: str) -> None: ...

    def suspend(self) -> AbstractContextManager[None]: ...

    def post_message(self, message: Message) -> bool: ...

    def call_after_refresh(
        self, callback: Callable[..., object], *args: Starter | BranchPlan
    ) -> bool: ...


def start_branch(player: Starter, plan: BranchPlan | None) -> None:
    """Run the branch that a dialog has ended with, if any."""
    if plan is None:
        return
    if plan.request.headless:
        player.say("creating the branch; it runs in the background")
        # Not a worker: those are waited for when the player is closed.
        threading.Thread(target=_run_in_background, args=(player, plan), daemon=True).start()
    else:
        # Once the dialog is gone: nothing may be drawn while another program has the terminal.
        player.call_after_refresh(_run_here, player, plan)


def _run_here(player: Starter, plan: BranchPlan) -> None:
    try:
        with player.suspend():
            run = run_here(plan)
    except (AgentrecError, OSError, SuspendNotSupported) as error:
        plan.close()
        player.say(error_text(error))
        return
    player.post_message(BranchEnded(*run))


def _run_in_background(player: Starter, plan: BranchPlan) -> None:
    """In a thread that may outlive the player."""
    message: BranchEnded | TaskFailed
    try:
        message = BranchEnded(*run_in_background(plan))
    except (AgentrecError, OSError) as error:
        message = TaskFailed(error_text(error))
    with suppress(RuntimeError):  # the player was closed meanwhile
        player.post_message(message)


def ending(message: BranchEnded) -> str:
    """How a branch ended, in a line."""
    file = f", recorded in {message.file}" if message.file else ""
    return f"branch {message.branch}: exit {message.code}{file}"
