"""The files at a time of the recording: tree, contents, and what changed before and since."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding
from textual.containers import Container
from textual.screen import ModalScreen

from agentrec.errors import AgentrecError
from agentrec.text import one_line
from agentrec.times import format_clock
from agentrec.tui.draw import file_tree
from agentrec.tui.draw.file_tree import FileTree
from agentrec.tui.playback.snapshot_loader import BEFORE, NOW, Page, SnapshotView
from agentrec.tui.widgets.file_list import FileList
from agentrec.tui.widgets.prompt import Prompt
from agentrec.tui.widgets.side_panel import TabBar
from agentrec.tui.widgets.status_line import KeyHints, StatusLine
from agentrec.tui.widgets.text_page import TextPage, colored

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual import events
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from agentrec.tui.playback.snapshot_loader import SnapshotLoader
    from agentrec.tui.theme import RoleStyles
    from agentrec.tui.widgets.status_line import Part

FILE = "content"  # the look at contents; the others are the two comparisons
NARROW_COLUMNS = 80  # columns below which list and page stand above each other
HINTS = (
    ("↑ ↓", "choose"),
    ("enter", "open"),
    ("tab", "file, before, now"),
    ("space b", "page"),
    ("{ }", "snapshot"),
    ("/", "find"),
    ("esc", "back"),
)


class FileBrowser(ModalScreen["int | None"]):
    """Closes with the time of the snapshot that was gone to, None when it is the one it began with.

    ``against``: what is compared with at first. ``fail`` is told why there is nothing to show.
    """

    CSS = """
    FileBrowser { layout: vertical; background: $background; }
    FileBrowser #both { layout: horizontal; height: 1fr; }
    FileBrowser.asking Hints { display: none; }
    FileBrowser.narrow #both { layout: vertical; }
    FileBrowser.narrow FileList { width: 1fr; height: 2fr; }
    FileBrowser.narrow TextPage { height: 3fr; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", show=False),
        Binding("down,j", "move(1)", show=False),
        Binding("pageup", "page(-1)", show=False),
        Binding("pagedown", "page(1)", show=False),
        Binding("home,g", "go(0)", show=False),
        Binding("end,G", "go(1000000000)", show=False),
        Binding("right,l", "unfold", show=False),
        Binding("left,h", "fold", show=False),
        Binding("enter", "enter", show=False),
        Binding("tab", "look(1)", show=False),
        Binding("shift+tab", "look(-1)", show=False),
        Binding("d", "diff", show=False),
        Binding("space", "read(1)", show=False),
        Binding("b", "read(-1)", show=False),
        Binding("shift+down,J", "scroll(0,1)", show=False),
        Binding("shift+up,K", "scroll(0,-1)", show=False),
        Binding("shift+right,greater_than_sign", "scroll(8,0)", show=False),
        Binding("shift+left,less_than_sign", "scroll(-8,0)", show=False),
        Binding("right_curly_bracket,right_square_bracket", "snapshot(1)", show=False),
        Binding("left_curly_bracket,left_square_bracket", "snapshot(-1)", show=False),
        Binding("slash", "find", show=False, priority=True),
        Binding("escape,q,s", "close", show=False),
        Binding("ctrl+c", "app.quit", show=False, priority=True),
    ]

    def __init__(
        self,
        styles: RoleStyles,
        snapshots: SnapshotLoader,
        t: int,
        look: str,
        fail: Callable[[str], None],
    ) -> None:
        super().__init__()
        self._styles = styles
        self.snapshots = snapshots
        self._t, self._fail = t, fail
        self.look = look
        self.shown: SnapshotView | None = None
        self._prompt = Prompt()
        self._began: int | None = None  # the snapshot it began with
        # What was asked for last: older answers are dropped.
        self._comparison = self._reading = 0
        self.busy = 1  # what threads have to answer, and the start

    def compose(self) -> ComposeResult:
        yield StatusLine(self._styles, id="about")
        yield TabBar(self._styles)
        with Container(id="both"):
            yield FileList(self._styles)
            yield TextPage(self._styles)
        yield self._prompt
        yield KeyHints(self._styles, hints=HINTS)

    def on_mount(self) -> None:
        self.list = self.query_one(FileList)
        self.page = self.query_one(TextPage)
        self._line = self.query_one("#about", StatusLine)
        self._line.tell([("reading the snapshot", "dim")], [])
        self._compare(lambda: self.snapshots.at(self._t, self._against))
        self.busy -= 1

    def on_resize(self, event: events.Resize) -> None:
        self.set_class(event.size.width < NARROW_COLUMNS, "narrow")

    @property
    def _against(self) -> str:
        return NOW if self.look == NOW else BEFORE

    # what threads do

    def _compare(self, ask: Callable[[], SnapshotView | None]) -> None:
        """Show what ``ask`` finds out, in a thread."""
        self._comparison += 1
        asked = self._comparison
        tree_now = self.list.tree_of_files
        unfolded = frozenset(tree_now.open) if tree_now else frozenset()
        wanted = tree_now.wanted if tree_now else ""

        def work() -> None:
            try:
                found = ask()
            except (AgentrecError, OSError) as error:
                hint = getattr(error, "hint", "")
                self._then(self._failed, f"{error}; {hint}" if hint else str(error))
                return
            if found is None:
                self._then(self._no_further)
                return
            tree = FileTree(found.contents, found.changes, _title(found), unfolded)
            tree.narrow(wanted)
            self._then(self._show, asked, found, tree)

        self._start(work)

    def _start(self, work: Callable[[], None], answers: int = 1) -> None:
        self.busy += answers
        self.run_worker(work, thread=True, group="files")

    def _then(self, what: Callable[..., None], *arguments: object) -> None:
        """From a thread: the answer, if somebody still wants it."""

        def take() -> None:
            self.busy -= 1
            if self.is_attached:
                what(*arguments)

        self.app.call_from_thread(take)

    def _failed(self, reason: str) -> None:
        if self.shown is None:
            self.dismiss(None)
            self._fail(reason)
            return
        self.look = BEFORE if self.look == NOW else self.look
        self._line.tell([(one_line(reason), "warning")], [])
        self._tell_tabs()

    def _no_further(self) -> None:
        self._line.tell(self._line.left, [("  there is no further snapshot", "warning")])

    def _show(self, asked: int, found: SnapshotView, tree: FileTree) -> None:
        if asked != self._comparison:
            return
        kept = self.list.row
        self.shown = found
        self._began = found.kept.seq if self._began is None else self._began
        self._line.tell(*_about(found))
        self._tell_tabs()
        at = _same(tree, kept) if kept else None
        self.list.fill(tree, min(1, len(found.changes)) if at is None else at)

    def _tell_tabs(self) -> None:
        if not self.shown:
            return
        tabs = self.query_one(TabBar)
        tabs.names = [(name, None) for name in (FILE, BEFORE, NOW)]
        tabs.current = self.look
        tabs.refresh()

    def _read(self, row: file_tree.FileRow) -> None:
        """Show what ``row`` stands for."""
        shown = self.shown
        if shown is None:
            return
        if row.kind == file_tree.FOLDER:
            self.page.show(Page("note", "", [f"{row.text}/, {row.note} files below it"]))
            return
        if row.kind == file_tree.LEFT:
            self.page.show(
                Page("note", row.path, [f"{row.text} is not in the snapshot: {row.note}"])
            )
            return
        self._reading += 1
        asked, dark = self._reading, self.app.current_theme.dark
        look, snapshots, mono = self.look, self.snapshots, self._styles.mono
        tree = self.list.tree_of_files
        assert tree
        as_file = (
            bool(row.path) and tree.kept(row.path) and (look == FILE or not tree.changed(row.path))
        )

        def work() -> None:
            try:
                page = (
                    snapshots.file(shown, row.path)
                    if as_file
                    else snapshots.difference(shown, row.path)
                )
            except (AgentrecError, OSError) as error:
                page = Page("note", row.path, [str(error)])
            self._then(self._turn_to, asked, page)
            lines = None if mono or asked != self._reading else colored(page, dark=dark)
            self._then(self.page.color, page, lines)

        self._start(work, answers=2)

    def _turn_to(self, asked: int, page: Page) -> None:
        if asked == self._reading:
            self.page.show(page)

    # keys and mouse

    def on_file_list_chosen(self, message: FileList.Chosen) -> None:
        message.stop()
        if message.enter:
            self._enter(message.row)
        elif message.row == self.list.row:
            self._read(message.row)

    def on_tab_bar_chosen(self, message: TabBar.Chosen) -> None:
        message.stop()
        self._look(message.name)

    def on_prompt_typed(self, message: Prompt.Typed) -> None:
        message.stop()
        self.list.narrow(message.text)

    def on_prompt_done(self, message: Prompt.Done) -> None:
        message.stop()

    def on_prompt_cancelled(self, message: Prompt.Cancelled) -> None:
        message.stop()
        self.list.narrow("")

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """While the question is open its keys are letters."""
        if action == "find" and self._prompt.kind:
            return False
        return super().check_action(action, parameters)

    def action_find(self) -> None:
        tree = self.list.tree_of_files
        self._prompt.ask("file", tree.wanted if tree else "")

    def action_move(self, by: int) -> None:
        self.list.move(by)

    def action_page(self, by: int) -> None:
        self.list.page(by)

    def action_go(self, at: int) -> None:
        self.list.go(at)

    def action_unfold(self) -> None:
        if not self.list.fold(to=True):
            self.list.move(1)

    def action_fold(self) -> None:
        if not self.list.fold(to=False):
            self.list.out()

    def action_enter(self) -> None:
        if not self.list.fold() and self.list.row:
            self._enter(self.list.row)

    def _enter(self, row: file_tree.FileRow) -> None:
        """A changed file shows its diff, any other its content."""
        if row.kind == file_tree.FILE and self.look != FILE:
            self._look(FILE)
        elif row.kind == file_tree.CHANGE and self.look == FILE:
            self._look(self.shown.against if self.shown else BEFORE)

    def action_look(self, by: int) -> None:
        order = (FILE, BEFORE, NOW)
        self._look(order[(order.index(self.look) + by) % len(order)])

    def action_diff(self) -> None:
        self._look(BEFORE if self.look == NOW else NOW)

    def _look(self, look: str) -> None:
        self.look = look
        shown = self.shown
        self._tell_tabs()
        if shown is None:
            return
        if look in (FILE, shown.against):
            self.list.go(self.list.at)
        else:
            self._compare(lambda: self.snapshots.compared(shown.kept, look))

    def action_read(self, by: int) -> None:
        self.page.scroll_relative(y=by * max(1, self.page.size.height - 1), animate=False)

    def action_scroll(self, dx: int, dy: int) -> None:
        self.page.scroll_relative(x=dx, y=dy, animate=False)

    def action_snapshot(self, by: int) -> None:
        shown = self.shown
        if shown is not None:
            self._compare(lambda: self.snapshots.beside(shown.kept, by, self._against))

    def action_close(self) -> None:
        tree = self.list.tree_of_files
        if tree and tree.wanted:
            self.list.narrow("")
            return
        shown = self.shown
        moved = shown is not None and shown.kept.seq != self._began
        self.dismiss(shown.kept.t if shown and moved else None)


def _same(tree: FileTree, row: file_tree.FileRow) -> int | None:
    """Where the row, or at least its file, is in another tree."""
    at = tree.place(row.kind, row.path)
    if at is None and tree.kept(row.path):
        tree.reveal(row.path)
        at = tree.place(file_tree.FILE, row.path)
    return at


def _title(shown: SnapshotView) -> str:
    if not shown.other:
        return "the first snapshot"
    where = "since then" if shown.against == NOW else f"since {shown.other}"
    count = len(shown.changes)
    return f"{count:,} changed {where}" if count else f"nothing changed {where}"


def _about(shown: SnapshotView) -> tuple[list[Part], list[Part]]:
    kept = shown.kept
    label = f" “{one_line(kept.label)}”" if kept.label else ""
    left: list[Part] = [
        (f"● {kept.id}", "snapshot"),
        (label, "strong"),
        (f"  {format_clock(kept.t, fraction=True)}", "text"),
    ]
    if shown.word:
        left.append((f"  {one_line(shown.word)}", "warning"))
    return left, [(f"  {shown.number} of {shown.total} snapshots", "dim")]
