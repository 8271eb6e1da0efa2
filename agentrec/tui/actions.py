"""What each key of the player does."""

from __future__ import annotations

import os
import threading
from functools import partial
from typing import TYPE_CHECKING, Any

from agentrec.errors import AgentrecError
from agentrec.times import format_clock
from agentrec.tui import words
from agentrec.tui.playback import live_marks
from agentrec.tui.playback.search_worker import pattern_of
from agentrec.tui.theme import THEME_DESCRIPTIONS

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.app import App

    from agentrec.branches.plan import Plan
    from agentrec.tui.playback.branch_runner import BranchRun
    from agentrec.tui.playback.player_state import PlayerState
    from agentrec.tui.theme import RoleStyles
    from agentrec.tui.widgets.prompt import Prompt
    from agentrec.tui.widgets.side_panel import ItemList, SidePanel, TabBar
    from agentrec.tui.widgets.terminal_view import TerminalView
    from agentrec.tui.widgets.timeline_bar import TimelineBar

    Base = App[None]
else:
    Base = object

NO_SNAPSHOTS = "this recording has no snapshots"
_NOTABLE = 2_000_000_000  # ns between where a moment was wanted and where it was set


class Actions(Base):
    """The ``action_*`` methods of keys.py, and the messages of the player's parts."""

    session: PlayerState
    looks: RoleStyles
    stage: TerminalView
    bar: TimelineBar
    panel: SidePanel
    prompt: Prompt
    _panel_chosen: bool
    _wants_hit = False  # a jump waits for the search to find something
    _moment_at = 0

    if TYPE_CHECKING:

        def wake(self) -> None: ...
        def say(self, text: str) -> None: ...
        def hush(self) -> None: ...
        def _cover(self) -> None: ...

    def action_play_pause(self) -> None:
        self.session.clock.toggle()
        if self.session.empty and not self.session.clock.growing:
            self.say("nothing was recorded")
        self.wake()

    def action_step(self, by: int) -> None:
        self.session.step(by)

    def action_faster(self) -> None:
        self.say(f"speed {words.speed_text(self.session.clock.faster())}")

    def action_slower(self) -> None:
        self.say(f"speed {words.speed_text(self.session.clock.slower())}")

    def action_cut_more(self) -> None:
        self.say(words.limit_text(self.session.clock.cut_more()))

    def action_cut_less(self) -> None:
        self.say(words.limit_text(self.session.clock.cut_less()))

    def action_skip(self, seconds: float) -> None:
        self.session.clock.skip(seconds)
        self.wake()

    def action_share(self, share: float) -> None:
        self.session.clock.skip_share(share)
        self.wake()

    def action_tenth(self, number: int) -> None:
        self.session.clock.seek_share(number / 10)
        self.wake()

    def action_start(self) -> None:
        self.session.clock.seek(0)
        self.wake()

    def action_end(self) -> None:
        self.session.clock.to_end()
        self.wake()

    def action_moment(self, direction: int) -> None:
        self._to_point(direction, "moment")

    def action_snapshot(self, direction: int) -> None:
        self._to_point(direction, "snapshot")

    def _to_point(self, direction: int, kind: str) -> None:
        point = self.session.point_beside(direction, kind)
        if point is None:
            some = any(point.kind == kind for point in self.session.points)
            side = "after" if direction > 0 else "before"
            none = f"this recording has no {kind}s" if self.session.known else "still reading"
            self.say(f"no {kind} {side} this time" if some else none)
            return
        self.session.clock.seek(point.t)
        self.wake()

    # search

    def action_ask_search(self) -> None:
        self.prompt.ask("search")

    def action_hit(self, direction: int) -> None:
        self._to_hit(direction)

    def _to_hit(self, direction: int, *, here: bool = False) -> None:
        session = self.session
        if session.pattern is None:
            self.say("nothing is searched for; / begins")
            return
        t = session.hit_beside(direction, here=here)
        if t is None and session.searching:
            self._wants_hit = True
            return
        if t is None and session.hits:
            t = session.hits[0 if direction > 0 else -1]
            self.say("from the start again" if direction > 0 else "from the end again")
        if t is None:
            self.say("nothing found")
            return
        session.clock.pause()
        session.clock.seek(t)
        self.wake()
        session.show(session.pattern)

    def go_on_searching(self) -> None:
        """More is known: make the jump that waits for it."""
        if self._wants_hit:
            self._wants_hit = False
            self._to_hit(1, here=True)

    def action_clear(self) -> None:
        self._wants_hit = False
        self._search("")

    def _search(self, text: str) -> None:
        pattern = pattern_of(text) if text else None
        self.session.search(pattern)
        self.stage.highlight(pattern)
        self.bar.tell(hits=[])
        self.wake()

    # asking

    def action_ask_time(self) -> None:
        self.prompt.ask("time")

    def action_ask_moment(self) -> None:
        self._moment_at = self.session.clock.t
        self.prompt.ask("moment")

    def action_ask_snapshot(self) -> None:
        if self.session.clock.growing:
            self.prompt.ask("snapshot")
        else:
            self.say("the recording has ended; `agentrec snapshot` keeps the files as they are now")

    def on_prompt_typed(self, message: Any) -> None:
        if message.kind == "search":
            self._search(message.text)

    def on_prompt_cancelled(self, message: Any) -> None:
        if message.kind == "search":
            self.action_clear()

    def on_prompt_done(self, message: Any) -> None:
        if message.kind == "search" and message.text:
            self._to_hit(1, here=True)
        elif message.kind == "time":
            self._go_to(message.text)
        elif message.kind == "moment":
            self.run_worker(lambda: self._add_moment(message.text), thread=True)
        elif message.kind == "snapshot":
            self.say("the files are being kept")
            self.run_worker(lambda: self._keep_files(message.text), thread=True)

    def _go_to(self, text: str) -> None:
        t = words.parse_time(text, self.session.clock.duration)
        if t is None:
            self.say(f"“{text}” is no time; 90, 1:30, 1:02:03.5 or 50%" if text else "")
            return
        self.session.clock.seek(t)
        self.wake()

    def _add_moment(self, label: str) -> None:
        """In a thread: a recorder may take its time, and so may a disk."""
        session = self.session
        try:
            at = self._moment_at
            name, t = live_marks.add_mark(session.recording, at, label, live=session.clock.growing)
        except (AgentrecError, OSError) as error:
            self.call_from_thread(self.say, _reason(error))
            return
        session.scout.look_again()
        where = f" at {format_clock(t)}, where the recorder is" if t - at > _NOTABLE else ""
        self.call_from_thread(self.say, f"moment “{name}” added{where}")

    def _keep_files(self, label: str) -> None:
        """In a thread, likewise."""
        session = self.session
        try:
            name, new = live_marks.request_snapshot(
                session.recording, label, live=session.clock.growing
            )
        except (AgentrecError, OSError) as error:
            self.call_from_thread(self.say, _reason(error))
            return
        session.scout.look_again()
        said = f"{name} kept" if new else f"nothing has changed since {name}"
        self.call_from_thread(self.say, said)

    # snapshots

    def action_inspect(self) -> None:
        self._files("Inspect lists the files at this time and what changed")

    def action_diff(self) -> None:
        self._files("Diff compares the files at this time with those now", until_now=True)

    def _files(self, what: str, *, until_now: bool = False) -> None:
        if not self._any_snapshot(what):
            return
        from agentrec.tui.playback.snapshot_loader import BEFORE, NOW, SnapshotLoader
        from agentrec.tui.screens.file_browser import FileBrowser

        self.session.clock.pause()
        self.wake()
        snapshots = SnapshotLoader(self.session.path, os.environ)

        def done(t: int | None) -> None:
            self.run_worker(snapshots.close, thread=True)
            if t is not None:
                self.session.clock.seek(t)
                self.wake()

        t, look = self.session.clock.t, NOW if until_now else BEFORE
        self.push_screen(FileBrowser(self.looks, snapshots, t, look, self.say), done)

    def action_intervene(self) -> None:
        if not self._any_snapshot("Intervene branches off here with a new message to the agent"):
            return
        from agentrec.tui.screens.branch_dialog import BranchDialog

        self.session.clock.pause()
        self.wake()
        dialog = BranchDialog(self.looks, self.session.path, self.session.clock.t)
        self.push_screen(dialog, self._branch)

    def _branch(self, plan: Plan | None) -> None:
        """Run a branch: in this terminal, or in a thread where it needs none."""
        if plan is None:
            return
        if plan.wish.headless:
            self.say("the branch is being made and runs alone")
            # Not one of the toolkit's threads: nobody waits for it when the player is closed.
            threading.Thread(target=self._run_alone, args=(plan,), daemon=True).start()
        else:
            # Once the dialog is gone: nothing is drawn while the terminal is another's.
            self.call_after_refresh(self._run_here, plan)

    def _run_here(self, plan: Plan) -> None:
        from textual.app import SuspendNotSupported

        from agentrec.tui.playback.branch_runner import run_here

        try:
            with self.suspend():
                ran = run_here(plan)
        except (AgentrecError, OSError, SuspendNotSupported) as error:
            plan.store.close()
            self.say(_reason(error))
            return
        self._branched(ran)

    def _run_alone(self, plan: Plan) -> None:
        from agentrec.tui.playback.branch_runner import run_alone

        then: Callable[[], None]
        try:
            then = partial(self._branched, run_alone(plan))
        except (AgentrecError, OSError) as error:
            then = partial(self.say, _reason(error))
        try:
            self.call_from_thread(then)
        except RuntimeError:
            return  # the player was closed meanwhile

    def _branched(self, ran: BranchRun) -> None:
        self.session.look_for_branches()
        where = f", recorded in {ran.file}" if ran.file else ""
        self.say(f"branch {ran.id}: exit {ran.code}{where}")

    def _any_snapshot(self, what: str) -> bool:
        """Whether there are any; says what would be done with one if not."""
        if any(point.kind == "snapshot" for point in self.session.points):
            return True
        if self.session.known:
            self.say(f"{NO_SNAPSHOTS}. {what}")  # the end may be cut
        else:
            self.say("still reading")
        return False

    # looks

    def action_panel(self) -> None:
        self._panel_chosen = True
        self.panel.cycle()
        self._cover()

    def action_pan(self, dx: int, dy: int) -> None:
        if self.stage.shows_all:
            self.say("the whole terminal is in sight")
            return
        self.stage.move(dx, dy)
        self.wake()

    def action_follow_cursor(self) -> None:
        self.stage.follow_cursor()
        self.say("the view follows the cursor")

    def action_theme(self) -> None:
        names = list(THEME_DESCRIPTIONS)
        at = names.index(self.theme) if self.theme in names else -1
        self.theme = names[(at + 1) % len(names)]
        self.say(THEME_DESCRIPTIONS[self.theme])

    def action_help(self) -> None:
        from agentrec.tui.screens.help import HelpScreen

        self.push_screen(HelpScreen(self.looks))

    # mouse

    def on_timeline_bar_seek(self, message: TimelineBar.Seek) -> None:
        self.hush()
        self.session.clock.seek(message.t)
        self.wake()

    def on_item_list_chosen(self, message: ItemList.Chosen) -> None:
        self.hush()
        self.session.clock.seek(message.item.t)
        self.wake()

    def on_tab_bar_chosen(self, message: TabBar.Chosen) -> None:
        self._panel_chosen = True
        self.panel.choose(message.name)


def _reason(error: Exception) -> str:
    hint = getattr(error, "hint", "")
    return f"{error}; {hint}" if hint else str(error)
