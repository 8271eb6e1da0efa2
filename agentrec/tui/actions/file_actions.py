"""The file browser."""

from __future__ import annotations

import os

from agentrec.tui.actions.mark_actions import MarkActions


class FileActions(MarkActions):
    """Opens the files at the current time."""

    def action_inspect(self) -> None:
        self._browse("Inspect shows the files at this time and what changed")

    def action_diff(self) -> None:
        self._browse("Diff compares the files at this time with those now", until_now=True)

    def _browse(self, purpose: str, *, until_now: bool = False) -> None:
        if not self.has_snapshots(purpose):
            return
        from agentrec.tui.playback.snapshot_loader import BEFORE, NOW, SnapshotLoader
        from agentrec.tui.screens.file_browser import FileBrowser

        self.state.clock.pause()
        self.wake()
        snapshots = SnapshotLoader(self.state.path, os.environ)

        def closed(t: int | None) -> None:
            self.run_worker(snapshots.close, thread=True)
            if t is not None:
                self.state.clock.seek(t)
                self.wake()

        tab = NOW if until_now else BEFORE
        browser = FileBrowser(self.role_styles, snapshots, self.state.clock.t, tab, self.say)
        self.push_screen(browser, closed)
